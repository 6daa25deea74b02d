// A link-state record that decodes, encodes to the very bytes it came from: or its signature would break on
// the way.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "overlay/base/check.h"
#include "routing/link_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes input(data, size);
  const auto record = routing::decode_link_state(input);
  if (!record) return 0;

  const auto encoded = routing::encode(*record);
  CHECK(encoded.has_value());
  CHECK(std::ranges::equal(*encoded, input));
  CHECK(encoded->size() == routing::encoded_size(*record));
  CHECK(routing::signed_part(input).size() < size);
  return 0;
}
