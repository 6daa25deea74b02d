// A flood message that decodes, encodes to the same bytes; and a flooder that is fed with any bytes stays
// within its bounds and answers with messages that decode.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "overlay/base/check.h"
#include "routing/flooder.h"

namespace {

class TrustAll final : public routing::RecordVerifier {
 public:
  bool verify(const routing::LinkStateRecord&) override { return true; }
};

constexpr std::size_t kMaxOrigins = 8;

void feed_flooder(overlay::Bytes input) {
  const overlay::NodeId self(1);
  const overlay::NodeId neighbor(2);
  const overlay::Instant now{};
  routing::LinkStateDb db(self, kMaxOrigins);
  TrustAll verifier;
  routing::Flooder flooder(db, verifier);
  flooder.add_neighbor(neighbor, std::chrono::milliseconds(10), now);
  flooder.add_neighbor(overlay::NodeId(3), std::chrono::milliseconds(10), now);
  flooder.receive(neighbor, input, now);
  flooder.advance(now + std::chrono::seconds(1));
  while (const auto message = flooder.poll())
    CHECK(routing::decode_flood_message(message->bytes).has_value());
  CHECK(db.size() <= kMaxOrigins);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes input(data, size);
  if (const auto payload = routing::decode_flood_message(input)) {
    const auto encoded = routing::encode(*payload);
    CHECK(encoded.has_value());
    CHECK(std::ranges::equal(*encoded, input));
  }
  feed_flooder(input);
  return 0;
}
