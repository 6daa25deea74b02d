#include "relay/node/admin_commands.h"

#include <nlohmann/json.hpp>

namespace relay {
namespace {

using nlohmann::json;

json reload(const NodeOperations& operations) {
  const ReloadReport report = operations.reload();
  if (report.errors.empty()) return {{"applied", report.applied}, {"need_restart", report.need_restart}};
  std::string text = "the configuration is refused, and the one before stays:";
  for (const std::string& error : report.errors)
    text += "\n  " + error;
  return {{"error", text}};
}

}  // namespace

std::optional<std::string> answer_command(const NodeOperations& operations, std::string_view request) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  const auto command = parsed.find("command");
  if (command == parsed.end() || *command != "reload") return std::nullopt;
  return reload(operations).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace relay
