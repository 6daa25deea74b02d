// The first bytes of a TLS connection: no more is taken than there is, and a cut stream never says more than
// the whole one.
#include <cstdint>

#include "overlay/base/check.h"
#include "relay/io/client_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using State = relay::ClientHello::State;
  const overlay::Bytes stream(data, size);
  const auto hello = relay::client_hello_at_front(stream);
  (void)hello.offers("stun.turn");
  CHECK(hello.server_name.size() + hello.protocols.size() <= size);

  for (std::size_t cut = 0; cut < size && cut < 64; ++cut) {
    const State state = relay::client_hello_at_front(stream.first(cut)).state;
    CHECK(state != State::kBroken || hello.state == State::kBroken);
    CHECK(state != State::kFound || hello.state == State::kFound);
  }
  return 0;
}
