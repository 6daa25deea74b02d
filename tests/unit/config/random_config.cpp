#include "tests/unit/config/random_config.h"

#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "relay/config/config_load.h"
#include "relay/config/node_settings.h"
#include "relay/config/settings_changes.h"

namespace relay {
namespace {

std::string in_quotes(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text)
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return quoted + "\"";
}

std::string hex(overlay::Random& random, int digits) {
  std::string text;
  for (int i = 0; i < digits; ++i)
    text += "0123456789abcdef"[random.below(16)];
  return text;
}

std::string characters(overlay::Random& random, std::size_t least, std::size_t most) {
  constexpr std::string_view kAlphabet[] = {"a", "Z", "7", " ", "#", "'", "\"", "\\", ":", "ä", "シ", "😀"};
  std::string text(least, 'x');
  while (text.size() + 4 <= most && random.below(20) != 0)
    text += kAlphabet[random.below(std::size(kAlphabet))];
  return text;
}

// Texts of one value, for each kind of value. Bounds are as likely as all values in between together.
class RandomText {
 public:
  explicit RandomText(overlay::Random& random) : random_(random) {}

  std::string operator()(const CountValue& kind) {
    return std::to_string(between<std::uint32_t>(kind.least, kind.most));
  }
  std::string operator()(const DurationValue& kind) {
    return print_duration(overlay::Duration(between<std::uint64_t>(
        static_cast<std::uint64_t>(kind.least.count()), static_cast<std::uint64_t>(kind.most.count()))));
  }
  std::string operator()(const BandwidthValue&) { return one_of({"none", "8kbit", "3Mbit", "2Gbit"}); }
  std::string operator()(const SwitchValue&) { return one_of({"true", "false"}); }
  std::string operator()(const AddressValue&) {
    return one_of({"198.51.100.1", "203.0.113.9", "2001:db8::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"});
  }
  std::string operator()(const EndpointValue&) {
    const std::string address = one_of({"198.51.100.1", "203.0.113.9", "[2001:db8::1]", "[2001:db8::2]"});
    return address + ":" + std::to_string(between<std::uint32_t>(1, 65535));
  }
  std::string operator()(const PrefixValue&) {
    return one_of({"0.0.0.0/0", "10.0.0.0/8", "203.0.113.9/32", "::/0", "2001:db8::/32", "::1/128"});
  }
  std::string operator()(const PortRangeValue&) {
    return one_of({"49152-65535", "1024-65535", "1024-1025", "65535-65535", "50000-50255"});
  }
  std::string operator()(const NodeNameValue&) {
    return "n" + hex(random_, static_cast<int>(random_.below(40)));
  }
  std::string operator()(const FolderValue&) { return "/var/lib/" + hex(random_, 8); }
  std::string operator()(const InterfaceValue&) { return "eth" + std::to_string(random_.below(100)); }
  std::string operator()(const RealmValue&) { return characters(random_, 1, 127); }
  std::string operator()(const SoftwareValue&) { return characters(random_, 1, 64); }
  std::string operator()(const UserNameValue&) { return hex(random_, 8) + characters(random_, 1, 500); }
  std::string operator()(const PasswordValue&) { return characters(random_, 1, 1024); }
  std::string operator()(const RestSecretValue&) { return characters(random_, 8, 1024); }
  std::string operator()(const UserKeyValue&) { return hex(random_, 32); }
  std::string operator()(const NonceKeyValue&) { return hex(random_, 64); }
  std::string operator()(const ExchangeKeyValue&) { return "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="; }
  std::string operator()(const FileValue&) { return "/etc/causeway/" + hex(random_, 8); }
  std::string operator()(const SocketValue&) { return "/run/" + hex(random_, 8); }
  std::string operator()(const OutputValue&) { return one_of({"stdout", "/var/log/usage.jsonl"}); }
  template <typename Value>
  std::string operator()(const ChoiceValue<Value>& kind) {
    return std::string(kind.words[random_.below(kind.words.size())].text);
  }
  template <typename Value, typename Kind>
  std::string operator()(const WordOr<Value, Kind>& kind) {
    return random_.below(3) == 0 ? std::string(kind.word) : (*this)(kind.kind);
  }
  template <typename Kind>
  std::string operator()(const OptionalValue<Kind>& kind) {
    return (*this)(kind.kind);
  }

 private:
  std::string one_of(std::initializer_list<const char*> texts) {
    return std::data(texts)[random_.below(texts.size())];
  }
  template <typename Number>
  Number between(Number least, Number most) {
    switch (random_.below(4)) {
      case 0:
        return least;
      case 1:
        return most;
      default:
        return static_cast<Number>(least + random_.below(std::uint64_t{most} - least + 1));
    }
  }

  overlay::Random& random_;
};

// A draft of a configuration. The text of each key depends on the seed and the key's path only, so a key can
// be left out or added without a change of the others.
class Draft {
 public:
  explicit Draft(std::uint64_t seed) : seed_(seed) {}

  void force(const std::string& path, const std::string& text) { forced_[path] = text; }
  void include(const std::string& path) { included_.insert(path); }
  void exclude(const std::string& path) { excluded_.insert(path); }
  // Draws another value, and only one for a list; then leaves the key out. If the default does not fit
  // either, leaves the section out.
  void reduce(const std::string& path) {
    constexpr int kDraws = 3;
    if (++redrawn_[path] <= kDraws || excluded_.insert(path).second) return;
    if (const auto dot = path.rfind('.'); dot != std::string::npos) exclude(path.substr(0, dot));
  }

  template <typename Section>
  [[nodiscard]] std::string yaml(const std::string& path = {}) {
    std::string keys;
    for_each_setting<Section>([&](const auto& row) {
      const std::string inner = path.empty() ? std::string(row.key) : path + "." + std::string(row.key);
      const std::string text = text_of(row, inner);
      if (!text.empty()) keys += (keys.empty() ? "" : ", ") + std::string(row.key) + ": " + text;
    });
    return "{" + keys + "}";
  }

 private:
  [[nodiscard]] overlay::SeededRandom random_for(const std::string& path) const {
    const auto redrawn = redrawn_.find(path);
    const auto draw = static_cast<std::uint64_t>(redrawn == redrawn_.end() ? 0 : redrawn->second);
    return overlay::SeededRandom(seed_ ^ std::hash<std::string>()(path) ^ draw << 56);
  }
  [[nodiscard]] bool has(const std::string& path, bool is_required) const {
    if (excluded_.contains(path)) return false;
    const bool is_drawn = overlay::SeededRandom(seed_ ^ std::hash<std::string>()(path)).below(2) == 0;
    return is_required || included_.contains(path) || is_drawn;
  }

  // Empty if the key is left out.
  template <typename Access, typename Kind>
  std::string text_of(const Setting<Access, Kind>& row, const std::string& path) {
    overlay::SeededRandom random = random_for(path);
    if (const auto forced = forced_.find(path); forced != forced_.end()) return forced->second;
    if (!has(path, !row.remedy.empty())) return {};
    RandomText text(random);
    if constexpr (kIsList<Kind>) {
      std::set<std::string> items;
      for (std::uint64_t count = redrawn_.contains(path) ? 1 : 1 + random.below(4); count > 0; --count)
        items.insert(in_quotes(text(row.kind.item)));
      std::string list;
      for (const std::string& item : items)
        list += (list.empty() ? "" : ", ") + item;
      return "[" + list + "]";
    } else {
      return in_quotes(text(row.kind));
    }
  }
  template <typename Access>
  std::string text_of(const Subsection<Access>& row, const std::string& path) {
    (void)row;
    return has(path, false) ? yaml<typename SectionOf<typename Access::Value>::Type>(path) : "";
  }
  template <typename Access>
  std::string text_of(const SubsectionList<Access>& row, const std::string& path) {
    (void)row;
    overlay::SeededRandom random = random_for(path);
    if (!has(path, false)) return {};
    std::string list;
    for (std::uint64_t i = 0, count = 1 + random.below(3); i < count; ++i)
      list += (list.empty() ? "" : ", ") +
              yaml<typename SectionOf<typename Access::Value>::Type>(path + "[" + std::to_string(i) + "]");
    return "[" + list + "]";
  }

  std::uint64_t seed_;
  std::map<std::string, std::string> forced_;
  std::set<std::string> included_;
  std::map<std::string, int> redrawn_;  // times
  std::set<std::string> excluded_;
};

Draft draft_of(NodeShape shape, std::uint64_t seed) {
  Draft draft(seed);
  if (shape == NodeShape::kLoneEdge) {
    for (const char* const path : {"overlay", "node.identity", "node.certificate", "node.cluster_ca"})
      draft.exclude(path);
    draft.force("node.roles", "[edge]");
  } else {
    for (const char* const path :
         {"overlay", "overlay.seeds", "node", "node.identity", "node.certificate", "node.cluster_ca"})
      draft.include(path);
    draft.force("node.roles", shape == NodeShape::kHub    ? "[hub]"
                              : shape == NodeShape::kEdge ? "[edge]"
                                                          : "[hub, edge]");
  }
  if (shape == NodeShape::kHub)
    draft.exclude("turn");
  else
    for (const char* const path : {"turn", "turn.tls", "turn.listen", "turn.rest_secrets"})
      draft.include(path);
  return draft;
}

// The key of the configuration to change: that of the list for an item.
std::string key_of(const ConfigError& error) {
  return error.key.ends_with(']') ? error.key.substr(0, error.key.rfind('[')) : error.key;
}

}  // namespace

// Keys that do not fit together are left out, and missing ones are added, until the configuration is valid.
RandomConfig random_config(std::uint64_t seed) {
  constexpr int kMostRounds = 60;
  Draft draft = draft_of(static_cast<NodeShape>(seed % 4), seed);
  std::string errors;
  for (int round = 0; round < kMostRounds; ++round) {
    const std::string yaml = draft.yaml<NodeConfig>();
    auto config = load_config(yaml, "/etc/causeway/node.yaml", Purpose::kUse);
    if (config) return {.yaml = yaml, .config = *std::move(config)};
    errors.clear();
    std::set<std::string> unfit;
    for (const ConfigError& error : config.error()) {
      errors += error.to_string() + "\n";
      if (error.what == "is missing")
        draft.include(key_of(error));
      else
        unfit.insert(key_of(error));
    }
    for (const std::string& key : unfit)
      draft.reduce(key);
  }
  ADD_FAILURE() << "seed " << seed << " gives no valid configuration:\n" << errors;
  return {};
}

}  // namespace relay
