#include "tools/wan/control.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/wan/network_builder.h"
#include "tools/wan/wan_json.h"

namespace wan {
namespace control_test {

using namespace std::chrono_literals;
using namespace test;
using nlohmann::json;

constexpr overlay::Instant kNow{1h};

class WanControlTest : public testing::Test {
 protected:
  [[nodiscard]] json ask(std::string_view line) { return json::parse(execute(network_, line, kNow)); }
  [[nodiscard]] const LinkShape& shape(HostIndex from, HostIndex to) {
    return network_.link(from, to).model.shape();
  }

  overlay::SeededRandom random_{1};
  Network network_ = make_network(random_);
};

TEST_F(WanControlTest, stamps_every_answer_with_the_time_it_took_effect) {
  const json answer = ask(R"({"command":"ping"})");

  EXPECT_EQ(answer["ok"], true);
  EXPECT_EQ(answer["at_ns"], 3'600'000'000'000);
}

TEST_F(WanControlTest, cuts_and_heals_a_host) {
  EXPECT_EQ(ask(R"({"command":"cut","a":"hub-a"})")["ok"], true);
  EXPECT_TRUE(shape(kHubA, kHubB).is_cut);

  EXPECT_EQ(ask(R"({"command":"heal","a":"hub-a"})")["healed"], 1);
  EXPECT_FALSE(shape(kHubA, kHubB).is_cut);
}

TEST_F(WanControlTest, degrades_both_directions_by_default) {
  EXPECT_EQ(ask(R"({"command":"degrade","a":"hub-a","b":"hub-b","loss":0.05,"delay_ms":50})")["ok"], true);
  EXPECT_EQ(ask(R"({"command":"degrade","a":"hub-a","b":"edge-a","jitter_ms":5,"one_way":true})")["ok"],
            true);

  EXPECT_EQ(shape(kHubB, kHubA).delay, 60ms);
  EXPECT_NEAR(shape(kHubA, kHubB).loss, 0.05, 1e-9);
  EXPECT_EQ(shape(kHubA, kEdgeA).jitter, 5ms);
  EXPECT_EQ(shape(kEdgeA, kHubA).jitter, 0ms);
}

TEST_F(WanControlTest, a_partition_separates_its_groups_and_the_rest) {
  EXPECT_EQ(ask(R"({"command":"partition","groups":[["hub-a","edge-a"]]})")["ok"], true);

  EXPECT_FALSE(shape(kHubA, kEdgeA).is_cut);
  EXPECT_TRUE(shape(kHubA, kHubB).is_cut);
  EXPECT_EQ(ask(R"({"command":"heal","a":"partition"})")["healed"], 1);
  EXPECT_FALSE(shape(kHubA, kHubB).is_cut);
}

TEST_F(WanControlTest, sets_the_shape_that_faults_add_to) {
  EXPECT_EQ(ask(R"({"command":"set","a":"hub-a","b":"hub-b","delay_ms":3})")["links"], 2);

  EXPECT_EQ(shape(kHubA, kHubB).delay, 3ms);
}

TEST_F(WanControlTest, reports_counters_of_links_that_were_used) {
  ASSERT_TRUE(network_.admit(kHubA, make_udp(3, 50), kNow));

  const json answer = ask(R"({"command":"stats"})");

  ASSERT_EQ(answer["links"].size(), 1u);
  EXPECT_EQ(answer["links"][0]["from"], "hub-a");
  EXPECT_EQ(answer["links"][0]["received"], 1);
}

TEST_F(WanControlTest, rejects_invalid_commands_and_changes_nothing) {
  for (const auto* line :
       {"", "7", "{}", "nonsense", R"({"command":"explode"})", R"({"command":"cut"})",
        R"({"command":"cut","a":"hub-z"})", R"({"command":"cut","a":7})",
        R"({"command":"degrade","a":"hub-a"})", R"({"command":"degrade","a":"hub-a","loss":2})",
        R"({"command":"degrade","a":"hub-a","lost":0.1})",
        R"({"command":"partition","groups":[["hub-a"],["hub-a"]]})"}) {
    const json answer = ask(line);
    EXPECT_EQ(answer["ok"], false) << line;
    EXPECT_TRUE(answer["error"].is_string()) << line;
  }
  EXPECT_TRUE(network_.faults().empty());
}

TEST(WanTopology, links_absent_from_the_file_carry_no_packets) {
  overlay::SeededRandom random(1);

  const auto network = parse_topology(R"({
    "hosts": [{"name":"a","netns":"/n/a","device":"wan0","addresses":["10.78.0.1","fd78::1"],"labels":[]},
              {"name":"b","netns":"/n/b","device":"wan0","addresses":["10.78.0.2"],"labels":[]}],
    "links": [{"from":"a","to":"b","delay_ms":12.5,"rate_bps":1e6}]})",
                                      random);

  ASSERT_TRUE(network) << network.error().message;
  const auto& there = network->link(HostIndex(0), HostIndex(1)).model.shape();
  EXPECT_EQ(there.delay, 12500us);
  EXPECT_EQ(there.rate, 1'000'000u);
  EXPECT_TRUE(network->link(HostIndex(1), HostIndex(0)).model.shape().is_cut);
}

TEST(WanTopology, rejects_a_file_with_its_error) {
  overlay::SeededRandom random(1);

  for (const auto* text :
       {"", "[]", "{}", R"({"hosts":[],"links":[]})",
        R"({"hosts":[{"name":"a","netns":"n","device":"d","addresses":["x"],"labels":[]}],"links":[]})",
        R"({"hosts":[{"name":"a","netns":"n","device":"d","addresses":[],"labels":[]}],
                               "links":[{"from":"a","to":"b"}]})"})
    EXPECT_FALSE(parse_topology(text, random)) << text;
}

}  // namespace control_test
}  // namespace wan
