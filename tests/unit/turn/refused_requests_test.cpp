// Refused requests reach an observer, with a limit on their rate.
#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace refused_requests_test {

constexpr std::string_view kClient = "192.0.2.10:40000";

class RefusedRequests : public ::testing::Test {
 protected:
  RefusedRequests() {
    world_.server.observe_refusals([this](const TurnServer::RefusedRequest& refused) {
      ++count_;
      code_ = refused.code;
      method_ = refused.method;
      client_address_ = refused.client.client.to_string();
    });
  }

  World world_;
  TurnClient client_{world_, kClient};
  std::uint64_t count_ = 0;
  int code_ = 0;
  StunMethod method_{};
  std::string client_address_;
};

TEST_F(RefusedRequests, are_told_with_client_method_and_code) {
  ASSERT_FALSE(client_.bind(0x4001, "8.8.8.8:1").is_success());

  EXPECT_EQ(code_, 437);
  EXPECT_EQ(method_, StunMethod::kChannelBind);
  EXPECT_EQ(client_address_, kClient);
}

TEST_F(RefusedRequests, of_a_flood_are_told_up_to_the_rate_and_all_counted) {
  for (int i = 0; i < 1'000; ++i)
    (void)client_.bind(0x4001, "8.8.8.8:1");

  EXPECT_LE(count_, 2 * TurnServer::kRefusalsPerSecond);
  EXPECT_EQ(world_.server.errors_by_code().at(437), 1'000u);
}

TEST_F(RefusedRequests, do_not_include_those_that_succeed) {
  ASSERT_TRUE(client_.allocate().is_success());
  const std::uint64_t after_the_challenge = count_;

  ASSERT_TRUE(client_.bind(0x4001, "8.8.8.8:1").is_success());

  EXPECT_EQ(count_, after_the_challenge);
}

}  // namespace refused_requests_test
}  // namespace relay::testing
