#include "relay/control_plane/forwarding_snapshot.h"

#include <gtest/gtest.h>

namespace relay {
namespace forwarding_snapshot_test {

routing::LinkStateRecord claim(std::uint16_t origin, const overlay::IpAddress& address) {
  routing::LinkStateRecord record;
  record.key = {.origin = overlay::NodeId(origin), .epoch = 1, .sequence = 1};
  record.lifetime_s = 300;
  record.relayed_addresses = {address};
  return record;
}

TEST(ForwardingSnapshot, another_nodes_claim_does_not_take_an_own_address_away) {
  const auto address = overlay::IpAddress::v4({203, 0, 113, 5});
  routing::LinkStateDb db(overlay::NodeId(5), 100);
  db.originate(claim(5, address), overlay::Instant{});
  ASSERT_EQ(db.insert(claim(9, address), overlay::Instant{}), routing::LinkStateDb::Outcome::kStored);

  const auto table = make_forwarding_table({}, db);

  EXPECT_EQ(table->relayed_by(address), overlay::NodeId(5));
}

}  // namespace forwarding_snapshot_test
}  // namespace relay
