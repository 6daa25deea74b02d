// Reads a STUN message where it lies, without copying or allocating. Attributes after MESSAGE-INTEGRITY are
// not seen, except MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 sections 14.5, 14.6): somebody on the
// path may have appended them.
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_message.h"

namespace relay {

// The first two bits of a STUN message are zero; of ChannelData they are 01 (RFC 8656 section 12).
[[nodiscard]] bool looks_like_stun(overlay::Bytes datagram);

class StunReader {
 public:
  // At most this many attributes are looked at; a message with more is malformed.
  static constexpr std::size_t kMaxAttributes = 64;

  // Nothing when header, length or an attribute's length is wrong, or when a FINGERPRINT is present and
  // wrong.
  [[nodiscard]] static std::optional<StunReader> parse(overlay::Bytes datagram);

  [[nodiscard]] StunType type() const { return type_; }
  [[nodiscard]] const TransactionId& transaction() const { return transaction_; }

  // The first attribute of that type.
  [[nodiscard]] std::optional<overlay::Bytes> find(StunAttribute attribute) const;
  [[nodiscard]] std::optional<std::uint32_t> find_u32(StunAttribute attribute) const;
  [[nodiscard]] std::optional<overlay::Endpoint> find_xor_address(StunAttribute attribute) const;
  [[nodiscard]] bool has(StunAttribute attribute) const { return find(attribute).has_value(); }

  // Calls visit(attribute, value) for each attribute in order.
  template <typename Visit>
  void for_each(Visit visit) const {
    overlay::Bytes rest = attributes_;
    while (!rest.empty()) {
      const Attribute next = take(rest);
      visit(next.type, next.value);
    }
  }

  [[nodiscard]] bool has_fingerprint() const { return has_fingerprint_; }

  // The value of MESSAGE-INTEGRITY-SHA256, or else of MESSAGE-INTEGRITY, and what it covers: everything
  // before it. Nothing when both are absent.
  [[nodiscard]] std::optional<overlay::Bytes> integrity() const { return integrity_; }
  [[nodiscard]] overlay::Bytes before_integrity() const { return message_.first(before_integrity_); }
  [[nodiscard]] bool has_sha256_integrity() const {
    return integrity_ && integrity_->size() == kIntegritySha256Size;
  }

  // XOR-PEER-ADDRESS and its like (RFC 8489 section 14.2).
  [[nodiscard]] std::optional<overlay::Endpoint> decode_xor_address(overlay::Bytes value) const;

 private:
  struct Attribute {
    std::uint16_t type;
    overlay::Bytes value;
  };
  // Takes the first attribute off `rest`, which was checked to hold whole ones.
  [[nodiscard]] static Attribute take(overlay::Bytes& rest);
  void set_integrity(overlay::Bytes value, std::size_t offset);

  overlay::Bytes message_;
  overlay::Bytes attributes_;  // those before either integrity
  StunType type_;
  TransactionId transaction_{};
  std::optional<overlay::Bytes> integrity_;
  std::size_t before_integrity_ = 0;
  bool has_fingerprint_ = false;
};

}  // namespace relay
