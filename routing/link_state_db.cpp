#include "routing/link_state_db.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace routing {
namespace {

// Finaliser of splitmix64: spreads a key over 64 bits, so that sums of keys distinguish sets.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// Rounded up, so that a record ages even at nodes that forward it quickly.
std::uint16_t age_after(std::uint16_t age_s, Duration held) {
  const auto held_s = std::chrono::ceil<std::chrono::seconds>(held).count();
  return static_cast<std::uint16_t>(std::min<std::int64_t>(age_s + held_s, 0xffff));
}

}  // namespace

LinkStateDb::Outcome LinkStateDb::judge(const LinkStateRecord& record) const {
  if (record.age_s >= record.lifetime_s) return Outcome::kExpired;
  const LinkStateRecord* known = find(record.origin());
  if (record.origin() == self_) {
    if (known == nullptr || record.key > known->key) return Outcome::kOwnFromBefore;
    return record.key == known->key ? Outcome::kKnown : Outcome::kStale;
  }
  if (known == nullptr) return entries_by_origin_.size() < max_origins_ ? Outcome::kStored : Outcome::kFull;
  if (record.key == known->key) return Outcome::kKnown;
  return record.key > known->key ? Outcome::kStored : Outcome::kStale;
}

LinkStateDb::Outcome LinkStateDb::insert(LinkStateRecord record, Instant now) {
  const Outcome outcome = judge(record);
  if (outcome == Outcome::kOwnFromBefore)
    epoch_seen_for_self_ = std::max(epoch_seen_for_self_, record.key.epoch);
  if (outcome == Outcome::kStored) store(std::move(record), now);
  return outcome;
}

void LinkStateDb::originate(LinkStateRecord record, Instant now) {
  CHECK(record.origin() == self_);
  const LinkStateRecord* known = find(self_);
  CHECK(known == nullptr || record.key > known->key);
  store(std::move(record), now);
}

void LinkStateDb::store(LinkStateRecord record, Instant now) {
  const NodeId origin = record.origin();
  const Instant expires_at = now + std::chrono::seconds(record.lifetime_s - record.age_s);
  entries_by_origin_[origin] = {std::make_shared<const LinkStateRecord>(std::move(record)), now, expires_at};
  ++revision_;
}

std::vector<NodeId> LinkStateDb::expire(Instant now) {
  std::vector<NodeId> expired;
  for (const auto& [origin, entry] : entries_by_origin_)
    if (origin != self_ && entry.expires_at <= now) expired.push_back(origin);
  for (const NodeId origin : expired)
    entries_by_origin_.erase(origin);
  if (!expired.empty()) ++revision_;
  return expired;
}

Instant LinkStateDb::next_timeout() const {
  Instant next = kNever;
  for (const auto& [origin, entry] : entries_by_origin_)
    if (origin != self_) next = std::min(next, entry.expires_at);
  return next;
}

const LinkStateRecord* LinkStateDb::find(NodeId origin) const {
  const auto found = entries_by_origin_.find(origin);
  return found == entries_by_origin_.end() ? nullptr : found->second.record.get();
}

LinkStateRecord LinkStateDb::record_at(NodeId origin, Instant now) const {
  const auto found = entries_by_origin_.find(origin);
  CHECK(found != entries_by_origin_.end());
  LinkStateRecord record = *found->second.record;
  record.age_s = age_after(record.age_s, now - found->second.stored_at);
  return record;
}

std::vector<std::shared_ptr<const LinkStateRecord>> LinkStateDb::records() const {
  std::vector<std::shared_ptr<const LinkStateRecord>> records;
  records.reserve(entries_by_origin_.size());
  for (const auto& [origin, entry] : entries_by_origin_)
    records.push_back(entry.record);
  return records;
}

std::vector<LinkStateKey> LinkStateDb::digest() const {
  std::vector<LinkStateKey> keys;
  keys.reserve(entries_by_origin_.size());
  for (const auto& [origin, entry] : entries_by_origin_)
    keys.push_back(entry.record->key);
  return keys;
}

std::uint64_t LinkStateDb::fingerprint() const {
  std::uint64_t sum = 0;
  for (const auto& [origin, entry] : entries_by_origin_) {
    const LinkStateKey& key = entry.record->key;
    sum += mix(mix(mix(key.origin.value()) ^ key.epoch) ^ key.sequence);
  }
  return sum;
}

}  // namespace routing
