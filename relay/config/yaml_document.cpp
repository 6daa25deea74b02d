#include "relay/config/yaml_document.h"

#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace relay {
namespace {

// The places where the newest document and its content begin.
class DocumentEvents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = mark;
    content_.reset();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { has_content(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    has_content(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    has_content(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    has_content(mark);
  }
  void OnMapEnd() override {}

  [[nodiscard]] const YAML::Mark& start() const { return start_; }
  [[nodiscard]] const std::optional<YAML::Mark>& content() const { return content_; }

 private:
  void has_content(const YAML::Mark& mark) {
    if (!content_) content_ = mark;
  }

  YAML::Mark start_;
  std::optional<YAML::Mark> content_;
};

}  // namespace

std::optional<Leftover> find_leftover(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentEvents events;
  if (!parser.HandleNextDocument(events)) return std::nullopt;
  while (true) {
    const int previous = events.start().pos;
    if (!parser.HandleNextDocument(events)) return std::nullopt;
    // yaml-cpp 0.7 reads a comma outside of brackets as an empty document and does not consume the comma. A
    // loop over documents would never end, and YAML::LoadAll() would use all memory.
    if (events.start().pos == previous)
      return Leftover{events.start().line + 1,
                      {"has a comma outside of [] and {}", "remove it, or open the bracket that is missing"}};
    if (events.content())
      return Leftover{events.content()->line + 1,
                      {"begins a second document, which would be ignored",
                       "keep everything in one, without --- in between"}};
  }
}

}  // namespace relay
