// The node's voice and ear in link-state flooding: signs and originates the own record, verifies everybody
// else's, and knows who the nodes are by their certificates. Owned by the control plane.
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

// The part of the own record that is configured.
struct OwnRecord {
  std::vector<overlay::Endpoint> endpoints;
  std::vector<overlay::IpAddress> relayed_addresses;
  std::uint64_t epoch = 0;
};

class LinkStateSpeaker final : private routing::RecordVerifier {
 public:
  // The own record is refreshed well before it expires elsewhere.
  static constexpr std::uint16_t kLifetimeS = 300;
  static constexpr overlay::Duration kRefresh = std::chrono::seconds(100);
  static constexpr std::size_t kMaxOrigins = 4096;

  LinkStateSpeaker(const overlay::NodeIdentity& identity, const overlay::SigningPublicKey& ca, OwnRecord own);

  void set_wall_clock(overlay::UnixSeconds wall) { wall_ = wall; }

  // Signs and floods a new own record.
  void originate(std::vector<routing::Adjacency> adjacencies,
                 const std::vector<overlay::ExchangePublicKey>& media_keys, overlay::Instant now);
  // Whether others should keep away, from the next record on.
  void set_drained(bool is_drained) { is_drained_ = is_drained; }
  // Those before stay: allocations may have them. False when there is nothing new, or no room for it.
  bool add_relayed_addresses(const std::vector<overlay::IpAddress>& addresses);
  [[nodiscard]] overlay::Instant last_origination() const { return last_origination_; }

  [[nodiscard]] routing::Flooder& flooder() { return flooder_; }
  [[nodiscard]] const routing::FloodCounters& flood_counters() const { return flooder_.counters(); }
  // Forgets what expired. True when something did.
  bool advance(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  // A record of ours from an earlier life came back, newer than what we say: speak above it.
  void outrank_former_self();

  [[nodiscard]] const routing::LinkStateDb& db() const { return db_; }
  [[nodiscard]] const std::map<overlay::NodeId, routing::NodeAttributes>& attributes() const {
    return attributes_;
  }
  // Nothing when the node never proved who it is.
  [[nodiscard]] const overlay::Certificate* certificate(overlay::NodeId node) const;
  [[nodiscard]] std::vector<AdvertisedMediaKeys> media_keys() const;

 private:
  bool verify(const routing::LinkStateRecord& record) override;
  void note_unadvertised(std::size_t links);
  void learn(const overlay::Certificate& certificate);

  const overlay::NodeIdentity& identity_;
  overlay::SigningPublicKey ca_;
  OwnRecord own_;
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
