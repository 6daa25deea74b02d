#include "relay/io/connection_limits.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace connection_limits_test {

using Admission = ConnectionLimits::Admission;
using testing::ElementsAre;
using testing::IsEmpty;

// Connections of clients, each unproven until prove().
class Connections {
 public:
  explicit Connections(ConnectionLimits::Limits limits) : limits_(limits) {}

  // Its port is its number: 1, 2, ...
  Admission connect(std::string_view address) {
    const FiveTuple client{.client = {.address = overlay::IpAddress::parse(address).value(), .port = ++last_},
                           .server = {},
                           .transport = overlay::Transport::kTcp};
    const auto admission = limits_.admit(
        client.client.address, [&](const FiveTuple& other) { return proven_.contains(other.client.port); },
        [&](const FiveTuple& other) {
          evicted.push_back(other.client.port);
          limits_.release(other.client.address);
        });
    if (admission == Admission::kAdmitted) limits_.add_unproven(client, client.client.address);
    return admission;
  }
  void connect_and_prove(std::string_view address) {
    ASSERT_EQ(connect(address), Admission::kAdmitted) << address;
    proven_.insert(last_);
  }
  void end(std::string_view address, std::uint16_t number) {
    const auto source = overlay::IpAddress::parse(address).value();
    limits_.remove_unproven(
        {.client = {source, number}, .server = {}, .transport = overlay::Transport::kTcp});
    limits_.release(source);
  }
  [[nodiscard]] std::size_t count() const { return limits_.count(); }
  [[nodiscard]] std::size_t unproven() const { return limits_.unproven(); }

  std::vector<std::uint16_t> evicted;

 private:
  ConnectionLimits limits_;
  std::set<std::uint16_t> proven_;
  std::uint16_t last_ = 0;
};

// One address of each /64, so that no limit of a source applies.
std::string address_in(const std::string& network, int subscriber) {
  return network + std::to_string(subscriber) + "::1";
}

TEST(ConnectionLimits, refuses_a_source_that_has_its_share_but_no_other) {
  Connections connections({.in_all = 10, .per_source = 2});
  connections.connect_and_prove("192.0.2.1");
  connections.connect_and_prove("192.0.2.1");

  EXPECT_EQ(connections.connect("192.0.2.1"), Admission::kSourceFull);
  EXPECT_EQ(connections.connect("192.0.2.2"), Admission::kAdmitted);
}

TEST(ConnectionLimits, takes_a_v6_subscriber_for_one_source) {
  Connections connections({.in_all = 10, .per_source = 1});
  connections.connect_and_prove("2001:db8::1");

  EXPECT_EQ(connections.connect("2001:db8::ffff:1"), Admission::kSourceFull);
  EXPECT_EQ(connections.connect("2001:db8:0:1::1"), Admission::kAdmitted);
}

TEST(ConnectionLimits, refuses_everybody_when_full_until_one_leaves) {
  Connections connections({.in_all = 2, .per_source = 2});
  connections.connect_and_prove("192.0.2.1");
  connections.connect_and_prove("198.51.100.2");
  ASSERT_EQ(connections.connect("203.0.113.3"), Admission::kFull);

  connections.end("192.0.2.1", 1);

  EXPECT_EQ(connections.connect("203.0.113.3"), Admission::kAdmitted);
  EXPECT_EQ(connections.count(), 2u);
}

TEST(ConnectionLimits, leave_half_of_all_places_to_others_than_one_v6_48) {
  Connections connections({.in_all = 100, .per_source = 2});
  for (int site = 0; site < 5; ++site)
    for (int subscriber = 0; subscriber < 10; ++subscriber)
      connections.connect_and_prove("2001:db8:1:" + std::to_string(site) + "0" + std::to_string(subscriber) +
                                    "::1");

  EXPECT_EQ(connections.connect("2001:db8:1:ff00::1"), Admission::kNetworkFull);
  EXPECT_EQ(connections.connect("2001:db8:2:ff00::1"), Admission::kAdmitted);
  EXPECT_THAT(connections.evicted, IsEmpty());
}

TEST(ConnectionLimits, leave_three_quarters_to_others_than_one_v6_56) {
  Connections connections({.in_all = 100, .per_source = 2});
  for (int subscriber = 0; subscriber < 25; ++subscriber)
    connections.connect_and_prove(address_in("2001:db8:1:", subscriber));

  EXPECT_EQ(connections.connect("2001:db8:1:99::1"), Admission::kNetworkFull);
  EXPECT_EQ(connections.connect("2001:db8:1:100::1"), Admission::kAdmitted);
}

TEST(ConnectionLimits, leave_half_to_others_than_one_v4_24) {
  Connections connections({.in_all = 100, .per_source = 2});
  for (int host = 0; host < 50; ++host)
    connections.connect_and_prove("192.0.2." + std::to_string(host));

  EXPECT_EQ(connections.connect("192.0.2.200"), Admission::kNetworkFull);
  EXPECT_EQ(connections.connect("192.0.3.200"), Admission::kAdmitted);
}

// In a small or closed network all clients may share one prefix.
TEST(ConnectionLimits, give_a_network_at_least_as_much_as_a_source) {
  Connections connections({.in_all = 10, .per_source = 256});

  for (int host = 0; host < 10; ++host)
    connections.connect_and_prove("10.0.0." + std::to_string(host));

  EXPECT_EQ(connections.connect("10.0.0.99"), Admission::kFull);
}

TEST(ConnectionLimits, evict_the_oldest_unproven_when_full_and_never_the_proven) {
  Connections connections({.in_all = 4, .per_source = 4});
  connections.connect_and_prove("192.0.2.1");
  ASSERT_EQ(connections.connect("192.0.2.2"), Admission::kAdmitted);
  connections.connect_and_prove("192.0.2.3");
  ASSERT_EQ(connections.connect("192.0.2.4"), Admission::kAdmitted);

  EXPECT_EQ(connections.connect("192.0.2.5"), Admission::kAdmitted);
  EXPECT_EQ(connections.connect("192.0.2.6"), Admission::kAdmitted);

  EXPECT_THAT(connections.evicted, ElementsAre(2, 4));
  EXPECT_EQ(connections.count(), 4u);
}

TEST(ConnectionLimits, let_a_flood_from_one_network_evict_its_own_alone) {
  Connections connections({.in_all = 100, .per_source = 2});
  for (int host = 1; host <= 50; ++host)
    ASSERT_EQ(connections.connect("198.51.100." + std::to_string(host)), Admission::kAdmitted);
  constexpr std::uint16_t kFirstOfFlood = 51;

  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(connections.connect(address_in("2001:db8:1:", i)), Admission::kAdmitted);

  EXPECT_GE(*std::ranges::min_element(connections.evicted), kFirstOfFlood);
  EXPECT_EQ(connections.count(), 100u);
}

TEST(ConnectionLimits, keep_no_trace_of_connections_that_have_ended) {
  Connections connections({.in_all = 100, .per_source = 2});
  ASSERT_EQ(connections.connect("2001:db8::1"), Admission::kAdmitted);
  ASSERT_EQ(connections.connect("192.0.2.1"), Admission::kAdmitted);

  connections.end("2001:db8::1", 1);
  connections.end("192.0.2.1", 2);

  EXPECT_EQ(connections.count(), 0u);
  EXPECT_EQ(connections.unproven(), 0u);
}

}  // namespace connection_limits_test
}  // namespace relay
