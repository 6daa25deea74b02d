#include "routing/link_state_db.h"

#include <gtest/gtest.h>

namespace routing {
namespace link_state_db_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum LinkStateDb::Outcome;

constexpr NodeId kSelf(1);
constexpr NodeId kOther(2);
constexpr Instant kStart{};

LinkStateRecord record_of(NodeId origin, std::uint64_t epoch, std::uint32_t sequence) {
  LinkStateRecord record;
  record.key = {origin, epoch, sequence};
  record.lifetime_s = 60;
  return record;
}

TEST(LinkStateDb, keeps_the_newest_by_epoch_then_sequence) {
  LinkStateDb db(kSelf, 10);

  EXPECT_EQ(db.insert(record_of(kOther, 5, 7), kStart), kStored);
  EXPECT_EQ(db.insert(record_of(kOther, 5, 7), kStart), kKnown);
  EXPECT_EQ(db.insert(record_of(kOther, 5, 6), kStart), kStale);
  EXPECT_EQ(db.insert(record_of(kOther, 4, 900), kStart), kStale);
  EXPECT_EQ(db.insert(record_of(kOther, 6, 0), kStart), kStored);

  EXPECT_EQ(db.find(kOther)->key, (LinkStateKey{kOther, 6, 0}));
  EXPECT_EQ(db.revision(), 2u);
}

TEST(LinkStateDb, forgets_a_record_when_its_age_reaches_its_lifetime) {
  LinkStateDb db(kSelf, 10);
  LinkStateRecord record = record_of(kOther, 1, 1);
  record.age_s = 50;
  db.insert(record, kStart);

  EXPECT_EQ(db.next_timeout(), kStart + seconds(10));
  EXPECT_TRUE(db.expire(kStart + milliseconds(9'999)).empty());
  EXPECT_EQ(db.expire(kStart + seconds(10)), std::vector{kOther});
  EXPECT_EQ(db.find(kOther), nullptr);
  record.age_s = 60;
  EXPECT_EQ(db.insert(record, kStart), kExpired);
}

TEST(LinkStateDb, keeps_the_own_record_of_a_process_that_was_frozen) {
  LinkStateDb db(kSelf, 10);
  db.originate(record_of(kSelf, 1, 1), kStart);

  EXPECT_TRUE(db.expire(kStart + std::chrono::hours(72)).empty());

  EXPECT_NE(db.find(kSelf), nullptr);
}

TEST(LinkStateDb, records_age_while_they_are_held) {
  LinkStateDb db(kSelf, 10);
  db.insert(record_of(kOther, 1, 1), kStart);

  EXPECT_EQ(db.record_at(kOther, kStart + milliseconds(1)).age_s, 1);
  EXPECT_EQ(db.record_at(kOther, kStart + milliseconds(4'500)).age_s, 5);
}

TEST(LinkStateDb, own_record_that_comes_back_newer_tells_which_epoch_to_pass) {
  LinkStateDb db(kSelf, 10);
  db.originate(record_of(kSelf, 3, 1), kStart);

  EXPECT_EQ(db.insert(record_of(kSelf, 2, 80), kStart), kStale);
  EXPECT_EQ(db.insert(record_of(kSelf, 9, 4), kStart), kOwnFromBefore);

  EXPECT_EQ(db.find(kSelf)->key.epoch, 3u);
  EXPECT_EQ(db.epoch_seen_for_self(), 9u);
}

TEST(LinkStateDb, refuses_new_origins_beyond_its_bound_but_updates_known_ones) {
  LinkStateDb db(kSelf, 2);
  db.insert(record_of(NodeId(2), 1, 1), kStart);
  db.insert(record_of(NodeId(3), 1, 1), kStart);

  EXPECT_EQ(db.insert(record_of(NodeId(4), 1, 1), kStart), kFull);
  EXPECT_EQ(db.insert(record_of(NodeId(3), 1, 2), kStart), kStored);
}

TEST(LinkStateDb, fingerprints_agree_exactly_when_contents_do) {
  LinkStateDb a(kSelf, 10);
  LinkStateDb b(kOther, 10);
  a.insert(record_of(NodeId(3), 1, 1), kStart);
  a.insert(record_of(NodeId(4), 1, 1), kStart);
  b.insert(record_of(NodeId(4), 1, 1), kStart);
  EXPECT_NE(a.fingerprint(), b.fingerprint());

  b.insert(record_of(NodeId(3), 1, 1), kStart);
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(a.digest(), b.digest());

  b.insert(record_of(NodeId(3), 1, 2), kStart);
  EXPECT_NE(a.fingerprint(), b.fingerprint());
}

}  // namespace link_state_db_test
}  // namespace routing
