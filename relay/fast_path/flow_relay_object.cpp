#include "relay/fast_path/flow_relay_object.h"

#include <cstddef>
#include <cstdint>

// FLOW_RELAY_OBJECT is the path of what clang made of flow_relay.bpf.c.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".global causeway_flow_relay_object\n"
    "causeway_flow_relay_object:\n"
    ".incbin \"" FLOW_RELAY_OBJECT
    "\"\n"
    ".global causeway_flow_relay_object_end\n"
    "causeway_flow_relay_object_end:\n"
    ".popsection\n");

// NOLINTBEGIN(readability-identifier-naming): symbols of the assembler
extern "C" {
extern const std::uint8_t causeway_flow_relay_object[];
extern const std::uint8_t causeway_flow_relay_object_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace relay {

overlay::Bytes flow_relay_object() {
  return {causeway_flow_relay_object,
          static_cast<std::size_t>(causeway_flow_relay_object_end - causeway_flow_relay_object)};
}

}  // namespace relay
