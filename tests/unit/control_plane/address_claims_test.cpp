// The claims on relayed addresses: withdrawn after a reload, and in conflict with those of another node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control_plane/lone_control_plane.h"

namespace relay {
namespace address_claims_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const auto kOld = overlay::IpAddress::v4({203, 0, 113, 5});
const auto kNew = overlay::IpAddress::v4({203, 0, 113, 6});

TurnReconfiguration relaying_on(std::vector<overlay::IpAddress> addresses) {
  return {.servers = {std::make_shared<const TurnServerConfig>()},
          .datagram_listeners = {},
          .plain_listeners = {},
          .relayed_addresses = std::move(addresses),
          .usage_interval = std::nullopt,
          .sockets = nullptr};
}

class AddressClaims : public ::testing::Test {
 protected:
  AddressClaims() : control_(config(), cluster_.random, now_, {now_, kCalendar}) {}

  [[nodiscard]] ControlPlaneConfig config() const {
    ControlPlaneConfig config = cluster_.config(1);
    config.relayed_addresses = {kOld};
    return config;
  }
  void reload(std::vector<overlay::IpAddress> addresses) {
    control_.reconfigure(relaying_on(std::move(addresses)), now_);
  }
  void report(std::vector<overlay::Endpoint> in_use) {
    DataPlaneReport report;
    report.turn_generation = control_.turn_generation();
    report.retired_addresses_in_use = std::move(in_use);
    control_.on_message(0, std::move(report), now_);
  }
  [[nodiscard]] std::vector<overlay::IpAddress> claimed() const {
    std::vector<overlay::IpAddress> addresses;
    for (const auto& relayed : control_.link_state_db().find(overlay::NodeId(1))->relayed_addresses)
      addresses.push_back(relayed.address);
    return addresses;
  }

  TestCluster cluster_{2};
  overlay::Instant now_{1h};
  ControlPlane control_;
};

TEST_F(AddressClaims, an_address_that_a_reload_drops_is_withdrawn_when_no_allocation_uses_it) {
  reload({kNew});
  EXPECT_THAT(claimed(), ElementsAre(kNew, kOld));

  report({{kOld, 0}});
  EXPECT_THAT(claimed(), ElementsAre(kNew, kOld));

  report({});
  EXPECT_THAT(claimed(), ElementsAre(kNew));
}

// Until then it is a peer for clients of the node that meet there.
TEST_F(AddressClaims, tell_the_data_planes_of_an_address_that_is_withdrawn) {
  const auto withdrawn = [this] {
    std::vector<overlay::IpAddress> addresses;
    while (const auto addressed = control_.poll_message())
      if (const auto* const message = std::get_if<WithdrawRelayed>(&addressed->message))
        addresses.push_back(message->address);
    return addresses;
  };
  reload({kNew});
  report({{kOld, 0}});
  EXPECT_THAT(withdrawn(), IsEmpty());

  report({});

  EXPECT_THAT(withdrawn(), ElementsAre(kOld));
}

TEST_F(AddressClaims, an_address_that_comes_back_keeps_its_claim) {
  reload({kNew});
  reload({kOld, kNew});
  report({});

  EXPECT_THAT(claimed(), ElementsAre(kOld, kNew));
}

TEST_F(AddressClaims, a_claim_that_stays_keeps_its_time_and_a_new_claim_is_newer) {
  now_ += 100s;
  reload({kOld, kNew});

  const auto& record = *control_.link_state_db().find(overlay::NodeId(1));
  EXPECT_EQ(record.relayed_addresses[0].claimed_at_s, kCalendar.count());
  EXPECT_EQ(record.relayed_addresses[1].claimed_at_s, kCalendar.count() + 100);
}

// Two neighbors that exchange their records.
class ConflictingClaims : public ::testing::Test {
 protected:
  ConflictingClaims() {
    for (ControlPlane* plane : {&first_, &second_})
      claim(*plane, {});
    exchange();
  }

  [[nodiscard]] ControlPlaneConfig calling_the_first() const {
    ControlPlaneConfig config = cluster_.config(2);
    config.seeds = {{.endpoint = TestCluster::endpoint(1),
                     .key = cluster_.identity(1).exchange().public_key(),
                     .expected = overlay::NodeId(1)}};
    return config;
  }
  void claim(ControlPlane& plane, std::vector<overlay::IpAddress> addresses) {
    now_ += 10s;
    plane.reconfigure(relaying_on(std::move(addresses)), now_);
    DataPlaneReport report;
    report.turn_generation = plane.turn_generation();
    plane.on_message(0, std::move(report), now_);
    exchange();
  }
  // Carries every message to the other node until both are silent.
  void exchange() {
    for (int round = 0; round < 50; ++round) {
      deliver(first_, second_);
      deliver(second_, first_);
      now_ += 10ms;
      first_.on_timer(now_);
      second_.on_timer(now_);
    }
  }
  void deliver(ControlPlane& from, ControlPlane& to) {
    while (auto addressed = from.poll_message()) {
      ToDataPlane& message = addressed->message;
      if (auto* handshake = std::get_if<SendHandshake>(&message))
        to.on_message(0,
                      HandshakeReceived{
                          .from = handshake->local, .local = handshake->remote, .bytes = handshake->bytes},
                      now_);
      if (const auto* session = std::get_if<InstallSession>(&message))
        from.on_message(0,
                        overlay::OverlayEvent(overlay::LinkChanged{.neighbor = session->neighbor,
                                                                   .session = session->session.local_index,
                                                                   .after = overlay::LinkState::kUp}),
                        now_);
      if (const auto* control = std::get_if<SendControl>(&message))
        to.on_message(
            0, ControlReceived{.neighbor = from.config().identity->node(), .payload = control->payload},
            now_);
    }
  }
  [[nodiscard]] std::vector<overlay::NodeId> rivals() const {
    const auto& owners = first_.relayed_address_owners();
    return owners.empty() ? std::vector<overlay::NodeId>{} : owners[0].rivals;
  }
  [[nodiscard]] std::vector<Event> conflicts() const {
    std::vector<Event> conflicts;
    for (const Event& event : first_.events().events())
      if (event.cause == EventCause::kConflict) conflicts.push_back(event);
    return conflicts;
  }

  TestCluster cluster_{2};
  overlay::Instant now_{1h};
  ControlPlane first_{cluster_.config(1), cluster_.random, now_, {now_, kCalendar}};
  ControlPlane second_{calling_the_first(), cluster_.random, now_, {now_, kCalendar}};
};

TEST_F(ConflictingClaims, are_one_event_for_each_conflict) {
  claim(first_, {kOld});
  claim(second_, {kOld});
  claim(second_, {kOld, kNew});

  ASSERT_THAT(conflicts(), SizeIs(1));
  EXPECT_EQ(conflicts()[0].source, overlay::NodeId(1));
  EXPECT_EQ(conflicts()[0].destination, overlay::NodeId(2));
  EXPECT_THAT(conflicts()[0].note, HasSubstr("203.0.113.5"));
}

TEST_F(ConflictingClaims, end_when_the_other_node_withdraws) {
  claim(first_, {kOld});
  claim(second_, {kOld});
  ASSERT_THAT(rivals(), ElementsAre(overlay::NodeId(2)));

  claim(second_, {});

  EXPECT_THAT(rivals(), IsEmpty());
}

TEST_F(ConflictingClaims, an_address_that_moves_belongs_to_its_new_node_at_once) {
  claim(second_, {kOld});
  claim(first_, {kOld});
  claim(second_, {});

  for (const ControlPlane* plane : {&first_, &second_}) {
    ASSERT_THAT(plane->relayed_address_owners(), SizeIs(1));
    EXPECT_EQ(plane->relayed_address_owners()[0].owner, overlay::NodeId(1));
  }
}

}  // namespace address_claims_test
}  // namespace relay
