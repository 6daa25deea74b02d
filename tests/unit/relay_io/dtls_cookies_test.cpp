#include "relay/io/dtls_cookies.h"

#include <gtest/gtest.h>

namespace relay {
namespace dtls_cookies_test {

using std::chrono_literals::operator""s;  // NOLINT(misc-unused-using-decls): of literals

FiveTuple client(std::string_view address) {
  return {.client = overlay::Endpoint::parse(address).value(),
          .server = overlay::Endpoint::parse("192.0.2.1:5349").value(),
          .transport = overlay::Transport::kDtls};
}

class DtlsCookiesTest : public testing::Test {
 protected:
  overlay::SeededRandom random_{7};
  DtlsCookies cookies_{random_};
  const overlay::Instant start_{100s};
};

TEST_F(DtlsCookiesTest, takes_its_own_cookie_back) {
  const auto cookie = cookies_.mint(client("198.51.100.7:4000"), start_);

  EXPECT_TRUE(cookies_.is_valid(cookie, client("198.51.100.7:4000"), start_ + 1s));
}

TEST_F(DtlsCookiesTest, refuses_it_from_anybody_else) {
  const auto cookie = cookies_.mint(client("198.51.100.7:4000"), start_);

  EXPECT_FALSE(cookies_.is_valid(cookie, client("198.51.100.7:4001"), start_));
  EXPECT_FALSE(cookies_.is_valid(cookie, client("198.51.100.8:4000"), start_));
}

TEST_F(DtlsCookiesTest, refuses_one_that_was_changed_or_cut) {
  auto cookie = cookies_.mint(client("198.51.100.7:4000"), start_);
  EXPECT_FALSE(cookies_.is_valid(overlay::Bytes(cookie).first(19), client("198.51.100.7:4000"), start_));

  cookie[19] ^= 1;

  EXPECT_FALSE(cookies_.is_valid(cookie, client("198.51.100.7:4000"), start_));
  EXPECT_FALSE(cookies_.is_valid({}, client("198.51.100.7:4000"), start_));
}

TEST_F(DtlsCookiesTest, knows_the_key_before_but_none_older) {
  const auto cookie = cookies_.mint(client("198.51.100.7:4000"), start_);

  EXPECT_TRUE(
      cookies_.is_valid(cookie, client("198.51.100.7:4000"), start_ + DtlsCookies::kKeyLifetime + 1s));
  EXPECT_FALSE(
      cookies_.is_valid(cookie, client("198.51.100.7:4000"), start_ + 2 * DtlsCookies::kKeyLifetime + 2s));
}

TEST_F(DtlsCookiesTest, forgets_keys_that_were_not_used_for_long) {
  const auto cookie = cookies_.mint(client("198.51.100.7:4000"), start_);

  EXPECT_FALSE(
      cookies_.is_valid(cookie, client("198.51.100.7:4000"), start_ + 10 * DtlsCookies::kKeyLifetime));
}

}  // namespace dtls_cookies_test
}  // namespace relay
