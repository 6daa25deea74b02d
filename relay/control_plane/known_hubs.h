// The hubs that this node has known, with their last records. A node dials them when no record of them is
// left: after a long partition, a restart, or the death of all seeds. The shell keeps the list in a file
// between two lives of the process. Every record is signed, so a changed file adds no hub. Owned by the
// control plane.
//
// The file:
//   magic "CWKH" | version (8) | count (16) | count times { length (16) | record } | checksum (16 bytes,
//   BLAKE2b)
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/crypto/certificate.h"
#include "overlay/link/link_handshaker.h"
#include "routing/link_state_db.h"

namespace relay {

class KnownHubs {
 public:
  // A new hub replaces the hub that was heard longest ago.
  static constexpr std::size_t kMaxHubs = 256;
  static constexpr std::size_t kMaxFileBytes = 32 + kMaxHubs * (2 + routing::kMaxRecordBytes);

  // Remembers a hub by its verified record and certificate. Records without an endpoint are ignored.
  void note(std::shared_ptr<const routing::LinkStateRecord> record, const overlay::Certificate& certificate,
            overlay::Instant now);
  // The hubs without a record in the database, except the own node.
  [[nodiscard]] std::vector<overlay::NeighborAddress> without_record(const routing::LinkStateDb& db) const;

  // Changes whenever a hub, its key or its endpoint changes.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] std::size_t size() const { return hubs_.size(); }

  [[nodiscard]] overlay::ByteVector encode() const;
  // Checks everything but the dates of the certificates: the clock may be wrong when a node starts. The
  // message of an error says what is wrong.
  [[nodiscard]] static overlay::Result<KnownHubs> decode(overlay::Bytes file,
                                                         const overlay::SigningPublicKey& ca);

 private:
  struct Hub {
    std::shared_ptr<const routing::LinkStateRecord> record;
    overlay::NeighborAddress address;
    overlay::Instant heard_at{};
  };
  void make_room();

  std::map<overlay::NodeId, Hub> hubs_;
  std::uint64_t revision_ = 0;
};

}  // namespace relay
