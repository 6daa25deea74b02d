// Asks the daemon for a document, for the commands that talk to it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "overlay/base/result.h"
#include "tools/cli/context.h"

namespace cli {

// The document that answers `request`. A refusal, an answer that is no document and a daemon that does not
// answer are reported on context.err; the error is the exit code of the command.
[[nodiscard]] overlay::Result<nlohmann::json, ExitCode> ask_for_document(Context& context,
                                                                         const std::string& socket,
                                                                         const nlohmann::json& request);

}  // namespace cli
