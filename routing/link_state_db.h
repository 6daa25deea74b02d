// The newest record of every node, until it expires. Owned by the control plane; the flooder fills it and
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
    kStored,         // newer than what we had
    kKnown,          // exactly what we have
    kStale,          // older than what we have
    kExpired,        // its age had reached its lifetime
    kOwnFromBefore,  // ours, newer than what we originated in this life: originate above
                     // epoch_seen_for_self()
    kFull,           // the bound on origins is reached
  };

  LinkStateDb(NodeId self, std::size_t max_origins) : self_(self), max_origins_(max_origins) {}

  // What insert() would answer, without storing. Lets the flooder verify only what is new.
  [[nodiscard]] Outcome judge(const LinkStateRecord& record) const;
  Outcome insert(LinkStateRecord record, Instant now);
  // The node's own record, newly signed. Later than everything it originated before.
  void originate(LinkStateRecord record, Instant now);
  // Removes what has expired and returns whose it was.
  std::vector<NodeId> expire(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  // Null when there is none. The record's age is as of its arrival; see record_at().
  [[nodiscard]] const LinkStateRecord* find(NodeId origin) const;
  // A copy with its age brought up to `now`, as it is to be sent on. The record must exist.
  [[nodiscard]] LinkStateRecord record_at(NodeId origin, Instant now) const;
  // Ascending by origin.
  [[nodiscard]] std::vector<std::shared_ptr<const LinkStateRecord>> records() const;
  [[nodiscard]] std::vector<LinkStateKey> digest() const;
  // Equal on two nodes exactly when (but for a chance of 2^-64) their digests are equal.
  [[nodiscard]] std::uint64_t fingerprint() const;

  [[nodiscard]] std::size_t size() const { return entries_by_origin_.size(); }
  [[nodiscard]] NodeId self() const { return self_; }
  // Grows whenever a record is stored or removed: the cue to rebuild the topology.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  // The greatest epoch that came back to us in a record of our own; 0 if none did.
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
