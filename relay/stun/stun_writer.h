// Writes one STUN message into a fixed buffer. Padding is zero always; what does not fit leaves ok() false.
#pragma once

#include <string_view>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_message.h"

namespace relay {

class StunWriter {
 public:
  StunWriter(overlay::MutableBytes out, StunType type, const TransactionId& transaction);

  void add(StunAttribute attribute, overlay::Bytes value);
  void add_text(StunAttribute attribute, std::string_view text) { add(attribute, overlay::as_bytes(text)); }
  void add_u32(StunAttribute attribute, std::uint32_t value);
  // Not masked, as in ALTERNATE-SERVER (RFC 8489 section 14.1).
  void add_address(StunAttribute attribute, const overlay::Endpoint& endpoint);
  void add_xor_address(StunAttribute attribute, const overlay::Endpoint& endpoint);
  // `code` from 300 to 699 (RFC 8489 section 14.8).
  void add_error(int code, std::string_view reason);

  // The last attributes, in this order.
  void add_integrity(overlay::Bytes key);
  void add_integrity_sha256(overlay::Bytes key);
  void add_fingerprint();

  [[nodiscard]] overlay::Bytes written() const { return out_.first(size_); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  // The value's place, zeroed with its padding; empty when there is no room.
  [[nodiscard]] overlay::MutableBytes reserve(StunAttribute attribute, std::size_t size);

  overlay::MutableBytes out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace relay
