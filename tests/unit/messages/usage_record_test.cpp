#include "relay/messages/usage_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace relay {
namespace usage_record_test {

using nlohmann::json;

UsageRecord record_of(std::optional<AllocationEnd> end) {
  return {.allocation = {.client = overlay::Endpoint::parse("192.0.2.9:5000").value(),
                         .relayed = overlay::Endpoint::parse("198.51.100.1:50000").value(),
                         .transport = overlay::Transport::kTls,
                         .username = "1700000000:alice",
                         .age_s = 75,
                         .packets_to_peer = 3,
                         .bytes_to_peer = 300,
                         .packets_to_client = 2,
                         .bytes_to_client = 200},
          .end = end};
}

TEST(UsageLine, says_who_used_what_and_why_it_ended) {
  const std::string line =
      usage_line(record_of(AllocationEnd::kExpired), overlay::UnixSeconds(1'700'000'075));

  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(json::parse(line), json({{"time", 1'700'000'075},
                                     {"event", "allocation_ended"},
                                     {"user", "1700000000:alice"},
                                     {"client", "192.0.2.9:5000"},
                                     {"transport", "tls"},
                                     {"relayed", "198.51.100.1:50000"},
                                     {"duration_s", 75},
                                     {"packets_to_peer", 3},
                                     {"bytes_to_peer", 300},
                                     {"packets_to_client", 2},
                                     {"bytes_to_client", 200},
                                     {"end", "expired"}}));
}

TEST(UsageLine, has_no_end_while_the_allocation_lives) {
  const json line = json::parse(usage_line(record_of(std::nullopt), overlay::UnixSeconds(1)));

  EXPECT_EQ(line["event"], "allocation_usage");
  EXPECT_FALSE(line.contains("end"));
}

TEST(UsageLine, has_both_addresses_of_a_dual_allocation) {
  UsageRecord record = record_of(std::nullopt);
  record.allocation.second_relayed = overlay::Endpoint::parse("[2001:db8::1]:50002").value();

  EXPECT_EQ(json::parse(usage_line(record, overlay::UnixSeconds(1)))["second_relayed"],
            "[2001:db8::1]:50002");
}

TEST(UsageLine, stays_one_line_of_json_whatever_a_user_is_called) {
  UsageRecord record = record_of(AllocationEnd::kByClient);
  record.allocation.username = "a\n\"b\xff";

  const std::string line = usage_line(record, overlay::UnixSeconds(1));

  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_TRUE(json::parse(line, nullptr, false).is_object());
}

}  // namespace usage_record_test
}  // namespace relay
