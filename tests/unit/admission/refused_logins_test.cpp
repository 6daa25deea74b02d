// For which refused logins the observer is called, and how the others are summed up.
#include "relay/admission/refused_logins.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace relay {
namespace refused_logins_test {

using namespace std::chrono_literals;
using enum LoginFault;

overlay::Endpoint client(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

class RefusedLoginsTest : public ::testing::Test {
 protected:
  RefusedLoginsTest() {
    logins_.observe([this](const RefusedLogin& refused) { told_.push_back(refused); },
                    [this](const CountsByLoginFault& suppressed) { summaries_.push_back(suppressed); });
  }

  void refuse(const overlay::Endpoint& from, LoginFault fault) {
    overlay::store_be(transaction_.data(), ++transactions_);
    repeat(from, fault);
  }
  void repeat(const overlay::Endpoint& from, LoginFault fault) {
    logins_.add({.client = from, .fault = fault}, transaction_, now_);
  }
  void advance(overlay::Duration duration) {
    now_ += duration;
    if (now_ >= logins_.next_timeout()) logins_.on_timer(now_);
  }
  [[nodiscard]] std::size_t told(LoginFault fault) const {
    return static_cast<std::size_t>(std::ranges::count(told_, fault, &RefusedLogin::fault));
  }
  [[nodiscard]] std::uint64_t count(LoginFault fault) const {
    return logins_.counts()[static_cast<std::size_t>(fault)];
  }

  RefusedLogins logins_;
  overlay::Instant now_{1h};
  TransactionId transaction_{};
  std::uint64_t transactions_ = 0;
  std::vector<RefusedLogin> told_;
  std::vector<CountsByLoginFault> summaries_;
};

TEST_F(RefusedLoginsTest, are_told_once_a_minute_for_a_source_and_the_next_one_has_the_number_of_the_others) {
  for (int i = 0; i < 500; ++i) {
    refuse(client("192.0.2.1:5000"), kWrongPassword);
    advance(100ms);
  }
  ASSERT_EQ(told_.size(), 1u);

  advance(10s);
  refuse(client("192.0.2.1:5001"), kWrongPassword);

  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[0].suppressed, 0u);
  EXPECT_EQ(told_[1].suppressed, 499u);
  EXPECT_EQ(count(kWrongPassword), 501u);
}

TEST_F(RefusedLoginsTest, of_another_source_or_fault_are_told_too) {
  refuse(client("192.0.2.1:5000"), kWrongPassword);
  refuse(client("192.0.2.2:5000"), kWrongPassword);
  refuse(client("192.0.2.1:5000"), kExpired);

  EXPECT_EQ(told_.size(), 3u);
}

TEST_F(RefusedLoginsTest, of_one_subnet_of_ipv6_are_of_one_source) {
  for (int i = 1; i < 100; ++i)
    refuse(client("[2001:db8:0:1::" + std::to_string(i) + "]:5000"), kUnknownUser);
  refuse(client("[2001:db8:0:2::1]:5000"), kUnknownUser);

  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(RefusedLoginsTest, with_a_stale_nonce_are_told_only_of_a_client_that_goes_on) {
  for (int i = 0; i < 1'000; ++i)  // clients behind one NAT, each once an hour
    refuse(client("192.0.2.1:" + std::to_string(1'000 + i)), kStaleNonce);
  EXPECT_TRUE(told_.empty());
  advance(61s);
  EXPECT_TRUE(told_.empty());

  for (int i = 0; i < 3; ++i)
    refuse(client("192.0.2.1:5000"), kStaleNonce);

  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].client, client("192.0.2.1:5000"));
}

TEST_F(RefusedLoginsTest, that_a_client_retransmits_are_not_several) {
  refuse(client("192.0.2.1:5000"), kStaleNonce);
  for (int i = 0; i < 6; ++i)
    repeat(client("192.0.2.1:5000"), kStaleNonce);

  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(count(kStaleNonce), 7u);
}

TEST_F(RefusedLoginsTest, of_a_flood_from_many_sources_are_told_up_to_a_rate_and_summed_up_each_minute) {
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    overlay::ByteArray<4> octets;
    overlay::store_be(octets.data(), 0x0a000000 + i);
    refuse({overlay::IpAddress::v4(octets), 5000}, kUnknownUser);
  }
  EXPECT_LE(told_.size(), RefusedLogins::kLines.burst);
  EXPECT_TRUE(summaries_.empty());

  advance(RefusedLogins::kInterval);

  ASSERT_EQ(summaries_.size(), 1u);
  EXPECT_EQ(summaries_[0][static_cast<std::size_t>(kUnknownUser)] + told_.size(), 100'000u);
  EXPECT_EQ(logins_.next_timeout(), overlay::kNever);
}

TEST_F(RefusedLoginsTest, of_a_flood_of_stale_nonces_do_not_hide_those_of_another_fault) {
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    overlay::ByteArray<4> octets;
    overlay::store_be(octets.data(), 0x0a000000 + i);
    refuse({overlay::IpAddress::v4(octets), 5000}, kStaleNonce);
  }

  refuse(client("192.0.2.1:5000"), kWrongSecret);

  EXPECT_EQ(told(kWrongSecret), 1u);
}

TEST_F(RefusedLoginsTest, have_no_summary_when_all_were_told) {
  refuse(client("192.0.2.1:5000"), kExpired);

  EXPECT_EQ(logins_.next_timeout(), overlay::kNever);
}

}  // namespace refused_logins_test
}  // namespace relay
