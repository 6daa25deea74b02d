// Frames for an overlay plane with one link and one route. With an odd first byte the rest gets a right
// header tag, so that route headers and sealed media are reached too. Whatever comes in, the counters
// balance.
#include <cstdint>

#include "overlay/crypto/header_mac.h"
#include "overlay/forwarding/overlay_plane.h"

namespace {

using namespace overlay;

class Sink final : public PacketIo {
 public:
  PacketBuffer& acquire() override {
    buffer_.clear();
    return buffer_;
  }
  void send(const DatagramRoute&, const PacketBuffer&) override {}
  Status open_port(const Endpoint&) override { return ok(); }
  void close_port(const Endpoint&) override {}

 private:
  PacketBuffer buffer_;
};

SessionKeys fixed_keys() {
  ByteArray<32> send{1};
  ByteArray<32> receive{2};
  return {.send = derive_direction_keys(Secret<32>(send)),
          .receive = derive_direction_keys(Secret<32>(receive))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  crypto_init();
  if (size == 0 || size > 1500) return 0;
  static const SessionKeys keys = fixed_keys();
  static Sink io;
  const Endpoint local = *Endpoint::parse("192.0.2.1:1");
  OverlayPlane plane({.self = NodeId(1), .carries_transit = true, .link = {}}, io);
  plane.install_session(
      NodeId(2), local, *Endpoint::parse("192.0.2.2:1"),
      {.local_index = SessionIndex(7), .remote_index = SessionIndex(8), .keys = keys, .initiator = true},
      Instant{});
  auto table = std::make_shared<ForwardingTable>(Generation(1));
  table->set_routes(NodeId(3), std::vector{ExplicitRoute(std::vector{NodeId(2), NodeId(3)})});
  plane.set_forwarding(table, std::make_shared<MediaKeyring>());

  PacketBuffer frame;
  if (!frame.assign(Bytes(data + 1, size - 1))) return 0;
  const auto header = decode_link_header(frame.bytes());
  const std::size_t covered =
      kLinkHeaderSize + (header && header->kind == FrameKind::kMedia ? kRouteHeaderSize : 0);
  if ((data[0] & 1) != 0 && header && frame.size() >= covered + kHeaderTagSize)
    write_header_tag(keys.receive.header, frame.bytes().first(covered),
                     frame.bytes().subspan(covered, kHeaderTagSize));
  (void)plane.on_frame(*Endpoint::parse("192.0.2.2:1"), frame, Instant{std::chrono::seconds(1)});
  plane.on_timer(Instant{std::chrono::seconds(2)});

  const OverlayCounters& c = plane.counters();
  CHECK(c.frames_in == c.probes_in + c.control_in + c.opened + c.forwarded + c.dropped.total());
  return 0;
}
