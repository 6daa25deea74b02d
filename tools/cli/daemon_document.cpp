#include "tools/cli/daemon_document.h"

#include <utility>

#include "tools/cli/command.h"

namespace cli {

using nlohmann::json;

overlay::Result<json, ExitCode> ask_for_document(Context& context, const std::string& socket,
                                                 const json& request) {
  const auto answer = context.ask(socket, request.dump());
  if (!answer) return overlay::Unexpected(fail(context, answer.error().message, ExitCode::kUnreachable));
  json document = json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object())
    return overlay::Unexpected(
        fail(context, "the daemon's answer is not a document; is it another version, or cut short?"));
  if (const auto error = document.find("error"); error != document.end())
    return overlay::Unexpected(fail(context, error->is_string() ? error->get<std::string>() : error->dump()));
  return document;
}

}  // namespace cli
