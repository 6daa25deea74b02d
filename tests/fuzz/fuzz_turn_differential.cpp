// Our STUN codec beside coturn's: a datagram that they read differently, for no reason that is on the list of
// tests/unit/turn_differential, is a finding. The library is not asked for what it would read out of bounds.
#include <cstdint>

#include "overlay/base/check.h"
#include "tests/unit/turn_differential/comparison.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes datagram(data, size);
  for (const auto& difference : differential::differences(datagram))
    CHECK(differential::explanation(difference, datagram) != nullptr);
  return 0;
}
