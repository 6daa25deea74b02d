#include "relay/views/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace metrics_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<DataPlaneReport> two_planes() {
  std::vector<DataPlaneReport> planes(2);
  const auto tls = static_cast<std::size_t>(overlay::Transport::kTls);
  for (DataPlaneReport& plane : planes) {
    plane.allocations = 3;
    plane.max_allocations = 50;
    plane.relay.from_clients[tls].count(100);
    plane.relay.to_clients[tls].count(40);
    plane.relay.from_peers.count(36);
    plane.relay.to_peers.count(96);
    plane.relay.to_internet = 1;
    plane.turn_drops = {{"no_permission", 7}};
    plane.turn_errors = {{401, 5}, {486, 1}};
    plane.refused_logins = {{"expired", 2}};
  }
  return planes;
}

NodeMetrics metrics_of(const std::vector<DataPlaneReport>& planes) {
  return {.node = "edge-aws-fra", .version = "1.2.3", .up = 90s, .planes = planes};
}

TEST(Metrics, add_up_the_data_planes) {
  const auto planes = two_planes();

  const std::string text = metrics_text(metrics_of(planes));

  for (const char* const line :
       {"causeway_build_info{version=\"1.2.3\"} 1\n", "causeway_node_info{node=\"edge-aws-fra\"} 1\n",
        "causeway_up_seconds 90\n", "causeway_allocations 6\n", "causeway_max_allocations 100\n",
        "causeway_client_packets_total{direction=\"in\",transport=\"tls\"} 2\n",
        "causeway_client_bytes_total{direction=\"in\",transport=\"tls\"} 200\n",
        "causeway_client_bytes_total{direction=\"out\",transport=\"tls\"} 80\n",
        "causeway_client_packets_total{direction=\"in\",transport=\"udp\"} 0\n",
        "causeway_peer_bytes_total{direction=\"in\"} 72\n",
        "causeway_peer_packets_total{direction=\"out\"} 2\n", "causeway_relayed_total{via=\"internet\"} 2\n",
        "causeway_turn_dropped_total{reason=\"no_permission\"} 14\n",
        "causeway_turn_errors_total{code=\"401\"} 10\n", "causeway_turn_errors_total{code=\"486\"} 2\n",
        "causeway_turn_refused_logins_total{fault=\"expired\"} 4\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, name_neighbors_and_leave_out_what_is_not_measured) {
  NodeMetrics metrics = metrics_of({});
  metrics.neighbors.push_back(
      {.name = "hub-aws-fra",
       .link = {.condition = LinkCondition::kUp, .rtt_p50 = 4ms, .loss_forward = 0.25, .flaps = 2}});
  metrics.neighbors.push_back({.name = "hub-gcp-lon", .link = {.condition = LinkCondition::kSuspect}});

  const std::string text = metrics_text(metrics);

  EXPECT_THAT(text, HasSubstr("causeway_link_up{neighbor=\"hub-aws-fra\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("causeway_link_up{neighbor=\"hub-gcp-lon\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("causeway_link_rtt_seconds{neighbor=\"hub-aws-fra\"} 0.004"));
  EXPECT_THAT(text, HasSubstr("causeway_link_loss_forward_ratio{neighbor=\"hub-aws-fra\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("causeway_link_flaps_total{neighbor=\"hub-aws-fra\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("causeway_link_rtt_seconds{neighbor=\"hub-gcp-lon\"}")));
}

TEST(Metrics, tell_counters_of_other_parts_as_they_are) {
  NodeMetrics metrics = metrics_of({});
  metrics.groups.push_back({.name = "packet_io", .counters = {{"sent", 12}}});

  EXPECT_THAT(metrics_text(metrics), HasSubstr("causeway_packet_io_total{counter=\"sent\"} 12\n"));
}

TEST(Metrics, say_when_the_certificate_ends_if_there_is_one) {
  NodeMetrics metrics = metrics_of({});
  EXPECT_THAT(metrics_text(metrics), Not(HasSubstr("certificate")));

  metrics.tls_certificate_not_after = overlay::UnixSeconds(1'900'000'001);

  EXPECT_THAT(metrics_text(metrics), HasSubstr("causeway_tls_certificate_not_after_seconds 1900000001\n"));
}

class HealthTest : public ::testing::Test {
 protected:
  [[nodiscard]] Health health(std::vector<overlay::Instant> reported_at, HealthFacts facts = {}) const {
    facts.reported_at = reported_at;
    facts.now = now_;
    return health_of(facts);
  }
  overlay::Instant now_ = overlay::Instant{} + 1h;
};

TEST_F(HealthTest, is_good_while_every_data_plane_reports) {
  const Health found = health({now_ - 1s, now_});

  EXPECT_TRUE(found.is_alive);
  EXPECT_TRUE(found.is_ready);
}

TEST_F(HealthTest, ends_with_the_first_data_plane_that_falls_silent) {
  for (const overlay::Instant last : {now_ - kPlaneSilence - 1ms, overlay::Instant{}}) {
    const Health found = health({now_, last});

    EXPECT_FALSE(found.is_alive);
    EXPECT_FALSE(found.is_ready);
    EXPECT_THAT(found.reason, HasSubstr("data plane 1"));
  }
}

TEST_F(HealthTest, does_not_make_a_draining_node_ready) {
  const Health found = health({now_}, {.is_draining = true});

  EXPECT_TRUE(found.is_alive);
  EXPECT_FALSE(found.is_ready);
  EXPECT_THAT(found.reason, HasSubstr("draining"));
}

TEST_F(HealthTest, wants_a_link_where_there_are_other_nodes) {
  EXPECT_FALSE(health({now_}, {.needs_links = true}).is_ready);
  EXPECT_TRUE(health({now_}, {.needs_links = true}).is_alive);
  EXPECT_TRUE(health({now_}, {.needs_links = true, .links_up = 1}).is_ready);
}

}  // namespace metrics_test
}  // namespace relay
