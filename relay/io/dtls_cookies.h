// The cookie that a DTLS client must return before the server keeps state for it (RFC 6347 section 4.2.1). It
// proves that the client receives at its address. Only the keys are kept. A core.
#pragma once

#include "overlay/base/bytes.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "relay/turn/allocation.h"

namespace relay {

class DtlsCookies {
 public:
  static constexpr overlay::Duration kKeyLifetime = std::chrono::seconds(60);
  using Cookie = overlay::ByteArray<20>;

  explicit DtlsCookies(overlay::Random& random);

  [[nodiscard]] Cookie mint(const FiveTuple& client, overlay::Instant now);
  // Of this client, and minted with the key of now or the one before.
  [[nodiscard]] bool is_valid(overlay::Bytes cookie, const FiveTuple& client, overlay::Instant now);

 private:
  using Key = overlay::ByteArray<32>;

  void rotate(overlay::Instant now);

  overlay::Random& random_;
  Key current_{};
  Key previous_{};
  overlay::Instant rotate_at_{};
};

// The cookie of a ClientHello at the front of a datagram (RFC 6347 section 4.2.1); empty without one. Valid
// as long as the datagram.
[[nodiscard]] overlay::Bytes cookie_in_hello(overlay::Bytes datagram);

// The cookie callbacks of a DTLS session, as application data of its SSL.
class CookieExchange {
 public:
  virtual ~CookieExchange() = default;
  [[nodiscard]] virtual DtlsCookies::Cookie mint_cookie() = 0;
  [[nodiscard]] virtual bool takes_cookie(overlay::Bytes cookie) = 0;
};

}  // namespace relay
