#include "relay/io/connection_limits.h"

#include <gtest/gtest.h>

namespace relay {
namespace connection_limits_test {

using Admission = ConnectionLimits::Admission;

overlay::IpAddress address(std::string_view text) {
  return overlay::IpAddress::parse(text).value();
}

TEST(ConnectionLimits, refuses_a_source_that_has_its_share_but_no_other) {
  ConnectionLimits limits({.in_all = 10, .per_source = 2});
  ASSERT_EQ(limits.admit(address("192.0.2.1")), Admission::kAdmitted);
  ASSERT_EQ(limits.admit(address("192.0.2.1")), Admission::kAdmitted);

  EXPECT_EQ(limits.admit(address("192.0.2.1")), Admission::kSourceFull);
  EXPECT_EQ(limits.admit(address("192.0.2.2")), Admission::kAdmitted);
}

TEST(ConnectionLimits, takes_a_v6_subscriber_for_one_source) {
  ConnectionLimits limits({.in_all = 10, .per_source = 1});
  ASSERT_EQ(limits.admit(address("2001:db8::1")), Admission::kAdmitted);

  EXPECT_EQ(limits.admit(address("2001:db8::ffff:1")), Admission::kSourceFull);
  EXPECT_EQ(limits.admit(address("2001:db8:0:1::1")), Admission::kAdmitted);
}

TEST(ConnectionLimits, refuses_everybody_when_full_until_one_leaves) {
  ConnectionLimits limits({.in_all = 2, .per_source = 2});
  ASSERT_EQ(limits.admit(address("192.0.2.1")), Admission::kAdmitted);
  ASSERT_EQ(limits.admit(address("192.0.2.2")), Admission::kAdmitted);
  ASSERT_EQ(limits.admit(address("192.0.2.3")), Admission::kFull);

  limits.release(address("192.0.2.1"));

  EXPECT_EQ(limits.admit(address("192.0.2.3")), Admission::kAdmitted);
  EXPECT_EQ(limits.count(), 2u);
}

}  // namespace connection_limits_test
}  // namespace relay
