// Compares our STUN codec with coturn's. A datagram that both read differently is a finding, unless
// tests/unit/turn_differential lists the reason. The library gets no datagram that it would read out of
// bounds.
#include <cstdint>

#include "overlay/base/check.h"
#include "tests/unit/turn_differential/comparison.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes datagram(data, size);
  for (const auto& difference : differential::differences(datagram))
    CHECK(differential::explanation(difference, datagram) != nullptr);
  return 0;
}
