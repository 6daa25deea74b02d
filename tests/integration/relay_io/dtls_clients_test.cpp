// DTLS between a client of OpenSSL's and ours, datagram by datagram, with time moved by hand.
#include "relay/io/dtls_clients.h"

#include <deque>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_io/dtls_client.h"
#include "tests/integration/relay_io/test_certificate.h"

namespace relay {
namespace dtls_clients_test {

using std::chrono_literals::operator""s;   // NOLINT(misc-unused-using-decls): of literals
using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls): of literals
using testing::SizeIs;

class RecordingIo final : public overlay::PacketIo {
 public:
  struct Sent {
    overlay::DatagramRoute route;
    overlay::ByteVector bytes;
  };

  overlay::PacketBuffer& acquire() override { return buffers_.emplace_back(); }
  void send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) override {
    sent.push_back({route, {buffer.bytes().begin(), buffer.bytes().end()}});
  }
  overlay::Status open_port(const overlay::Endpoint&) override { return overlay::ok(); }
  void close_port(const overlay::Endpoint&) override {}

  std::vector<Sent> sent;

 private:
  std::deque<overlay::PacketBuffer> buffers_;
};

class RecordingSink final : public TransportSink {
 public:
  overlay::PacketBuffer& acquire_received() override { return buffers_.emplace_back(); }
  void on_client_message(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer) override {
    const overlay::Bytes bytes = std::as_const(buffer).bytes();
    traffic_class = meta.traffic_class;
    messages.emplace_back(five_tuple_of(meta), overlay::ByteVector(bytes.begin(), bytes.end()));
  }
  bool is_served(const FiveTuple& client) override { return served.contains(client); }
  void on_client_closed(const FiveTuple& client) override { closed.push_back(client); }

  std::vector<std::pair<FiveTuple, overlay::ByteVector>> messages;
  std::set<FiveTuple> served;
  std::vector<FiveTuple> closed;
  overlay::TrafficClass traffic_class = 0;  // of the last message

 private:
  std::deque<overlay::PacketBuffer> buffers_;
};

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

class DtlsClientsTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kHandshakesPerSecond = 10;

  DtlsClientsTest() { clients_.listen(server_, *identity_); }

  [[nodiscard]] FiveTuple tuple(const overlay::Endpoint& client) const {
    return {.client = client, .server = server_, .transport = overlay::Transport::kDtls};
  }
  void deliver(const overlay::Endpoint& from, overlay::Bytes datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    const overlay::DatagramMeta meta{.source = from, .local = server_, .traffic_class = traffic_class_};
    ASSERT_TRUE(clients_.takes(meta, datagram));
    clients_.on_datagram(meta, buffer, now_);
  }
  void end_rounds() {
    while (handshakes_.next_timeout() <= now_)
      handshakes_.serve(now_);
  }
  // Both sides talk until neither has more to say.
  std::vector<overlay::ByteVector> exchange(DtlsClient& client, const overlay::Endpoint& from) {
    std::vector<overlay::ByteVector> received;
    for (int round = 0; round < 20; ++round) {
      const auto sent = client.take_sent();
      for (const auto& datagram : sent)
        deliver(from, datagram);
      end_rounds();
      const auto answers = std::exchange(io_.sent, {});
      for (const auto& answer : answers)
        if (auto message = client.receive(answer.bytes)) received.push_back(*std::move(message));
      if (sent.empty() && answers.empty()) break;
    }
    return received;
  }
  void connect(DtlsClient& client, const overlay::Endpoint& from) {
    (void)client.receive({});
    (void)exchange(client, from);
  }

  TestCertificate files_;
  std::unique_ptr<TlsIdentity> identity_ = TlsIdentity::load(files_.certificate(), files_.key()).value();
  const overlay::Endpoint server_ = endpoint("192.0.2.1:5349");
  const overlay::Endpoint alice_ = endpoint("198.51.100.7:4000");
  overlay::TrafficClass traffic_class_ = 0;  // of what clients send
  overlay::Instant now_{1000s};
  RecordingIo io_;
  RecordingSink sink_;
  overlay::SeededRandom random_{3};
  HandshakeQueue handshakes_{kHandshakesPerSecond};
  std::vector<HandshakeQueue::Place> spent_;
  DtlsClients clients_{io_, sink_, random_, handshakes_, {.limits = {.in_all = 3, .per_source = 2}}};
};

TEST_F(DtlsClientsTest, takes_records_only_where_it_listens_still) {
  const overlay::ByteVector record(20, 22);
  const overlay::DatagramMeta meta{.source = endpoint("192.0.2.7:5000"), .local = server_};
  clients_.listen(server_, *identity_);  // a reload that has it once more
  ASSERT_TRUE(clients_.takes(meta, record));

  clients_.stop_listening(server_);

  EXPECT_FALSE(clients_.takes(meta, record));
}

TEST_F(DtlsClientsTest, carries_messages_both_ways) {
  DtlsClient client;
  connect(client, alice_);
  ASSERT_TRUE(client.is_established());

  client.send(overlay::as_bytes("to the server"));
  (void)exchange(client, alice_);
  clients_.send(route_to_client(tuple(alice_)), overlay::as_bytes("to the client"));
  const auto received = exchange(client, alice_);

  ASSERT_THAT(sink_.messages, SizeIs(1));
  EXPECT_EQ(sink_.messages[0].first, tuple(alice_));
  EXPECT_EQ(overlay::as_text(sink_.messages[0].second), "to the server");
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(overlay::as_text(received[0]), "to the client");
}

TEST_F(DtlsClientsTest, keeps_the_traffic_class_of_messages_both_ways) {
  constexpr overlay::TrafficClass kExpedited = 0xb9;  // EF, ECT(1)
  DtlsClient client;
  connect(client, alice_);

  traffic_class_ = kExpedited;
  client.send(overlay::as_bytes("to the server"));
  (void)exchange(client, alice_);
  clients_.send(route_to_client(tuple(alice_), kExpedited), overlay::as_bytes("to the client"));
  clients_.send(route_to_client(tuple(alice_)), overlay::as_bytes("an answer"));

  EXPECT_EQ(sink_.traffic_class, kExpedited);
  ASSERT_THAT(io_.sent, SizeIs(2));
  EXPECT_EQ(io_.sent[0].route.traffic_class, kExpedited);
  EXPECT_EQ(io_.sent[1].route.traffic_class, 0);
}

TEST_F(DtlsClientsTest, remembers_nothing_of_those_who_send_no_cookie_and_sends_them_less_than_they_sent) {
  for (std::uint16_t port = 1; port <= 200; ++port) {
    DtlsClient client;
    (void)client.receive({});
    const auto hello = client.take_sent();
    ASSERT_THAT(hello, SizeIs(1));

    deliver({alice_.address, port}, hello[0]);

    ASSERT_THAT(io_.sent, SizeIs(1));
    EXPECT_LT(io_.sent[0].bytes.size(), hello[0].size());
    io_.sent.clear();
  }
  EXPECT_EQ(clients_.open_associations(), 0u);
  EXPECT_EQ(clients_.next_timeout(), overlay::kNever);
}

// The first flight with the cookie that the server has sent.
overlay::ByteVector second_hello(DtlsClient& client, const std::vector<RecordingIo::Sent>& answers) {
  (void)client.take_sent();
  for (const auto& answer : answers)
    (void)client.receive(answer.bytes);
  return client.take_sent().at(0);
}

TEST_F(DtlsClientsTest, leaves_a_handshake_until_the_end_of_the_round_and_media_goes_first) {
  DtlsClient known;
  connect(known, endpoint("198.51.100.8:4000"));
  DtlsClient client;
  (void)client.receive({});
  deliver(alice_, client.take_sent().at(0));
  const auto hello = second_hello(client, std::exchange(io_.sent, {}));
  known.send(overlay::as_bytes("media"));

  deliver(alice_, hello);
  deliver(endpoint("198.51.100.8:4000"), known.take_sent().at(0));

  EXPECT_THAT(sink_.messages, SizeIs(1));
  EXPECT_THAT(io_.sent, SizeIs(0));
  end_rounds();
  EXPECT_THAT(io_.sent, SizeIs(testing::Gt(0)));
}

TEST_F(DtlsClientsTest, lets_handshakes_over_the_budget_wait_while_messages_pass) {
  DtlsClient known;
  connect(known, endpoint("198.51.100.8:4000"));
  for (std::uint64_t i = 0; i < 4 * kHandshakesPerSecond; ++i)
    spent_.push_back(handshakes_.join(endpoint("203.0.113.1:1").address, [](overlay::Instant) {}));
  end_rounds();
  DtlsClient client;
  connect(client, alice_);
  known.send(overlay::as_bytes("media"));

  (void)exchange(known, endpoint("198.51.100.8:4000"));

  EXPECT_THAT(sink_.messages, SizeIs(1));
  EXPECT_FALSE(client.is_established());
  EXPECT_GT(handshakes_.size(), 0u);
  for (int tenth = 0; tenth < 10; ++tenth) {
    now_ += 100ms;
    end_rounds();
    (void)exchange(client, alice_);
  }
  EXPECT_TRUE(client.is_established());
}

TEST_F(DtlsClientsTest, answers_no_more_first_flights_than_its_rate_whatever_addresses_are_forged) {
  DtlsClient stranger;
  (void)stranger.receive({});
  const auto hello = stranger.take_sent().at(0);
  constexpr std::size_t kFlood = 5'000;

  for (std::uint32_t i = 0; i < kFlood; ++i) {
    const auto network = static_cast<std::uint8_t>(i / 250);
    const auto block = static_cast<std::uint8_t>(i % 250);
    deliver({overlay::IpAddress::v4({100, network, block, 1}), 4000}, hello);
  }

  EXPECT_THAT(io_.sent, SizeIs(GreetingLimiter::kAll.burst));
  EXPECT_EQ(clients_.counters().greetings_limited, kFlood - GreetingLimiter::kAll.burst);
}

TEST_F(DtlsClientsTest, admits_a_client_with_a_cookie_while_forged_addresses_use_up_the_rate) {
  DtlsClient client;
  (void)client.receive({});
  const auto hello = client.take_sent().at(0);
  deliver(alice_, hello);
  const auto answer = std::exchange(io_.sent, {});
  for (std::uint32_t i = 0; i < 2 * GreetingLimiter::kAll.burst; ++i)
    deliver({overlay::IpAddress::v4(
                 {100, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250), 1}),
             4000},
            hello);
  io_.sent.clear();

  deliver(alice_, second_hello(client, answer));
  end_rounds();
  for (const auto& flight : std::exchange(io_.sent, {}))
    (void)client.receive(flight.bytes);
  (void)exchange(client, alice_);

  EXPECT_TRUE(client.is_established());
}

TEST_F(DtlsClientsTest, keeps_few_datagrams_of_a_handshake_that_waits) {
  DtlsClient client;
  (void)client.receive({});
  deliver(alice_, client.take_sent().at(0));
  const auto hello = second_hello(client, std::exchange(io_.sent, {}));

  for (int i = 0; i < 10; ++i)
    deliver(alice_, hello);

  EXPECT_EQ(clients_.counters().handshake_overflow, 6u);
  EXPECT_EQ(handshakes_.size(), 1u);
}

TEST_F(DtlsClientsTest, does_not_answer_what_is_no_first_flight) {
  deliver(alice_, overlay::ByteVector{23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4});
  deliver(alice_, overlay::ByteVector{22});
  deliver(alice_, overlay::ByteVector(60, 22));

  EXPECT_THAT(io_.sent, SizeIs(0));
  EXPECT_EQ(clients_.open_associations(), 0u);
}

TEST_F(DtlsClientsTest, bounds_the_associations_of_one_source_and_of_all) {
  std::array<DtlsClient, 5> clients;
  const auto connect_served = [this](DtlsClient& client, const overlay::Endpoint& from) {
    connect(client, from);
    sink_.served.insert(tuple(from));
  };

  connect_served(clients[0], alice_);
  connect_served(clients[1], {alice_.address, 4001});
  connect(clients[2], {alice_.address, 4002});
  connect_served(clients[3], endpoint("203.0.113.8:4000"));
  connect(clients[4], endpoint("203.0.113.9:4000"));

  EXPECT_TRUE(clients[1].is_established());
  EXPECT_FALSE(clients[2].is_established());
  EXPECT_TRUE(clients[3].is_established());
  EXPECT_FALSE(clients[4].is_established());
  EXPECT_EQ(clients_.counters().refused, 2u);
}

TEST_F(DtlsClientsTest, evicts_the_oldest_client_without_an_allocation_when_it_needs_the_place) {
  std::array<DtlsClient, 5> clients;
  connect(clients[0], alice_);
  sink_.served.insert(tuple(alice_));
  connect(clients[1], endpoint("203.0.113.1:4000"));
  connect(clients[2], endpoint("203.0.113.2:4000"));
  ASSERT_EQ(clients_.open_associations(), 3u);

  connect(clients[3], endpoint("192.0.2.1:4000"));
  connect(clients[4], endpoint("192.0.2.2:4000"));

  EXPECT_TRUE(clients[4].is_established());
  EXPECT_THAT(sink_.closed,
              testing::ElementsAre(tuple(endpoint("203.0.113.1:4000")), tuple(endpoint("203.0.113.2:4000"))));
  EXPECT_EQ(clients_.counters().evicted, 2u);
  EXPECT_EQ(clients_.counters().refused, 0u);
}

TEST_F(DtlsClientsTest, forgets_a_client_that_gets_no_allocation) {
  DtlsClient client;
  connect(client, alice_);

  now_ += 9s;
  clients_.on_timer(now_);
  EXPECT_EQ(clients_.open_associations(), 1u);
  now_ += 2s;
  clients_.on_timer(now_);

  EXPECT_EQ(clients_.open_associations(), 0u);
  EXPECT_THAT(sink_.closed, testing::ElementsAre(tuple(alice_)));
}

TEST_F(DtlsClientsTest, keeps_a_client_for_as_long_as_it_has_an_allocation) {
  DtlsClient client;
  connect(client, alice_);
  sink_.served.insert(tuple(alice_));
  for (int minute = 0; minute < 60; ++minute)
    clients_.on_timer(now_ += 60s);
  EXPECT_EQ(clients_.open_associations(), 1u);

  sink_.served.clear();
  clients_.on_timer(now_ += 60s);

  EXPECT_EQ(clients_.open_associations(), 0u);
}

TEST_F(DtlsClientsTest, lets_a_client_begin_again_from_the_same_port_once_it_proved_itself) {
  DtlsClient before;
  connect(before, alice_);
  DtlsClient after;
  (void)after.receive({});
  for (const auto& hello : after.take_sent())
    deliver(alice_, hello);
  EXPECT_THAT(sink_.closed, SizeIs(0));  // anybody could have sent that

  for (const auto& answer : std::exchange(io_.sent, {}))
    (void)after.receive(answer.bytes);
  (void)exchange(after, alice_);

  EXPECT_TRUE(after.is_established());
  EXPECT_THAT(sink_.closed, SizeIs(1));
  EXPECT_EQ(clients_.open_associations(), 1u);
}

TEST_F(DtlsClientsTest, ends_the_association_that_a_client_leaves) {
  DtlsClient client;
  connect(client, alice_);

  clients_.close_client(tuple(alice_));

  EXPECT_THAT(io_.sent, SizeIs(1));  // close_notify
  EXPECT_EQ(clients_.open_associations(), 0u);
  clients_.send(route_to_client(tuple(alice_)), overlay::as_bytes("too late"));
  EXPECT_EQ(clients_.counters().dropped, 1u);
}

TEST_F(DtlsClientsTest, survives_records_that_were_changed_on_the_way) {
  DtlsClient client;
  connect(client, alice_);
  client.send(overlay::as_bytes("changed"));
  auto sent = client.take_sent();
  ASSERT_THAT(sent, SizeIs(1));
  for (std::size_t i = 13; i < sent[0].size(); ++i) {
    auto changed = sent[0];
    changed[i] ^= 0x01;
    deliver(alice_, changed);
  }
  EXPECT_THAT(sink_.messages, SizeIs(0));

  deliver(alice_, sent[0]);

  EXPECT_THAT(sink_.messages, SizeIs(1));
}

}  // namespace dtls_clients_test
}  // namespace relay
