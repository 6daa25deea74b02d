// The node's own media keys, and what it shares with every other node through them. Keys rotate with overlap:
// a new key is advertised first, seals once the flood has surely carried it everywhere, and the old one opens
// until nobody uses it. Owned by the control plane.
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

// What a node's signed record says about its keys, the one to seal towards first.
struct AdvertisedMediaKeys {
  overlay::NodeId node;
  std::vector<overlay::ExchangePublicKey> keys;
  overlay::MediaCipher preferred_cipher = overlay::MediaCipher::kChaCha20Poly1305;
};

class MediaKeys {
 public:
  static constexpr overlay::Duration kRotation = std::chrono::hours(1);
  // From the origination of a key to its first use.
  static constexpr overlay::Duration kSettling = std::chrono::seconds(30);

  MediaKeys(overlay::NodeId self, overlay::Random& random, overlay::Instant now);

  // True when the own keys changed: originate a new record, and build a new keyring.
  [[nodiscard]] bool on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return next_change_; }

  // Newest first: what the own record advertises.
  [[nodiscard]] std::vector<overlay::ExchangePublicKey> advertised() const;

  // Derives what is not derived yet (51 us for each new pair of keys), forgets what nobody advertises any
  // more.
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
  // Both directions with each cipher that this machine can run.
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
