// The usage of an allocation, and its report at the end of the allocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace usage_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kPeer = "8.8.8.8:5000";

class Usage : public ::testing::Test {
 protected:
  Usage() {
    world_.server.observe_ends([this](const Allocation& allocation, AllocationEnd end) {
      ends_.push_back(end);
      bytes_to_peer_ = allocation.bytes_to_peer;
      bytes_to_client_ = allocation.bytes_to_client;
      age_ = world_.now - allocation.created_at;
    });
    EXPECT_TRUE(client_.allocate().is_success());
  }

  World world_;
  TurnClient client_{world_, "192.0.2.10:40000"};
  std::vector<AllocationEnd> ends_;
  std::uint64_t bytes_to_peer_ = 0;
  std::uint64_t bytes_to_client_ = 0;
  overlay::Duration age_{};
};

TEST_F(Usage, is_of_payloads_whatever_they_are_wrapped_in) {
  ASSERT_TRUE(client_.permit(kPeer).is_success());
  client_.send_indication(kPeer, "12345");
  client_.receive_from(kPeer, "123");
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());
  client_.send_channel(0x4000, "1234567", 1);
  client_.receive_from(kPeer, "1234");
  client_.receive_from("9.9.9.9:5000", "not permitted");
  world_.advance(30s);

  ASSERT_TRUE(client_.refresh(0).is_success());

  EXPECT_EQ(bytes_to_peer_, 12u);
  EXPECT_EQ(bytes_to_client_, 7u);
  EXPECT_EQ(age_, 30s);
}

TEST_F(Usage, is_told_once_with_the_reason_of_the_end) {
  EXPECT_THAT(ends_, IsEmpty());
  ASSERT_TRUE(client_.refresh(0).is_success());
  world_.advance(1h);
  EXPECT_THAT(ends_, ElementsAre(AllocationEnd::kByClient));
}

TEST_F(Usage, ends_with_the_lifetime) {
  world_.advance(601s);

  EXPECT_THAT(ends_, ElementsAre(AllocationEnd::kExpired));
}

TEST_F(Usage, ends_with_the_client_s_connection) {
  world_.server.on_client_closed(
      {.client = endpoint("192.0.2.10:40000"), .server = endpoint("198.51.100.7:3478")});

  EXPECT_THAT(ends_, ElementsAre(AllocationEnd::kConnectionClosed));
}

}  // namespace usage_test
}  // namespace relay::testing
