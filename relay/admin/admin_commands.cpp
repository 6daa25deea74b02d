#include "relay/admin/admin_commands.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/config/config_values.h"

namespace relay {
namespace {

using nlohmann::json;

json error(const std::string& message) {
  return {{"error", message}};
}

std::string text_of(const json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string to_line(const json& answer) {
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

json complete(json answer, const ChangeOutcome& outcome) {
  answer["behind"] = outcome.behind;
  answer["failures"] = outcome.failures;
  if (!outcome.is_complete())
    answer["error"] = "the change is not in force everywhere: " + outcome.to_string();
  return answer;
}

json reload(const NodeOperations& operations, const json& request) {
  const ReloadReport report = operations.reload(request.value("grace", json()) == true);
  if (report.errors.empty()) return {{"applied", report.applied}, {"need_restart", report.need_restart}};
  std::string text = "the configuration is refused, and the one before stays:";
  for (const std::string& error : report.errors)
    text += "\n  " + error;
  return error(text);
}

json drain(const NodeOperations& operations, const json& request) {
  const auto within =
      DurationRange{std::chrono::seconds(1), std::chrono::hours(24)}(text_of(request, "deadline"));
  if (!within) return error("deadline: " + within.error().what + "; " + within.error().remedy);
  const auto report =
      operations.drain({.node = text_of(request, "node"), .within = *within, .to = text_of(request, "to")});
  if (!report) return error(report.error().message);
  json alternatives = json::array();
  for (const overlay::Endpoint& server : report->alternatives)
    alternatives.push_back(server.to_string());
  return {{"deadline_s", overlay::to_s(*within)},
          {"allocations", report->allocations},
          {"alternatives", alternatives}};
}

json undrain(const NodeOperations& operations, const json& request) {
  const auto done = operations.undrain(text_of(request, "node"));
  return done ? json{{"draining", false}} : error(done.error().message);
}

}  // namespace

bool answer_command(const NodeOperations& operations, std::string_view request, const Reply& reply) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return false;
  const std::string command = text_of(parsed, "command");
  json answer;
  if (command == "reload")
    answer = reload(operations, parsed);
  else if (command == "drain")
    answer = drain(operations, parsed);
  else if (command == "undrain")
    answer = undrain(operations, parsed);
  else
    return false;
  if (answer.contains("error"))
    reply(to_line(answer));
  else
    operations.when_applied([answer = std::move(answer), reply](const ChangeOutcome& outcome) {
      reply(to_line(complete(answer, outcome)));
    });
  return true;
}

}  // namespace relay
