#include "relay/admission/login_fault.h"

namespace relay {

const char* to_string(LoginFault fault) {
  switch (fault) {
    case LoginFault::kUnknownUser:
      return "unknown_user";
    case LoginFault::kExpired:
      return "expired";
    case LoginFault::kWrongPassword:
      return "wrong_password";
    case LoginFault::kWrongSecret:
      return "wrong_secret";
    case LoginFault::kWrongRealm:
      return "wrong_realm";
    case LoginFault::kStaleNonce:
      return "stale_nonce";
    case LoginFault::kCount:
      break;
  }
  return "unknown";
}

const char* remedy_of(LoginFault fault) {
  switch (fault) {
    case LoginFault::kUnknownUser:
      return "add the user to turn.users, or give the client a name that turn.rest_secrets admits: "
             "EXPIRY:NAME";
    case LoginFault::kExpired:
      return "give the client new credentials; if they are new, compare the clocks of this node and of the "
             "service that makes them";
    case LoginFault::kWrongPassword:
      return "compare the client's password with turn.users";
    case LoginFault::kWrongSecret:
      return "compare turn.rest_secrets with the secret of the service that makes the credentials";
    case LoginFault::kWrongRealm:
      return "compare the client's realm with turn.realm";
    case LoginFault::kStaleNonce:
      return "the client repeats nonces: give nodes behind one address the same turn.nonce_keys, compare "
             "their clocks, and check that the client keeps its address";
    case LoginFault::kCount:
      break;
  }
  return "";
}

}  // namespace relay
