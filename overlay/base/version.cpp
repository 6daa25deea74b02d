#include "overlay/base/version.h"

namespace overlay {

std::string_view version() {
  return CAUSEWAY_VERSION;
}

}  // namespace overlay
