// The command that tries a TURN server from outside. It needs no daemon.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_probe_command(const Command& command, const Arguments& arguments, Context& context);

// Credentials of a REST-style secret (the scheme of coturn's use-auth-secret): "EXPIRY:NAME", and the base64
// of its HMAC-SHA1.
struct RestCredentials {
  std::string username;
  std::string password;
};
[[nodiscard]] RestCredentials rest_credentials(std::string_view secret, std::string_view name,
                                               overlay::UnixSeconds expiry);

}  // namespace cli
