// Foreign datagrams at an overlay port must not displace other messages to the control plane.
#include <optional>
#include <variant>

#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace overlay_flood_test {

using namespace std::chrono_literals;

constexpr std::size_t kFlood = 20'000;

const overlay::Endpoint kOverlayPort = endpoint("9.9.9.7:7000");

DataPlaneConfig hub() {
  DataPlaneConfig config = edge_with(std::nullopt);
  config.overlay_listen = {kOverlayPort};
  return config;
}

class FloodedOverlayPort : public ::testing::Test {
 protected:
  struct Told {
    std::size_t handshakes = 0;
    std::optional<DataPlaneReport> report;
  };

  // Datagrams that begin like a handshake.
  void receive(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      overlay::PacketBuffer buffer;
      ASSERT_TRUE(buffer.assign(overlay::ByteVector(148, 1)));
      plane_.on_datagram({.source = stranger_, .local = kOverlayPort}, buffer, now_);
    }
  }
  [[nodiscard]] Told take_messages() {
    Told told;
    while (auto message = plane_.poll_message()) {
      if (std::holds_alternative<HandshakeReceived>(*message)) ++told.handshakes;
      if (auto* const report = std::get_if<DataPlaneReport>(&*message)) told.report = std::move(*report);
    }
    return told;
  }

  const overlay::Endpoint stranger_ = endpoint("192.0.2.66:7000");
  overlay::Instant now_{1h};
  LastSent io_;
  overlay::SeededRandom random_{7};
  DataPlane plane_{hub(), io_, random_};
};

TEST_F(FloodedOverlayPort, still_tells_what_the_data_plane_has_to_say) {
  receive(kFlood);
  plane_.on_timer(now_);

  const Told told = take_messages();

  ASSERT_TRUE(told.report);
  EXPECT_GT(told.handshakes, 0u);
  EXPECT_EQ(told.report->relay.handshakes_lost, kFlood - told.handshakes);
}

TEST_F(FloodedOverlayPort, leaves_most_of_the_mailbox_to_other_messages) {
  constexpr std::size_t kMailbox = 4096;

  receive(kFlood);

  EXPECT_LE(take_messages().handshakes, kMailbox / 2);
}

TEST_F(FloodedOverlayPort, takes_handshakes_again_afterwards) {
  receive(kFlood);
  (void)take_messages();

  now_ += 1s;
  receive(100);

  EXPECT_EQ(take_messages().handshakes, 100u);
}

}  // namespace overlay_flood_test
}  // namespace relay
