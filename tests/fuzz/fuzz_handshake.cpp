// Datagrams of any shape for a handshaker that also waits for an answer. With an odd first byte the rest gets
// a right MAC 1, so that what lies behind it is reached.
#include <algorithm>
#include <cstdint>

#include "overlay/link/link_handshaker.h"

namespace {

using namespace overlay;

struct Node {
  Node() : random(1), keys(NodeKeys::generate(random)), ca(SigningKeyPair::generate(random)) {
    const auto certificate = issue_certificate(ca, {.node = NodeId(1),
                                                    .name = "a",
                                                    .provider = "p",
                                                    .region = "r",
                                                    .zone = "z",
                                                    .roles = 2,
                                                    .signing_key = keys.signing.public_key(),
                                                    .exchange_key = keys.exchange.public_key(),
                                                    .not_before = UnixSeconds(0),
                                                    .not_after = UnixSeconds(1000)});
    identity.emplace(*NodeIdentity::make(keys, *certificate));
    handshaker.emplace(*identity, ca.public_key(), HandshakerConfig{}, random);
    handshaker->set_wall_clock({Instant{}, std::chrono::seconds(10)});
    handshaker->connect({.endpoint = *Endpoint::parse("192.0.2.9:1"),
                         .key = ExchangeKeyPair::generate(random).public_key(),
                         .expected = NodeId(9)},
                        Instant{});
    handshaker->on_timer(Instant{});
  }

  SeededRandom random;
  NodeKeys keys;
  SigningKeyPair ca;
  std::optional<NodeIdentity> identity;
  std::optional<LinkHandshaker> handshaker;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  crypto_init();
  static Node node;
  if (size == 0) return 0;
  ByteVector datagram(data + 1, data + size);
  const auto& key = node.keys.exchange.public_key();
  if ((data[0] & 1) != 0 && decode_initiation(datagram)) {
    const auto mac = mac1_of(key, decode_initiation(datagram)->under_mac1);
    std::copy(mac.begin(), mac.end(), datagram.end() - 2 * kMacSize);
  } else if ((data[0] & 1) != 0 && decode_response(datagram)) {
    const auto mac = mac1_of(key, decode_response(datagram)->under_mac1);
    std::copy(mac.begin(), mac.end(), datagram.end() - kMacSize);
  }
  node.handshaker->on_datagram(*Endpoint::parse("192.0.2.9:1"), datagram, Instant{});
  while (auto command = node.handshaker->poll_command())
    CHECK(!std::holds_alternative<EstablishedSession>(*command));
  return 0;
}
