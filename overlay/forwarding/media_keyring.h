// The end-to-end media keys that a node shares with each other node: an immutable snapshot. The control plane
// derives it from the signed link-state records and shares it with the data planes by pointer.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "overlay/base/ids.h"
#include "overlay/crypto/media_cipher.h"

namespace overlay {

// Identifies one directional key on the wire: the X25519 keys of both ends that it was derived from, and its
// cipher.
struct MediaKeyName {
  std::uint32_t ingress_key_id = 0;
  std::uint32_t egress_key_id = 0;
  MediaCipher cipher = MediaCipher::kChaCha20Poly1305;
  auto operator<=>(const MediaKeyName&) const = default;
};

struct NamedMediaKey {
  MediaKeyName name;
  MediaKey key;
};

struct MediaKeysOfNode {
  std::vector<NamedMediaKey> seal;  // towards the node: the key to use; empty without a shared key
  std::vector<NamedMediaKey> open;  // from the node: every valid combination
};

using MediaKeyring = std::unordered_map<NodeId, MediaKeysOfNode>;

}  // namespace overlay
