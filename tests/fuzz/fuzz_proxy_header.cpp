// PROXY protocol headers: within bounds, and the same however much of the stream has come behind them. Ours
// say the same.
#include <cstdint>

#include "overlay/base/check.h"
#include "relay/io/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using State = relay::ProxyHeader::State;
  const overlay::Bytes stream(data, size);
  const auto header = relay::proxy_header_at_front(stream);
  CHECK(header.state != State::kNeedsMore || size < relay::ProxyHeader::kMaxSize);
  if (header.state != State::kFound) return 0;
  CHECK(header.size >= 16 && header.size <= size && header.size <= relay::ProxyHeader::kMaxSize);
  if (header.ends) {
    const auto ours = relay::proxy_header_at_front(relay::encode_proxy_header(*header.ends));
    CHECK(ours.state == State::kFound && ours.ends == header.ends);
  }

  const auto alone = relay::proxy_header_at_front(stream.first(header.size));
  CHECK(alone.state == State::kFound && alone.size == header.size && alone.ends == header.ends);
  CHECK(relay::proxy_header_at_front(stream.first(header.size - 1)).state == State::kNeedsMore);
  return 0;
}
