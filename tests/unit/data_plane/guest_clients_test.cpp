// Reserved ports (RFC 8656 section 7.2) on a node with several data planes: a client may reach another one
// than that which keeps the port.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace guest_clients_test {

using namespace std::chrono_literals;

constexpr std::string_view kRealm = "causeway";
constexpr std::uint16_t kChannel = 0x4001;

// Two data planes of one node; the test says which of them a datagram reaches.
class GuestOfDataPlane : public ::testing::Test {
 protected:
  using Attributes = std::function<void(StunWriter&)>;

  GuestOfDataPlane() {
    for (std::size_t core = 0; core < planes_.size(); ++core) {
      planes_[core].emplace(edge(core), io_, random_);
      planes_[core]->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
    }
    nonce_ = text_of(StunAttribute::kNonce, ask(0, client_, StunMethod::kAllocate));
  }

  void deliver(std::size_t core, const overlay::DatagramMeta& meta, overlay::Bytes datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    planes_[core]->on_datagram(meta, buffer, now_);
    exchange();
  }
  // Delivers messages between the data planes until none is left.
  void exchange() {
    for (std::size_t silent = 0, core = 0; silent < planes_.size(); ++silent, core = 1 - core)
      while (auto handoff = planes_[core]->poll_handoff()) {
        if (std::holds_alternative<AnswerToClient>(handoff->message)) answered_by_.push_back(handoff->core);
        planes_[handoff->core]->on_message(std::move(handoff->message), now_);
        silent = 0;
      }
  }
  void send(std::size_t core, const overlay::Endpoint& client, overlay::Bytes datagram) {
    deliver(core, {.source = client, .local = kListener}, datagram);
  }
  StunReader ask(std::size_t core, const overlay::Endpoint& client, StunMethod method,
                 const Attributes& attributes = {}) {
    send(core, client, request(method, attributes));
    return StunReader::parse(io_.payload).value();
  }
  overlay::ByteVector request(StunMethod method, const Attributes& attributes) {
    TransactionId transaction{};
    transaction[0] = ++transactions_;
    overlay::ByteArray<512> storage;
    StunWriter writer(storage, {method, StunClass::kRequest}, transaction);
    if (method == StunMethod::kAllocate) writer.add_u32(StunAttribute::kRequestedTransport, 17u << 24);
    if (attributes) attributes(writer);
    if (!nonce_.empty()) {
      writer.add_text(StunAttribute::kUsername, kUser);
      writer.add_text(StunAttribute::kRealm, kRealm);
      writer.add_text(StunAttribute::kNonce, nonce_);
      writer.add_integrity(long_term_key(kUser, kRealm, kPassword));
    }
    return {writer.written().begin(), writer.written().end()};
  }

  // An allocation at the first data plane, with the port above reserved.
  void reserve() {
    const StunReader answer = ask(0, client_, StunMethod::kAllocate, [](StunWriter& writer) {
      writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80});
    });
    even_ = answer.find_xor_address(StunAttribute::kXorRelayedAddress).value();
    token_ = text_of(StunAttribute::kReservationToken, answer);
  }
  [[nodiscard]] Attributes claim() const {
    return [this](StunWriter& writer) { writer.add_text(StunAttribute::kReservationToken, token_); };
  }
  [[nodiscard]] overlay::DatagramMeta over_dtls() const {
    return {.source = guest_, .local = kListener, .transport = overlay::Transport::kDtls};
  }
  [[nodiscard]] static int error_of(const StunReader& answer) {
    const auto code = answer.find(StunAttribute::kErrorCode);
    return code ? 100 * (*code)[2] + (*code)[3] : 0;
  }
  [[nodiscard]] static std::string text_of(StunAttribute attribute, const StunReader& answer) {
    return std::string(overlay::as_text(answer.find(attribute).value_or(overlay::Bytes())));
  }

  [[nodiscard]] DataPlaneConfig edge(std::size_t core) const {
    DataPlaneConfig config = edge_on_core(core, planes_.size());
    config.guests = guests_;
    return config;
  }

  const overlay::Endpoint client_ = endpoint("192.0.2.10:40000");
  const overlay::Endpoint guest_ = endpoint("192.0.2.10:40001");
  const overlay::Endpoint peer_ = endpoint("8.8.8.8:5000");
  const FiveTuple guest_tuple_{.client = guest_, .server = kListener};
  overlay::Instant now_{1h};
  LastSent io_;
  overlay::SeededRandom random_{1};
  std::shared_ptr<GuestClients> guests_ = std::make_shared<GuestClients>();
  std::array<std::optional<DataPlane>, 2> planes_;
  overlay::Endpoint even_;
  std::string token_;
  std::string nonce_;
  std::vector<std::size_t> answered_by_;  // for another one
  std::uint8_t transactions_ = 0;
};

TEST_F(GuestOfDataPlane, claims_a_port_that_another_one_keeps) {
  reserve();

  const StunReader answer = ask(1, guest_, StunMethod::kAllocate, claim());

  EXPECT_EQ(error_of(answer), 0);
  EXPECT_EQ(answer.find_xor_address(StunAttribute::kXorRelayedAddress)->port, even_.port + 1);
  EXPECT_EQ(answer.find_xor_address(StunAttribute::kXorMappedAddress), guest_);
  EXPECT_TRUE(planes_[0]->is_served(guest_tuple_));
}

TEST_F(GuestOfDataPlane, is_served_there_until_its_allocation_ends) {
  reserve();
  ASSERT_EQ(error_of(ask(1, guest_, StunMethod::kAllocate, claim())), 0);
  const overlay::Endpoint odd{even_.address, static_cast<std::uint16_t>(even_.port + 1)};

  ASSERT_EQ(error_of(ask(1, guest_, StunMethod::kChannelBind,
                         [this](StunWriter& writer) {
                           writer.add_u32(StunAttribute::kChannelNumber, std::uint32_t{kChannel} << 16);
                           writer.add_xor_address(StunAttribute::kXorPeerAddress, peer_);
                         })),
            0);
  send(1, guest_, overlay::ByteVector{0x40, 0x01, 0, 2, 'h', 'i'});
  EXPECT_EQ(overlay::as_text(io_.payload), "hi");
  EXPECT_EQ(io_.route.source, odd);
  EXPECT_EQ(io_.route.destination, peer_);
  deliver(0, {.source = peer_, .local = odd}, overlay::as_bytes("back"));
  EXPECT_EQ(io_.route.destination, guest_);

  const Attributes at_once = [](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, 0); };
  EXPECT_EQ(error_of(ask(1, guest_, StunMethod::kRefresh, at_once)), 0);
  EXPECT_TRUE(guests_->empty());
  EXPECT_EQ(error_of(ask(1, guest_, StunMethod::kRefresh, at_once)), 437);
}

// Only where its association is, what it is sent can be sealed.
TEST_F(GuestOfDataPlane, over_dtls_is_answered_by_the_data_plane_that_it_reaches) {
  reserve();
  const overlay::DatagramMeta guest = over_dtls();
  const overlay::Endpoint odd{even_.address, static_cast<std::uint16_t>(even_.port + 1)};

  deliver(1, guest, request(StunMethod::kAllocate, claim()));
  EXPECT_EQ(error_of(StunReader::parse(io_.payload).value()), 0);
  EXPECT_EQ(io_.route.destination, guest_);
  EXPECT_EQ(answered_by_, std::vector<std::size_t>{1});
  EXPECT_TRUE(planes_[0]->is_served(five_tuple_of(guest)));
  EXPECT_TRUE(planes_[1]->is_served(five_tuple_of(guest)));

  deliver(1, guest, request(StunMethod::kCreatePermission, [this](StunWriter& writer) {
            writer.add_xor_address(StunAttribute::kXorPeerAddress, peer_);
          }));
  deliver(0, {.source = peer_, .local = odd}, overlay::as_bytes("from a peer"));
  EXPECT_EQ(io_.route.destination, guest_);
  EXPECT_EQ(answered_by_, std::vector<std::size_t>({1, 1, 1}));

  deliver(1, guest, request(StunMethod::kRefresh, [](StunWriter& writer) {
            writer.add_u32(StunAttribute::kLifetime, 0);
          }));
  EXPECT_EQ(error_of(StunReader::parse(io_.payload).value()), 0);
  EXPECT_EQ(answered_by_.size(), 4u);
  EXPECT_TRUE(guests_->empty());
}

TEST_F(GuestOfDataPlane, over_dtls_has_its_allocation_no_longer_than_its_association) {
  reserve();
  const FiveTuple guest = five_tuple_of(over_dtls());
  deliver(1, over_dtls(), request(StunMethod::kAllocate, claim()));
  ASSERT_TRUE(planes_[0]->is_served(guest));

  planes_[1]->on_client_closed(guest, now_);
  exchange();

  EXPECT_FALSE(planes_[0]->is_served(guest));
  EXPECT_FALSE(planes_[1]->is_served(guest));
  EXPECT_TRUE(guests_->empty());
}

// Its association is not where its allocation is.
TEST_F(GuestOfDataPlane, over_dtls_is_cut_at_the_deadline_of_a_drain) {
  reserve();
  const FiveTuple guest = five_tuple_of(over_dtls());
  deliver(1, over_dtls(), request(StunMethod::kAllocate, claim()));
  std::vector<FiveTuple> closed;
  planes_[1]->set_close_client([&](const FiveTuple& client) {
    closed.push_back(client);
    planes_[1]->on_client_closed(client, now_);
  });
  for (auto& plane : planes_)
    plane->on_message(DrainTurn{.drain = Drain{.deadline = now_ + 5min, .alternatives = {}}}, now_);

  now_ += 5min;
  planes_[0]->on_timer(now_);
  exchange();

  EXPECT_EQ(closed, std::vector<FiveTuple>{guest});
  EXPECT_FALSE(planes_[0]->is_served(guest));
}

TEST_F(GuestOfDataPlane, is_a_stranger_before_it_has_an_allocation) {
  reserve();
  const std::string nonce = std::exchange(nonce_, {});

  EXPECT_EQ(error_of(ask(1, guest_, StunMethod::kAllocate, claim())), 401);
  EXPECT_TRUE(guests_->empty());
  nonce_ = nonce;
  token_[0] = static_cast<char>(token_[0] ^ 1);
  EXPECT_EQ(error_of(ask(1, guest_, StunMethod::kAllocate, claim())), 508);
  EXPECT_TRUE(guests_->empty());
}

TEST_F(GuestOfDataPlane, is_nobody_who_has_an_allocation_of_his_own) {
  reserve();
  ASSERT_EQ(error_of(ask(1, guest_, StunMethod::kAllocate)), 0);

  EXPECT_EQ(error_of(ask(1, guest_, StunMethod::kAllocate, claim())), 437);
  EXPECT_FALSE(planes_[0]->is_served(guest_tuple_));
}

// A connection moves there as a whole.
TEST_F(GuestOfDataPlane, is_found_by_its_token_when_it_comes_on_a_connection) {
  reserve();
  const overlay::ByteVector claiming = request(StunMethod::kAllocate, claim());
  FiveTuple connection = guest_tuple_;
  connection.transport = overlay::Transport::kTcp;

  EXPECT_EQ(planes_[1]->find_holder(connection, claiming), 0u);
  EXPECT_EQ(planes_[0]->find_holder(connection, claiming), std::nullopt);
  EXPECT_EQ(planes_[1]->find_holder(connection, request(StunMethod::kAllocate, {})), std::nullopt);
  deliver(1, {.source = guest_, .local = kListener, .transport = overlay::Transport::kTcp},
          request(StunMethod::kAllocate, {}));
  EXPECT_EQ(planes_[1]->find_holder(connection, claiming), std::nullopt);
}

// From addresses that are made up: the way between data planes is also that of media.
TEST_F(GuestOfDataPlane, leaves_room_for_others_when_strangers_flood_with_claims) {
  constexpr std::size_t kFlood = 20'000;
  reserve();
  nonce_.clear();
  const overlay::ByteVector claiming = request(StunMethod::kAllocate, claim());
  const auto count_handed_over = [&](std::size_t sent) {
    overlay::Endpoint stranger = endpoint("192.0.2.66:1024");
    for (std::size_t i = 0; i < sent; ++i, ++stranger.port) {
      overlay::PacketBuffer buffer;
      EXPECT_TRUE(buffer.assign(claiming));
      planes_[1]->on_datagram({.source = stranger, .local = kListener}, buffer, now_);
    }
    std::size_t handed_over = 0;
    while (planes_[1]->poll_handoff())
      ++handed_over;
    return handed_over;
  };

  EXPECT_LE(count_handed_over(kFlood), 1'024u);
  EXPECT_GT(planes_[1]->relay_counters().handoffs_lost, kFlood / 2);
  now_ += 1s;
  EXPECT_EQ(count_handed_over(100), 100u);
}

}  // namespace guest_clients_test
}  // namespace relay
