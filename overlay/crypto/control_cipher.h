// Control payloads between neighbors: ChaCha20-Poly1305 (RFC 8439), in place.
#pragma once

#include <cstdint>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/crypto/secret.h"

namespace overlay {

inline constexpr std::size_t kControlTagSize = 16;

// Appends the tag; the buffer has kControlTagSize bytes of tailroom. A sequence is used once under a key.
void seal_control_payload(const Secret<32>& key, std::uint64_t sequence, Bytes associated,
                          PacketBuffer& payload);
// Strips the tag. False, with the buffer unusable, when it is wrong.
[[nodiscard]] bool open_control(const Secret<32>& key, std::uint64_t sequence, Bytes associated,
                                PacketBuffer& sealed);

}  // namespace overlay
