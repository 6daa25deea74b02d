// ChaCha20-Poly1305 (RFC 8439) of control payloads between neighbors, in place.
#pragma once

#include <cstdint>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/crypto/secret.h"

namespace overlay {

inline constexpr std::size_t kControlTagSize = 16;

// Appends the tag; the buffer needs kControlTagSize bytes of tailroom. Use a sequence once with a key.
void seal_control_payload(const Secret<32>& key, std::uint64_t sequence, Bytes associated,
                          PacketBuffer& payload);
// Removes the tag. False when the tag is wrong; the buffer is then unusable.
[[nodiscard]] bool open_control(const Secret<32>& key, std::uint64_t sequence, Bytes associated,
                                PacketBuffer& sealed);

}  // namespace overlay
