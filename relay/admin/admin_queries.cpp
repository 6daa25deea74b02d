#include "relay/admin/admin_queries.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/views/admin_view.h"
#include "relay/views/node_documents.h"

namespace relay {
namespace {

using nlohmann::json;

constexpr std::string_view kCommands =
    "status, nodes, links, paths, explain, events, allocations, end_allocations, counters, validate";

json error(const std::string& message) {
  return {{"error", message}};
}

std::string text_of(const json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

overlay::Result<json> events(const NodeDocuments& documents, const json& request) {
  const auto names = request.find("pair");
  if (names == request.end()) return documents.events(std::nullopt);
  if (!names->is_array() || names->size() != 2 || !(*names)[0].is_string() || !(*names)[1].is_string())
    return overlay::failure("\"pair\" takes the names of two nodes: [\"a\", \"b\"]");
  return documents.events(std::pair((*names)[0].get<std::string>(), (*names)[1].get<std::string>()));
}

overlay::Result<json> document(const NodeDocuments& documents, const json& request) {
  const std::string command = text_of(request, "command");
  const NodeDocuments::Pair pair{text_of(request, "source"), text_of(request, "destination")};
  if (command == "status") return documents.status();
  if (command == "nodes") return documents.nodes();
  if (command == "links") return documents.links();
  if (command == "paths") return documents.paths(pair);
  if (command == "explain") return documents.explain(pair);
  if (command == "events") return events(documents, request);
  if (command == "counters") return documents.counters();
  if (command == "validate") return documents.validate();
  return overlay::failure("there is no command \"" + command + "\"; there are " + std::string(kCommands));
}

// Names come from certificates and usernames from clients: what is not UTF-8 is replaced.
std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

bool asks_for_allocations(std::string_view request) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  const std::string command = parsed.is_object() ? text_of(parsed, "command") : "";
  // Programs for earlier versions say sessions.
  return command == "allocations" || command == "end_allocations" || command == "sessions";
}

std::string allocations_answer(const ControlPlane& control, const AllocationList& list, bool is_complete) {
  return dump(allocations_view(node_name(*control.router().topology(), control.config().identity->node()),
                               list, is_complete));
}

std::string error_answer(const std::string& message) {
  return dump(error(message));
}

std::string answer_query(const ControlPlane& control, std::string_view request, overlay::Instant now) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object())
    return error("a request is a JSON object on one line: {\"command\":\"status\"}").dump();
  const auto found = document(NodeDocuments(control, now), parsed);
  return dump(found ? *found : error(found.error().message));
}

}  // namespace relay
