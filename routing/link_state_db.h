// The newest record of every node, until it expires. Owned by the control plane. The flooder fills it;
// Topology is built from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "routing/link_state.h"

namespace routing {

class LinkStateDb {
 public:
  enum class Outcome : std::uint8_t {
    kStored,         // newer than the stored record
    kKnown,          // the stored record
    kStale,          // older than the stored record
    kExpired,        // its age had reached its lifetime
    kOwnFromBefore,  // ours, newer than what we originated in this life: originate above
                     // epoch_seen_for_self()
    kFull,           // the bound on origins is reached
  };

  LinkStateDb(NodeId self, std::size_t max_origins) : self_(self), max_origins_(max_origins) {}

  // The answer of insert(), without storing: the flooder verifies only new records.
  [[nodiscard]] Outcome judge(const LinkStateRecord& record) const;
  Outcome insert(LinkStateRecord record, Instant now);
  // The node's own, newly signed record. Its key must be greater than all earlier ones.
  void originate(LinkStateRecord record, Instant now);
  // Removes expired records of other nodes and returns their origins. The own record stays: a process that
  // was frozen for longer than its lifetime still knows itself.
  std::vector<NodeId> expire(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  // Null without a record. The age of the record is that at its arrival; see record_at().
  [[nodiscard]] const LinkStateRecord* find(NodeId origin) const;
  // A copy for sending, with the age at `now`. The record must exist.
  [[nodiscard]] LinkStateRecord record_at(NodeId origin, Instant now) const;
  // Ascending by origin.
  [[nodiscard]] std::vector<std::shared_ptr<const LinkStateRecord>> records() const;
  [[nodiscard]] std::vector<LinkStateKey> digest() const;
  // Equal on two nodes exactly when their digests are equal (except with probability 2^-64).
  [[nodiscard]] std::uint64_t fingerprint() const;

  [[nodiscard]] std::size_t size() const { return entries_by_origin_.size(); }
  [[nodiscard]] NodeId self() const { return self_; }
  // Increases when a record is stored or removed: the topology must then be rebuilt.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  // The greatest epoch in a received record of this node; 0 without such a record.
  [[nodiscard]] std::uint64_t epoch_seen_for_self() const { return epoch_seen_for_self_; }

 private:
  struct Entry {
    std::shared_ptr<const LinkStateRecord> record;
    Instant stored_at;
    Instant expires_at;
  };
  void store(LinkStateRecord record, Instant now);

  NodeId self_;
  std::size_t max_origins_;
  std::map<NodeId, Entry> entries_by_origin_;
  std::uint64_t revision_ = 0;
  std::uint64_t epoch_seen_for_self_ = 0;
};

}  // namespace routing
