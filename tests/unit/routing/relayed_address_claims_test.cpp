#include "routing/relayed_address_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace routing {
namespace relayed_address_claims_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto kAddress = IpAddress::v4({203, 0, 113, 5});

LinkStateRecord claim(std::uint16_t origin, std::uint32_t claimed_at_s) {
  LinkStateRecord record;
  record.key = {.origin = NodeId(origin), .epoch = 1, .sequence = 1};
  record.lifetime_s = 300;
  record.relayed_addresses = {{.address = kAddress, .claimed_at_s = claimed_at_s}};
  return record;
}

// The database of node 5, which claims nothing itself unless the test originates a record.
class RelayedAddressClaims : public ::testing::Test {
 protected:
  void insert(std::uint16_t origin, std::uint32_t claimed_at_s) {
    ASSERT_EQ(db_.insert(claim(origin, claimed_at_s), overlay::Instant{}), LinkStateDb::Outcome::kStored);
  }
  LinkStateDb db_{NodeId(5), 100};
};

TEST_F(RelayedAddressClaims, an_address_that_moved_to_a_lower_id_belongs_to_the_newest_claim) {
  insert(9, 1'000);
  insert(3, 2'000);

  const auto owners = relayed_address_owners(db_);

  ASSERT_EQ(owners.size(), 1u);
  EXPECT_EQ(owners[0].owner, NodeId(3));
  EXPECT_THAT(owners[0].rivals, ElementsAre(NodeId(9)));
}

TEST_F(RelayedAddressClaims, an_address_that_moved_to_a_higher_id_belongs_to_the_newest_claim) {
  insert(9, 2'000);
  insert(3, 1'000);

  EXPECT_EQ(relayed_address_owners(db_)[0].owner, NodeId(9));
}

TEST_F(RelayedAddressClaims, a_nodes_own_claim_wins_at_itself) {
  db_.originate(claim(5, 1'000), overlay::Instant{});
  insert(9, 2'000);
  insert(3, 2'000);

  const auto owners = relayed_address_owners(db_);

  ASSERT_EQ(owners.size(), 1u);
  EXPECT_EQ(owners[0].owner, NodeId(5));
  EXPECT_THAT(owners[0].rivals, ElementsAre(NodeId(3), NodeId(9)));
}

TEST_F(RelayedAddressClaims, claims_of_one_second_go_to_the_lowest_id_at_every_node) {
  insert(9, 1'000);
  insert(3, 1'000);

  EXPECT_EQ(relayed_address_owners(db_)[0].owner, NodeId(3));
}

TEST_F(RelayedAddressClaims, a_node_that_repeats_its_address_is_no_rival_of_itself) {
  LinkStateRecord twice = claim(3, 1'000);
  twice.relayed_addresses.push_back(twice.relayed_addresses.front());
  ASSERT_EQ(db_.insert(twice, overlay::Instant{}), LinkStateDb::Outcome::kStored);

  EXPECT_THAT(relayed_address_owners(db_)[0].rivals, IsEmpty());
}

}  // namespace relayed_address_claims_test
}  // namespace routing
