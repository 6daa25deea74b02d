// Foreign datagrams at an overlay port must not displace other messages to the control plane.
#include <optional>
#include <variant>

#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "overlay/crypto/noise_ik.h"
#include "overlay/link/handshake_message.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace overlay_flood_test {

using namespace std::chrono_literals;

constexpr std::size_t kFlood = 20'000;

const overlay::Endpoint kOverlayPort = endpoint("9.9.9.7:7000");

const overlay::ExchangePublicKey kKey{{7}};

DataPlaneConfig hub() {
  DataPlaneConfig config = edge_with(std::nullopt);
  config.overlay_listen = {kOverlayPort};
  config.exchange_key = kKey;
  return config;
}

class FloodedOverlayPort : public ::testing::Test {
 protected:
  struct Told {
    std::size_t handshakes = 0;
    std::optional<DataPlaneReport> report;
  };

  void receive(const overlay::Endpoint& from, const overlay::ByteVector& datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    plane_.on_datagram({.source = from, .local = kOverlayPort}, buffer, now_);
  }
  // Datagrams that begin like a handshake.
  void receive_garbage(std::size_t count) {
    overlay::ByteVector garbage(148, 0);
    garbage[0] = overlay::kInitiationType;
    for (std::size_t i = 0; i < count; ++i)
      receive(stranger_, garbage);
  }
  // Initiations with a right MAC 1, each from another network.
  void receive_initiations(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      receive({.address = overlay::IpAddress::v4(
                   {100, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 1}),
               .port = 7000},
              initiation());
  }
  [[nodiscard]] static overlay::ByteVector initiation() {
    return encode_initiation(overlay::SessionIndex(5),
                             overlay::ByteVector(overlay::NoiseIk::kInitiationOverhead + 100), kKey, {});
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
  receive_garbage(kFlood);
  receive_initiations(kFlood);
  plane_.on_timer(now_);

  const Told told = take_messages();

  ASSERT_TRUE(told.report);
  EXPECT_GT(told.handshakes, 0u);
  EXPECT_EQ(told.report->handshakes.received, 2 * kFlood);
  EXPECT_EQ(told.report->handshakes.bad_mac, kFlood);
  EXPECT_EQ(told.report->handshakes.passed, told.handshakes);
}

TEST_F(FloodedOverlayPort, leaves_most_of_the_mailbox_to_other_messages) {
  constexpr std::size_t kMailbox = 4096;

  receive_initiations(kFlood);

  EXPECT_LE(take_messages().handshakes, kMailbox / 2);
}

TEST_F(FloodedOverlayPort, takes_a_handshake_amid_garbage) {
  receive_garbage(kFlood);

  receive(stranger_, initiation());

  EXPECT_EQ(take_messages().handshakes, 1u);
}

TEST_F(FloodedOverlayPort, answers_with_a_cookie_when_the_budget_is_used_up) {
  receive_initiations(kFlood);

  receive(stranger_, initiation());

  EXPECT_EQ(io_.route.source, kOverlayPort);
  EXPECT_EQ(io_.route.destination, stranger_);
  EXPECT_TRUE(overlay::decode_cookie(io_.payload));
}

TEST_F(FloodedOverlayPort, takes_handshakes_again_afterwards) {
  receive_initiations(kFlood);
  (void)take_messages();

  now_ += 1s;
  receive_initiations(100);

  EXPECT_EQ(take_messages().handshakes, 100u);
}

TEST_F(FloodedOverlayPort, takes_the_answer_to_an_initiation_that_left) {
  plane_.on_message(SendHandshake{.local = kOverlayPort, .remote = stranger_, .bytes = initiation()}, now_);

  receive(stranger_, encode_response(overlay::SessionIndex(1), overlay::SessionIndex(5),
                                     overlay::ByteVector(overlay::NoiseIk::kResponseOverhead + 100), kKey));

  EXPECT_EQ(take_messages().handshakes, 1u);
}

}  // namespace overlay_flood_test
}  // namespace relay
