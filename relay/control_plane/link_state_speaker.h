// Originates and signs the node's own link-state record, verifies the records of other nodes, and knows nodes
// by their certificates. Owned by the control plane.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "overlay/base/time.h"
#include "overlay/crypto/node_identity.h"
#include "relay/control_plane/media_keys.h"
#include "routing/flooder.h"
#include "routing/link_state_db.h"
#include "routing/topology.h"

namespace relay {

// The configured part of the own record.
struct OwnRecord {
  std::vector<overlay::Endpoint> endpoints;
  std::uint64_t epoch = 0;
};

class LinkStateSpeaker final : private routing::RecordVerifier {
 public:
  // The own record is refreshed well before it expires at other nodes.
  static constexpr std::uint16_t kLifetimeS = 300;
  static constexpr overlay::Duration kRefresh = std::chrono::seconds(100);
  static constexpr std::size_t kMaxOrigins = 4096;

  LinkStateSpeaker(const overlay::NodeIdentity& identity, const overlay::SigningPublicKey& ca, OwnRecord own);

  void set_wall_clock(overlay::UnixSeconds wall) { wall_ = wall; }

  // Signs and floods a new own record.
  void originate(std::vector<routing::Adjacency> adjacencies,
                 const std::vector<overlay::ExchangePublicKey>& media_keys, overlay::Instant now);
  // Marks the node as drained in later records.
  void set_drained(bool is_drained) { is_drained_ = is_drained; }
  // Replaces the claimed addresses; records advertise the first kMaxRelayedAddresses. A claim that stays
  // keeps its time. True when the list has changed.
  bool claim(const std::vector<overlay::IpAddress>& addresses, overlay::UnixSeconds wall);
  [[nodiscard]] overlay::Instant last_origination() const { return last_origination_; }

  [[nodiscard]] routing::Flooder& flooder() { return flooder_; }
  [[nodiscard]] const routing::FloodCounters& flood_counters() const { return flooder_.counters(); }
  // Removes expired records. True when it removed one.
  bool advance(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  // A record from an earlier start of this node arrived, and is newer than ours: raises the epoch above it.
  void outrank_former_self();

  [[nodiscard]] const routing::LinkStateDb& db() const { return db_; }
  [[nodiscard]] const std::map<overlay::NodeId, routing::NodeAttributes>& attributes() const {
    return attributes_;
  }
  // nullptr for a node without a verified certificate.
  [[nodiscard]] const overlay::Certificate* certificate(overlay::NodeId node) const;
  [[nodiscard]] std::vector<AdvertisedMediaKeys> media_keys() const;

 private:
  bool verify(const routing::LinkStateRecord& record) override;
  void note_unadvertised(std::size_t links);
  void learn(const overlay::Certificate& certificate);

  const overlay::NodeIdentity& identity_;
  overlay::SigningPublicKey ca_;
  OwnRecord own_;
  std::vector<routing::RelayedAddress> claims_;
  bool is_drained_ = false;
  overlay::ByteVector own_certificate_;
  std::uint32_t sequence_ = 0;
  std::size_t unadvertised_links_ = 0;  // in the last own record
  overlay::UnixSeconds wall_{};
  overlay::Instant last_origination_{};
  routing::LinkStateDb db_;
  routing::Flooder flooder_;
  std::map<overlay::NodeId, overlay::Certificate> certificates_;
  std::map<overlay::NodeId, routing::NodeAttributes> attributes_;
};

}  // namespace relay
