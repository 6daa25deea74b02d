#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <unistd.h>

#include "overlay/crypto/keys.h"
#include "overlay/loop/system_random.h"
#include "tools/cli/admin_client.h"
#include "tools/cli/command.h"

namespace {

constexpr const char* kDefaultSocket = "/run/causeway/admin.sock";

[[nodiscard]] std::string socket_of_environment() {
  const char* socket = std::getenv("CAUSEWAY_SOCKET");
  return socket != nullptr && *socket != '\0' ? socket : kDefaultSocket;
}

}  // namespace

int main(int argc, char** argv) {
  overlay::crypto_init();
  overlay::SystemRandom random;
  cli::Context context{
      .out = std::cout,
      .err = std::cerr,
      .default_socket = socket_of_environment(),
      .ask = cli::ask_daemon,
      .pause =
          [](overlay::Duration interval) {
            std::this_thread::sleep_for(interval);
            return true;
          },
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .now = std::chrono::duration_cast<overlay::UnixSeconds>(
          std::chrono::system_clock::now().time_since_epoch()),
      .random = random,
  };
  const cli::ExitCode code = cli::run({argv + 1, argv + argc}, context);
  if (std::cout.flush()) return static_cast<int>(code);
  std::cerr << "causeway: not everything could be written; is the disk full?\n";
  return static_cast<int>(cli::ExitCode::kFailed);
}
