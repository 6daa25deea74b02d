#include "overlay/forwarding/forwarder.h"

#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace overlay {
namespace forwarder_test {

ExplicitRoute route(std::initializer_list<int> hops) {
  ExplicitRoute made;
  for (const int hop : hops)
    made.push_back(NodeId(static_cast<std::uint16_t>(hop)));
  return made;
}

// Everything is up unless said otherwise.
class Links : public LinkStates {
 public:
  [[nodiscard]] LinkState link_state(NodeId neighbor) const override {
    const auto found = states.find(neighbor);
    return found == states.end() ? LinkState::kUp : found->second;
  }
  std::map<NodeId, LinkState> states;
};

class ForwarderTest : public testing::Test {
 protected:
  ForwarderTest() { table.set_routes(kEgress, std::vector{route({2, 9}), route({3, 9}), route({4, 5, 9})}); }
  auto at_ingress() { return route_at_ingress(NodeId(1), kEgress, 7, table, links); }

  static constexpr NodeId kEgress{9};
  ForwardingTable table;
  Links links;
};

TEST_F(ForwarderTest, sends_one_copy_on_the_active_route_while_its_link_is_up) {
  const auto via = at_ingress();

  ASSERT_TRUE(via.has_value());
  EXPECT_EQ(via->primary.route, route({2, 9}));
  EXPECT_EQ(via->primary.flow_label, 7u);
  EXPECT_FALSE(via->duplicate.has_value());
}

TEST_F(ForwarderTest, duplicates_onto_the_standby_while_the_link_is_suspect) {
  links.states[NodeId(2)] = LinkState::kSuspect;

  const auto via = at_ingress();

  EXPECT_EQ(via->primary.route, route({2, 9}));
  ASSERT_TRUE(via->duplicate.has_value());
  EXPECT_EQ(via->duplicate->route, route({3, 9}));
  EXPECT_TRUE(via->duplicate->duplicated);
  EXPECT_TRUE(via->primary.duplicated);
}

TEST_F(ForwarderTest, moves_when_the_link_is_down_and_again_when_the_next_one_is) {
  links.states[NodeId(2)] = LinkState::kDown;
  EXPECT_EQ(at_ingress()->primary.route, route({3, 9}));
  EXPECT_FALSE(at_ingress()->duplicate.has_value());

  links.states[NodeId(3)] = LinkState::kDown;
  EXPECT_EQ(at_ingress()->primary.route, route({4, 5, 9}));

  links.states[NodeId(4)] = LinkState::kDown;
  EXPECT_EQ(at_ingress().error(), DropReason::kNoLink);
}

TEST_F(ForwarderTest, knows_no_way_to_an_unknown_egress) {
  EXPECT_EQ(route_at_ingress(NodeId(1), NodeId(77), 0, table, links).error(), DropReason::kNoRoute);
}

class TransitTest : public ForwarderTest {
 protected:
  TransitTest() {
    table.set_routes(kEgress, std::vector{route({9}), route({3, 9}), route({6, 9})});
    arrived = {
        .route = route({5, 9}), .next_index = 0, .hop_limit = 8, .flow_label = 7, .ingress = NodeId(1)};
  }
  auto in_transit() { return route_in_transit(NodeId(5), arrived, table, links); }

  RouteHeader arrived;
};

TEST_F(TransitTest, sends_on_to_the_next_hop) {
  const auto via = in_transit();

  ASSERT_TRUE(via.has_value());
  EXPECT_EQ(via->primary.next_hop(), kEgress);
  EXPECT_EQ(via->primary.hop_limit, 7);
  EXPECT_FALSE(via->primary.repaired);
}

TEST_F(TransitTest, repairs_around_a_dead_next_hop_and_keeps_what_was_visited) {
  links.states[kEgress] = LinkState::kDown;

  const auto via = in_transit();

  ASSERT_TRUE(via.has_value());
  EXPECT_EQ(via->primary.route, route({5, 3, 9}));
  EXPECT_EQ(via->primary.next_hop(), NodeId(3));
  EXPECT_TRUE(via->primary.repaired);
}

TEST_F(TransitTest, repairs_over_a_suspect_link_when_none_is_up) {
  links.states[kEgress] = LinkState::kDown;
  links.states[NodeId(3)] = links.states[NodeId(6)] = LinkState::kSuspect;

  const auto via = in_transit();

  ASSERT_TRUE(via.has_value());
  EXPECT_EQ(via->primary.route, route({5, 3, 9}));
}

TEST_F(TransitTest, never_repairs_through_a_node_that_was_visited) {
  links.states[kEgress] = LinkState::kDown;
  arrived.ingress = NodeId(3);

  EXPECT_EQ(in_transit()->primary.route, route({5, 6, 9}));
}

TEST_F(TransitTest, gives_up_when_the_hop_limit_is_spent_or_nothing_is_left) {
  arrived.hop_limit = 1;
  EXPECT_EQ(in_transit().error(), DropReason::kHopLimit);

  arrived.hop_limit = 8;
  for (const int hop : {3, 6, 9})
    links.states[NodeId(static_cast<std::uint16_t>(hop))] = LinkState::kDown;
  EXPECT_EQ(in_transit().error(), DropReason::kNoLink);
}

TEST_F(TransitTest, does_not_forward_what_is_not_addressed_to_it) {
  arrived.route = route({4, 9});

  EXPECT_EQ(in_transit().error(), DropReason::kNotForUs);
}

TEST_F(TransitTest, does_not_duplicate_a_frame_of_which_another_copy_exists) {
  links.states[kEgress] = LinkState::kSuspect;
  ASSERT_TRUE(in_transit()->duplicate.has_value());

  arrived.duplicated = true;

  EXPECT_FALSE(in_transit()->duplicate.has_value());
}

TEST_F(TransitTest, says_in_both_copies_that_two_exist) {
  links.states[kEgress] = LinkState::kSuspect;

  const auto via = in_transit();

  EXPECT_TRUE(via->primary.duplicated);
  EXPECT_TRUE(via->duplicate->duplicated);
}

// Eight nodes with random routes and random link states. Follows every copy of one frame.
class RandomNetwork {
 public:
  explicit RandomNetwork(std::uint64_t seed) : random_(seed) {
    for (std::uint16_t node = 1; node < kNodes; ++node) {
      std::vector<ExplicitRoute> routes;
      for (int i = 0; i < 4; ++i)
        routes.push_back(random_route(node));
      tables_[NodeId(node)].set_routes(kEgress, routes);
      for (std::uint16_t neighbor = 1; neighbor <= kNodes; ++neighbor)
        links_[NodeId(node)].states[NodeId(neighbor)] = random_state();
    }
  }

  // Copies that reach the egress or are dropped on their way.
  int copies() {
    const NodeId ingress(1);
    return followed(route_at_ingress(ingress, kEgress, 0, tables_[ingress], links_[ingress]));
  }

 private:
  static constexpr std::uint16_t kNodes = 8;
  static constexpr NodeId kEgress{kNodes};

  LinkState random_state() {
    const auto drawn = random_.below(8);
    return drawn < 4 ? LinkState::kSuspect : drawn < 7 ? LinkState::kUp : LinkState::kDown;
  }
  ExplicitRoute random_route(std::uint16_t from) {
    ExplicitRoute made;
    const auto transits = random_.below(ExplicitRoute::kMaxComputedHops);
    for (std::uint64_t i = 0; i < transits; ++i) {
      const NodeId hop(static_cast<std::uint16_t>(1 + random_.below(kNodes - 1)));
      if (hop != NodeId(from) && !made.contains(hop)) made.push_back(hop);
    }
    made.push_back(kEgress);
    return made;
  }
  int followed(const Result<ForwardVia, DropReason>& via) {
    if (!via) return 1;
    return followed(via->primary) + (via->duplicate ? followed(*via->duplicate) : 0);
  }
  int followed(const RouteHeader& header) {
    const NodeId at = header.next_hop();
    if (at == kEgress) return 1;
    return followed(route_in_transit(at, header, tables_[at], links_[at]));
  }

  SeededRandom random_;
  std::map<NodeId, ForwardingTable> tables_;
  std::map<NodeId, Links> links_;
};

TEST(Duplication, at_most_two_copies_of_a_frame_exist_whichever_links_are_suspect) {
  int duplicated = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const int copies = RandomNetwork(seed).copies();
    EXPECT_LE(copies, 2) << "seed " << seed;
    duplicated += copies == 2 ? 1 : 0;
  }
  EXPECT_GT(duplicated, 200);
}

}  // namespace forwarder_test
}  // namespace overlay
