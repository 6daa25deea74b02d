#include <gtest/gtest.h>

#include "tools/cli/probe_command.h"

namespace cli {
namespace rest_credentials_test {

// printf 1700000000:probe | openssl dgst -sha1 -hmac north -binary | base64
TEST(RestCredentials, are_the_expiry_and_its_mac) {
  const auto made = rest_credentials("north", "probe", overlay::UnixSeconds(1'700'000'000));

  EXPECT_EQ(made.username, "1700000000:probe");
  EXPECT_EQ(made.password, "22Cy5oq5AExfdKrw3PJonTMnaO8=");
}

}  // namespace rest_credentials_test
}  // namespace cli
