#include "relay/views/admin_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/views/small_network.h"

namespace relay {
namespace admin_view_test {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr overlay::Instant kNow{30s};

struct Views : ::testing::Test {
  SmallNetwork network;
  const routing::Topology& topology = *network.topology;

  [[nodiscard]] json explain(const std::vector<routing::RankedPath>& paths) const {
    return explain_view(topology, {kEdgeAws, kEdgeGcp, overlay::Generation(17), paths}, kNow);
  }
};

TEST_F(Views, list_every_node_with_its_age_and_whether_it_can_be_reached) {
  routing::PathTable table{.generation = {}, .self = kEdgeAws, .destinations = {}};
  for (const auto node : {kHubAws, kEdgeGcp})
    table.destinations.push_back({node, SmallNetwork::paths()});

  const json document = nodes_view(network.db, topology, table, kNow);

  EXPECT_EQ(document["node"], "edge-aws-fra");
  ASSERT_THAT(document["nodes"], SizeIs(4));
  EXPECT_EQ(document["nodes"][0]["state"], "self");
  EXPECT_EQ(document["nodes"][2]["state"], "unreachable");
  EXPECT_EQ(document["nodes"][3], json({{"node", "edge-gcp-lon"},
                                        {"id", 4},
                                        {"roles", {"edge"}},
                                        {"provider", "gcp"},
                                        {"region", "lon"},
                                        {"zone", "b"},
                                        {"state", "reachable"},
                                        {"links", 2},
                                        {"sequence", 44},
                                        {"age_s", 30},
                                        {"relays_on", {"10.78.0.4"}}}));
}

TEST_F(Views, show_a_link_with_null_for_what_was_not_measured) {
  LinkReport link;
  link.from = kEdgeAws;
  link.to = kHubGcp;
  link.condition = LinkCondition::kHold;
  link.rtt_p50 = 18250us;
  link.loss_forward = 0.015;
  link.last_heard = 7ms;
  link.detector = {.interval = 10ms, .multiplier = 3};
  link.hold_up_left = 1500ms;

  const json row = links_view(topology, kEdgeAws, std::vector{link})["links"][0];

  EXPECT_EQ(row["from"], "edge-aws-fra");
  EXPECT_EQ(row["to"], "hub-gcp-lon");
  EXPECT_EQ(row["providers"], json({"aws", "gcp"}));
  EXPECT_EQ(row["state"], "hold");
  EXPECT_EQ(row["rtt_p50_ms"], 18.25);
  EXPECT_TRUE(row["rtt_p95_ms"].is_null());
  EXPECT_EQ(row["loss_fwd"], 0.015);
  EXPECT_EQ(row["detector"], "10 ms x 3");
  EXPECT_EQ(row["hold_up_left_s"], 1.5);
}

TEST_F(Views, rank_the_paths_of_a_pair) {
  const auto paths = SmallNetwork::paths();

  const json document = paths_view(topology, {kEdgeAws, kEdgeGcp, overlay::Generation(17), paths}, kNow);

  EXPECT_EQ(document["source"], "edge-aws-fra");
  EXPECT_EQ(document["generation"], 17);
  ASSERT_THAT(document["paths"], SizeIs(2));
  EXPECT_EQ(document["paths"][0]["role"], "active");
  EXPECT_EQ(document["paths"][0]["via"], json({"hub-gcp-lon"}));
  EXPECT_EQ(document["paths"][0]["nodes"], json({"edge-aws-fra", "hub-gcp-lon", "edge-gcp-lon"}));
  EXPECT_EQ(document["paths"][1]["rank"], 2);
  EXPECT_EQ(document["paths"][1]["rtt_ms"], 24.0);
  EXPECT_EQ(document["paths"][1]["since_s"], 30.0);
}

TEST_F(Views, explain_the_active_path_and_the_standby_in_sentences) {
  const json document = explain(SmallNetwork::paths());

  ASSERT_THAT(document["summary"], SizeIs(2));
  EXPECT_THAT(document["summary"][0].get<std::string>(),
              HasSubstr("edge-aws-fra sends to edge-gcp-lon via hub-gcp-lon: RTT 21.0 ms, loss 0.00 %, R "));
  EXPECT_THAT(document["summary"][1].get<std::string>(),
              HasSubstr("Stands by: via hub-aws-fra, RTT 24.0 ms"));
  EXPECT_THAT(document["summary"][1].get<std::string>(),
              HasSubstr("share no link, transit node, provider or region."));
}

TEST_F(Views, explain_names_the_term_that_lost_and_both_its_values) {
  const json standby = explain(SmallNetwork::paths())["paths"][1];

  EXPECT_EQ(standby["lost_on"], "loss");
  EXPECT_THAT(standby["why"].get<std::string>(), HasSubstr("mostly by loss 2.00 % against 0.00 %"));
  EXPECT_THAT(standby["behind_by"].get<std::string>(), HasSubstr(" R, +3.0 ms"));
}

TEST_F(Views, explain_says_what_two_paths_would_lose_together) {
  auto paths = SmallNetwork::paths();
  paths[1].shared_with_active.providers = {"gcp"};
  paths[1].shared_with_active.regions = {"lon"};

  const json document = explain(paths);

  EXPECT_EQ(document["paths"][1]["shared"], json({"provider gcp", "region lon"}));
  EXPECT_THAT(document["summary"][1].get<std::string>(),
              HasSubstr("The two share provider gcp and region lon: what fails there takes both."));
}

TEST_F(Views, explain_warns_when_nothing_stands_by) {
  auto paths = SmallNetwork::paths();
  paths.pop_back();

  EXPECT_THAT(explain(paths)["summary"][1].get<std::string>(), HasSubstr("Nothing stands by"));
}

TEST_F(Views, explain_a_pair_without_any_path) {
  const json document = explain({});

  EXPECT_THAT(document["paths"], SizeIs(0));
  ASSERT_THAT(document["summary"], SizeIs(1));
  EXPECT_THAT(document["summary"][0].get<std::string>(), HasSubstr("has no path to edge-gcp-lon"));
}

TEST_F(Views, explain_has_words_for_every_verdict) {
  using routing::PathVerdict;
  struct Case {
    PathVerdict verdict;
    const char* lost_on;
    const char* why;
  };
  for (const auto& [verdict, lost_on, why] :
       {Case{PathVerdict::kHysteresis, "hysteresis",
             "1.2 R and 4.0 ms better, but a move needs 3.0 R or 10 ms"},
        Case{PathVerdict::kPendingMove, "pending move", "clearly better by 1.2 R: the move is due in 0.8 s"},
        Case{PathVerdict::kHoldUp, "hold-up", "trusted in 0.8 s"},
        Case{PathVerdict::kSuspect, "suspect", "is suspect"},
        Case{PathVerdict::kLoad, "load", "only because of load"},
        Case{PathVerdict::kPinned, "pin", "a pinned path goes before it"},
        Case{PathVerdict::kSharedRisk, "shared risk", "shares more with the active path"},
        Case{PathVerdict::kPolicy, "policy", "an avoid rule excludes it"},
        Case{PathVerdict::kDrained, "drain", "is drained"}}) {
    auto paths = SmallNetwork::paths();
    paths[1].role = routing::PathRole::kCandidate;
    paths[1].reason = {.verdict = verdict,
                       .score_gap = -1.2,
                       .rtt_gap = -4ms,
                       .margin = 3,
                       .rtt_margin = 10ms,
                       .wait_left = 800ms};

    const json document = explain(paths);

    EXPECT_EQ(document["paths"][1]["lost_on"], lost_on);
    EXPECT_THAT(document["paths"][1]["why"].get<std::string>(), HasSubstr(why));
    EXPECT_THAT(document["summary"][2].get<std::string>(), HasSubstr("Not via hub-aws-fra: "));
  }
}

TEST_F(Views, show_an_event_with_times_paths_and_civil_time) {
  EventLog log;
  Event event;
  event.unix_ms = 1'795'240'087'123;
  event.cause = EventCause::kSilent;
  event.source = kEdgeAws;
  event.destination = kEdgeGcp;
  event.link = LinkEnds{kEdgeAws, kHubGcp};
  event.detect = 34900us;
  event.lost = 3;
  event.old_path.push_back(kHubGcp);
  event.old_path.push_back(kEdgeGcp);
  log.record(event);

  const json row = events_view(topology, kEdgeAws, log, std::nullopt)["events"][0];

  EXPECT_EQ(row["sequence"], 1);
  EXPECT_EQ(row["time"], "2026-11-21T05:48:07.123Z");
  EXPECT_EQ(row["cause"], "silent");
  EXPECT_EQ(row["link"], "edge-aws-fra→hub-gcp-lon");
  EXPECT_EQ(row["detect_ms"], 34.9);
  EXPECT_TRUE(row["switch_ms"].is_null());
  EXPECT_EQ(row["old_path"], json({"edge-aws-fra", "hub-gcp-lon", "edge-gcp-lon"}));
  EXPECT_EQ(row["new_path"], json::array());
}

TEST_F(Views, filter_events_by_pair_either_way) {
  EventLog log;
  for (const auto destination : {kEdgeGcp, kHubAws}) {
    Event event;
    event.source = kEdgeAws;
    event.destination = destination;
    log.record(event);
  }

  const json document = events_view(topology, kEdgeAws, log, EventPair(kEdgeGcp, kEdgeAws));

  EXPECT_THAT(document["events"], SizeIs(1));
}

TEST_F(Views, count_peers_by_state) {
  std::vector<LinkReport> links(3);
  links[0].condition = LinkCondition::kUp;
  links[1].condition = LinkCondition::kUp;
  links[2].condition = LinkCondition::kSuspect;

  const json document = status_view(topology.find(kEdgeAws)->attributes, {.fingerprint = 0xbeef}, links);

  EXPECT_EQ(document["peers"], json({{"up", 2}, {"suspect", 1}, {"down", 0}, {"hold", 0}}));
  EXPECT_EQ(document["lsdb"]["digest"], "000000000000beef");
}

TEST_F(Views, call_a_node_that_nobody_introduced_by_its_number) {
  EXPECT_EQ(node_name(topology, overlay::NodeId(99)), "node 99");
}

TEST(EventLog, forgets_the_oldest_when_it_is_full) {
  EventLog log(2);

  for (int i = 0; i < 3; ++i)
    log.record({});

  ASSERT_THAT(log.events(), SizeIs(2));
  EXPECT_EQ(log.events().front().sequence, 2u);
  EXPECT_EQ(log.recorded(), 3u);
}

TEST(AllocationsView, tells_how_many_there_are_when_the_list_is_cut) {
  const AllocationList list{.total = 12,
                            .matched = 5,
                            .listed = {{.client = *overlay::Endpoint::parse("192.0.2.9:5000"),
                                        .relayed = *overlay::Endpoint::parse("192.0.2.1:50000"),
                                        .transport = overlay::Transport::kTls,
                                        .relayed_transport = overlay::Transport::kTcp,
                                        .username = "alice",
                                        .age_s = 60,
                                        .expires_in_s = 540,
                                        .bytes_to_peer = 1200}}};

  const json document = allocations_view("edge-aws-fra", list, true);

  EXPECT_EQ(document["total"], 12);
  EXPECT_EQ(document["matched"], 5);
  EXPECT_EQ(document["complete"], true);
  EXPECT_EQ(document["allocations"][0]["relayed"], "192.0.2.1:50000");
  EXPECT_FALSE(document["allocations"][0].contains("second_relayed"));
  EXPECT_EQ(document["allocations"][0]["transport"], "tls");
  EXPECT_EQ(document["allocations"][0]["relayed_transport"], "tcp");
  EXPECT_EQ(document["allocations"][0]["bytes_to_peer"], 1200);
}

TEST(AllocationsView, shows_both_addresses_of_a_dual_allocation) {
  const AllocationList list{
      .total = 1,
      .matched = 1,
      .listed = {{.client = *overlay::Endpoint::parse("192.0.2.9:5000"),
                  .relayed = *overlay::Endpoint::parse("192.0.2.1:50000"),
                  .second_relayed = overlay::Endpoint::parse("[2001:db8::1]:50002").value(),
                  .username = "alice"}}};

  const json row = allocations_view("edge-aws-fra", list, true)["allocations"][0];

  EXPECT_EQ(row["relayed"], "192.0.2.1:50000");
  EXPECT_EQ(row["second_relayed"], "[2001:db8::1]:50002");
}

TEST(CountersView, groups_counters_by_name) {
  const std::vector<CounterGroup> groups{{"relay", {{"client_in", 5}}}, {"overlay", {{"dropped", 1}}}};

  EXPECT_EQ(counters_view("a", groups)["counters"],
            json({{"relay", {{"client_in", 5}}}, {"overlay", {{"dropped", 1}}}}));
}

}  // namespace admin_view_test
}  // namespace relay
