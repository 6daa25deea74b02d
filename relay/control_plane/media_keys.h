// The media keys of this node, and the keys that it shares with every other node. Keys rotate with overlap: a
// new key is advertised first, is used for sealing after the flood has reached all nodes, and the old key
// opens media until no node uses it. Owned by the control plane.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "overlay/base/ids.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "overlay/crypto/media_cipher.h"
#include "overlay/forwarding/media_keyring.h"

namespace relay {

// The media keys in the signed record of a node, the key for sealing first.
struct AdvertisedMediaKeys {
  overlay::NodeId node;
  std::vector<overlay::ExchangePublicKey> keys;
  overlay::MediaCipher preferred_cipher = overlay::MediaCipher::kChaCha20Poly1305;
};

class MediaKeys {
 public:
  static constexpr overlay::Duration kRotation = std::chrono::hours(1);
  // Time from the first advertisement of a key to its first use.
  static constexpr overlay::Duration kSettling = std::chrono::seconds(30);

  MediaKeys(overlay::NodeId self, overlay::Random& random, overlay::Instant now);

  // True when the own keys changed: originate a new record and build a new keyring.
  [[nodiscard]] bool on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return next_change_; }

  // Newest first: the keys in the own record.
  [[nodiscard]] std::vector<overlay::ExchangePublicKey> advertised() const;

  // Derives missing keys (51 us for each new pair) and removes keys that no node advertises any more.
  [[nodiscard]] std::shared_ptr<const overlay::MediaKeyring> keyring(
      std::span<const AdvertisedMediaKeys> nodes, overlay::Instant now);

 private:
  struct OwnKey {
    overlay::ExchangeKeyPair pair;
    overlay::Instant made_at;
  };
  struct PairOfKeys {
    overlay::NodeId node;
    std::uint32_t own_key_id;
    overlay::ExchangePublicKey peer_key;
    auto operator<=>(const PairOfKeys&) const = default;
  };
  // Keys of both directions, with each cipher of this machine.
  struct Derived {
    std::vector<overlay::NamedMediaKey> seal;
    std::vector<overlay::NamedMediaKey> open;
  };

  [[nodiscard]] Derived derive(const OwnKey& own, const PairOfKeys& pair) const;
  [[nodiscard]] const OwnKey& sealing_key(overlay::Instant now) const;

  overlay::NodeId self_;
  overlay::Random& random_;
  std::vector<OwnKey> own_;  // newest first, at most two
  std::map<PairOfKeys, Derived> derived_;
  overlay::Instant next_change_;
};

}  // namespace relay
