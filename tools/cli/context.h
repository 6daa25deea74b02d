// The streams, files and sockets that a command may use. main() passes the real ones, and tests pass
// substitutes.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"

namespace cli {

using Arguments = std::vector<std::string>;

// Exit codes are part of the contract with scripts.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,       // the operation failed, or the daemon refused it
  kUsage = 2,        // the command line is wrong
  kUnreachable = 3,  // no daemon answers at the socket
};

struct Context {
  std::ostream& out;
  std::ostream& err;
  std::string default_socket;
  // Sends one request line to the daemon behind a socket and gives back its answer.
  std::function<overlay::Result<std::string>(const std::string& socket, const std::string& request)> ask;
  // Waits between two rounds of --watch; false ends the watch.
  std::function<bool(overlay::Duration)> pause;
  bool out_is_terminal = false;  // and not a pipe or a file
  overlay::UnixSeconds now{};
  overlay::Random& random;
};

}  // namespace cli
