// One question to a running daemon over its local socket.
#pragma once

#include <string>

#include "overlay/base/result.h"

namespace cli {

// Sends `request` as one line and reads the answer to its end. Blocks for at most five seconds.
[[nodiscard]] overlay::Result<std::string> ask_daemon(const std::string& socket, const std::string& request);

}  // namespace cli
