// Why a login was refused. For the operator only: a client gets 401 whatever the fault is (438 for a stale
// nonce), so that nobody learns which users exist.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay {

enum class LoginFault : std::uint8_t {
  kUnknownUser,    // neither a static user nor a time-limited name, or no secret is configured
  kExpired,        // the time in the name is over
  kWrongPassword,  // of a static user
  kWrongSecret,    // no configured secret makes the password of the time-limited name
  kWrongRealm,     // signed for a realm that is not ours
  kStaleNonce,     // expired, or made for another address or with another key
  kCount
};
inline constexpr std::size_t kLoginFaultCount = static_cast<std::size_t>(LoginFault::kCount);
using CountsByLoginFault = std::array<std::uint64_t, kLoginFaultCount>;

// "unknown_user": a value in the log and a label of metrics.
[[nodiscard]] const char* to_string(LoginFault fault);
// Tells an operator how to mend the fault.
[[nodiscard]] const char* remedy_of(LoginFault fault);

}  // namespace relay
