#include "tools/turn_client/turn_client.h"

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace call {
namespace turn_client_test {

using namespace std::chrono_literals;
using overlay::ByteVector;
using overlay::Endpoint;
using overlay::Instant;

constexpr Instant kStart{1h};
constexpr std::uint16_t kSuccess = 0x0100;
constexpr std::uint16_t kError = 0x0110;

// RFC 8489 section 5: an answer to `request`, with attributes as bytes.
[[nodiscard]] ByteVector answer(const ByteVector& request, std::uint16_t kind, const ByteVector& attributes) {
  ByteVector bytes(20 + attributes.size());
  overlay::ByteWriter writer(bytes);
  writer.u16(static_cast<std::uint16_t>(overlay::load_be<std::uint16_t>(request.data()) | kind));
  writer.u16(static_cast<std::uint16_t>(attributes.size()));
  writer.bytes(overlay::Bytes(request).subspan(4, 16));
  writer.bytes(attributes);
  return bytes;
}

[[nodiscard]] ByteVector attribute(std::uint16_t type, overlay::Bytes value) {
  ByteVector bytes(4 + (value.size() + 3) / 4 * 4);
  overlay::ByteWriter writer(bytes);
  writer.u16(type);
  writer.u16(static_cast<std::uint16_t>(value.size()));
  writer.bytes(value);
  return bytes;
}

[[nodiscard]] ByteVector operator+(ByteVector a, const ByteVector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

[[nodiscard]] ByteVector error_code(int code) {
  const ByteVector value{0, 0, static_cast<std::uint8_t>(code / 100), static_cast<std::uint8_t>(code % 100)};
  return attribute(0x0009, value);
}

[[nodiscard]] ByteVector challenge(int code) {
  return error_code(code) + attribute(0x0014, overlay::as_bytes("realm")) +
         attribute(0x0015, overlay::as_bytes("nonce"));
}

// XOR-RELAYED-ADDRESS 10.78.1.2:50000 and LIFETIME 600 s.
[[nodiscard]] ByteVector allocated() {
  const ByteVector relayed{0, 1, 0xc3 ^ 0x21, 0x50 ^ 0x12, 10 ^ 0x21, 78 ^ 0x12, 1 ^ 0xa4, 2 ^ 0x42};
  return attribute(0x0016, relayed) + attribute(0x000d, ByteVector{0, 0, 2, 0x58});
}

class TurnClientTest : public testing::Test {
 protected:
  TurnClientTest() { client_.allocate(kStart); }

  [[nodiscard]] ByteVector take_one() {
    auto outgoing = client_.take_outgoing();
    EXPECT_EQ(outgoing.size(), 1u);
    return outgoing.empty() ? ByteVector(20) : outgoing.front();
  }
  void allocate() {
    client_.receive(answer(take_one(), kError, challenge(401)), kStart);
    client_.receive(answer(take_one(), kSuccess, allocated()), kStart);
    ASSERT_TRUE(client_.relayed());
  }

  TurnClient client_{{.username = "u", .password = "p"}};
};

TEST_F(TurnClientTest, answers_a_401_with_credentials) {
  const auto first = take_one();

  client_.receive(answer(first, kError, challenge(401)), kStart);
  const auto second = take_one();
  client_.receive(answer(second, kSuccess, allocated()), kStart);

  EXPECT_GT(second.size(), first.size());
  EXPECT_EQ(client_.relayed(), *Endpoint::parse("10.78.1.2:50000"));
}

TEST_F(TurnClientTest, fails_when_its_credentials_are_refused) {
  client_.receive(answer(take_one(), kError, challenge(401)), kStart);
  client_.receive(answer(take_one(), kError, challenge(401)), kStart);

  ASSERT_TRUE(client_.failure());
  EXPECT_NE(client_.failure()->find("wrong user name or password"), std::string::npos);
}

TEST_F(TurnClientTest, uses_each_fresh_nonce) {
  allocate();
  client_.set_peer(*Endpoint::parse("10.78.6.2:50001"), kStart);
  auto requests = client_.take_outgoing();
  ASSERT_EQ(requests.size(), 2u);

  client_.receive(answer(requests[0], kError, challenge(438)), kStart);
  client_.receive(answer(take_one(), kSuccess, {}), kStart);
  client_.receive(answer(requests[1], kSuccess, {}), kStart);

  EXPECT_FALSE(client_.failure());
  EXPECT_TRUE(client_.is_peer_ready());
}

TEST_F(TurnClientTest, retransmits_a_request_and_then_fails) {
  Instant now = kStart;
  int sent = 0;
  while (!client_.failure()) {
    sent += static_cast<int>(client_.take_outgoing().size());
    now = client_.next_timeout();
    ASSERT_NE(now, overlay::kNever);
    client_.handle_timeout(now);
  }

  EXPECT_EQ(sent, 5);
  EXPECT_LT(now, kStart + 10s);
}

TEST_F(TurnClientTest, reports_the_alternate_server) {
  client_.receive(answer(take_one(), kError,
                         error_code(300) + attribute(0x8023, ByteVector{0, 1, 0x0d, 0x96, 10, 78, 6, 2})),
                  kStart);

  ASSERT_TRUE(client_.failure());
  EXPECT_NE(client_.failure()->find("10.78.6.2:3478"), std::string::npos);
}

TEST_F(TurnClientTest, refreshes_the_allocation_at_half_its_lifetime_and_deletes_it) {
  allocate();
  EXPECT_EQ(client_.next_timeout(), kStart + 300s);

  client_.handle_timeout(kStart + 300s);
  EXPECT_EQ(overlay::load_be<std::uint16_t>(take_one().data()), 0x0004);

  client_.close(kStart + 301s);
  client_.receive(answer(take_one(), kSuccess, {}), kStart + 301s);
  EXPECT_TRUE(client_.is_closed());
}

TEST_F(TurnClientTest, ignores_answers_to_other_requests) {
  auto request = take_one();
  request[10] ^= 1;

  client_.receive(answer(request, kSuccess, allocated()), kStart);
  client_.receive(overlay::as_bytes("noise"), kStart);

  EXPECT_FALSE(client_.relayed());
  EXPECT_FALSE(client_.failure());
}

TEST(TurnMedia, is_parsed_from_channel_data) {
  const ByteVector datagram{0x40, 0, 0, 3, 'a', 'b', 'c', 0};

  const auto media = parse_media(datagram);

  ASSERT_TRUE(media);
  EXPECT_EQ(overlay::as_text(*media), "abc");
}

}  // namespace turn_client_test
}  // namespace call
