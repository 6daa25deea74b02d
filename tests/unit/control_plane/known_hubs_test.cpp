#include "relay/control_plane/known_hubs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control_plane/lone_control_plane.h"

namespace relay {
namespace known_hubs_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

overlay::Endpoint endpoint_of(std::uint16_t id) {
  return {
      overlay::IpAddress::v4({198, 51, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)}),
      4700};
}

class KnownHubsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::shared_ptr<const routing::LinkStateRecord> record_of(std::uint16_t id) const {
    LinkStateSpeaker speaker(cluster_.identity(id), ca_, {.endpoints = {endpoint_of(id)}, .epoch = 1});
    speaker.originate({}, {}, overlay::Instant{1h});
    return std::make_shared<const routing::LinkStateRecord>(*speaker.db().find(overlay::NodeId(id)));
  }
  void note(std::uint16_t id, overlay::Instant heard_at = {}) {
    known_.note(record_of(id), cluster_.identity(id).certificate(), heard_at);
  }

  TestCluster cluster_{KnownHubs::kMaxHubs + 2};
  overlay::SigningPublicKey ca_ = cluster_.config(1).cluster_ca;
  routing::LinkStateDb db_{overlay::NodeId(1), 100};
  KnownHubs known_;
};

TEST_F(KnownHubsTest, names_hubs_without_a_record_and_never_the_own_node) {
  note(1);
  note(2);
  note(3);
  ASSERT_EQ(db_.insert(*record_of(3), {}), routing::LinkStateDb::Outcome::kStored);

  const auto missing = known_.without_record(db_);

  ASSERT_THAT(missing, SizeIs(1));
  EXPECT_EQ(missing[0].expected, overlay::NodeId(2));
  EXPECT_EQ(missing[0].endpoint, endpoint_of(2));
  EXPECT_EQ(missing[0].key, cluster_.identity(2).exchange().public_key());
}

TEST_F(KnownHubsTest, survive_a_file) {
  note(2);
  note(3);

  const auto read = KnownHubs::decode(known_.encode(), ca_);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->without_record(db_), SizeIs(2));
}

TEST_F(KnownHubsTest, a_damaged_file_is_refused_wherever_the_damage_is) {
  note(2);
  const overlay::ByteVector file = known_.encode();

  for (std::size_t at = 0; at < file.size(); ++at) {
    overlay::ByteVector damaged = file;
    damaged[at] ^= 0x40;
    EXPECT_FALSE(KnownHubs::decode(damaged, ca_)) << at;
  }
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(KnownHubs::decode(overlay::Bytes(file).first(size), ca_)) << size;
  EXPECT_FALSE(KnownHubs::decode(overlay::ByteVector(KnownHubs::kMaxFileBytes + 1), ca_));
}

TEST_F(KnownHubsTest, a_file_of_another_cluster_is_refused) {
  note(2);
  const auto stranger = overlay::SigningKeyPair::generate(cluster_.random).public_key();

  const auto read = KnownHubs::decode(known_.encode(), stranger);

  ASSERT_FALSE(read);
}

TEST_F(KnownHubsTest, the_hub_that_was_heard_longest_ago_makes_room) {
  for (std::uint16_t id = 2; id < KnownHubs::kMaxHubs + 2; ++id)
    note(id, overlay::Instant{std::chrono::seconds(id == 77 ? 0 : id)});
  ASSERT_EQ(known_.size(), KnownHubs::kMaxHubs);

  note(KnownHubs::kMaxHubs + 2, overlay::Instant{1h});

  EXPECT_EQ(known_.size(), KnownHubs::kMaxHubs);
  for (const auto& hub : known_.without_record(db_))
    EXPECT_NE(hub.expected, overlay::NodeId(77));
  EXPECT_TRUE(KnownHubs::decode(known_.encode(), ca_));
}

TEST_F(KnownHubsTest, a_refreshed_record_is_no_change_for_the_file) {
  note(2);
  const std::uint64_t revision = known_.revision();

  note(2, overlay::Instant{1h});

  EXPECT_EQ(known_.revision(), revision);
}

}  // namespace known_hubs_test
}  // namespace relay
