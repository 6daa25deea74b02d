#include "relay/control_plane/media_keys.h"

#include <algorithm>
#include <iterator>

namespace relay {
namespace {

// The newest key and the one before it.
constexpr std::size_t kMaxOwnKeys = 2;

std::vector<overlay::MediaCipher> usable_ciphers() {
  using enum overlay::MediaCipher;
  if (overlay::preferred_media_cipher() == kAes256Gcm) return {kAes256Gcm, kChaCha20Poly1305};
  return {kChaCha20Poly1305};
}

overlay::MediaKeyName name_of(const overlay::MediaFlowEnds& ends, overlay::MediaCipher cipher) {
  return {.ingress_key_id = overlay::media_key_id(ends.ingress_key),
          .egress_key_id = overlay::media_key_id(ends.egress_key),
          .cipher = cipher};
}

}  // namespace

MediaKeys::MediaKeys(overlay::NodeId self, overlay::Random& random, overlay::Instant now)
    : self_(self), random_(random), next_change_(now + kRotation) {
  own_.push_back({.pair = overlay::ExchangeKeyPair::generate(random_), .made_at = now - kSettling});
}

bool MediaKeys::on_timer(overlay::Instant now) {
  if (now < next_change_) return false;
  // A wake-up between rotations is a key that has settled: the keyring changes, the record does not.
  if (now - own_.front().made_at >= kRotation) {
    own_.insert(own_.begin(), {.pair = overlay::ExchangeKeyPair::generate(random_), .made_at = now});
    if (own_.size() > kMaxOwnKeys) own_.pop_back();
    next_change_ = now + kSettling;
  } else {
    next_change_ = own_.front().made_at + kRotation;
  }
  return true;
}

std::vector<overlay::ExchangePublicKey> MediaKeys::advertised() const {
  std::vector<overlay::ExchangePublicKey> keys;
  for (const OwnKey& own : own_)
    keys.push_back(own.pair.public_key());
  return keys;
}

const MediaKeys::OwnKey& MediaKeys::sealing_key(overlay::Instant now) const {
  for (const OwnKey& own : own_)
    if (now - own.made_at >= kSettling) return own;
  return own_.back();
}

MediaKeys::Derived MediaKeys::derive(const OwnKey& own, const PairOfKeys& pair) const {
  Derived derived;
  const overlay::ExchangePublicKey& own_key = own.pair.public_key();
  const overlay::MediaFlowEnds out{
      .ingress = self_, .egress = pair.node, .ingress_key = own_key, .egress_key = pair.peer_key};
  const overlay::MediaFlowEnds in{
      .ingress = pair.node, .egress = self_, .ingress_key = pair.peer_key, .egress_key = own_key};
  for (const overlay::MediaCipher cipher : usable_ciphers()) {
    auto seal = derive_media_key(own.pair, out, cipher);
    auto open = derive_media_key(own.pair, in, cipher);
    if (!seal || !open) continue;
    derived.seal.push_back({.name = name_of(out, cipher), .key = std::move(*seal)});
    derived.open.push_back({.name = name_of(in, cipher), .key = std::move(*open)});
  }
  return derived;
}

std::shared_ptr<const overlay::MediaKeyring> MediaKeys::keyring(std::span<const AdvertisedMediaKeys> nodes,
                                                                overlay::Instant now) {
  auto keyring = std::make_shared<overlay::MediaKeyring>();
  std::map<PairOfKeys, Derived> kept;
  const OwnKey& sealing = sealing_key(now);
  for (const AdvertisedMediaKeys& node : nodes) {
    overlay::MediaKeysOfNode& shared = (*keyring)[node.node];
    for (const overlay::ExchangePublicKey& peer_key : node.keys) {
      for (const OwnKey& own : own_) {
        const PairOfKeys pair{.node = node.node,
                              .own_key_id = overlay::media_key_id(own.pair.public_key()),
                              .peer_key = peer_key};
        auto known = derived_.extract(pair);
        const auto found =
            known ? kept.insert(std::move(known)).position : kept.emplace(pair, derive(own, pair)).first;
        std::ranges::copy(found->second.open, std::back_inserter(shared.open));
        const auto& ways = found->second.seal;
        if (&own != &sealing || !shared.seal.empty() || ways.empty()) continue;
        const auto preferred = std::ranges::find_if(ways, [&](const overlay::NamedMediaKey& key) {
          return key.name.cipher == node.preferred_cipher;
        });
        // A cipher that this machine cannot run is not usable; ChaCha20-Poly1305 runs on every machine.
        shared.seal.push_back(preferred != ways.end() ? *preferred : ways.back());
      }
    }
  }
  derived_ = std::move(kept);
  return keyring;
}

}  // namespace relay
