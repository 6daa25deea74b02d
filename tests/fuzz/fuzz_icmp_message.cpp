// ICMP errors of both families: what is read names two endpoints of one family.
#include <cstdint>

#include "overlay/base/check.h"
#include "overlay/io/icmp_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes bytes(data, size);
  if (const auto error = overlay::parse_icmp_v4(bytes))
    CHECK(error->local.address.is_v4() && error->remote.address.is_v4());
  if (const auto error = overlay::parse_icmp_v6(bytes))
    CHECK(!error->local.address.is_v4() && !error->remote.address.is_v4());
  return 0;
}
