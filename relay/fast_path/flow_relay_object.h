// The compiled XDP program: an ELF file, part of this executable.
#pragma once

#include "overlay/base/bytes.h"

namespace relay {

[[nodiscard]] overlay::Bytes flow_relay_object();

}  // namespace relay
