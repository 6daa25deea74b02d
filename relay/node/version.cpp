#include "relay/node/version.h"

namespace relay {

std::string_view version() {
  return CAUSEWAY_VERSION;
}

}  // namespace relay
