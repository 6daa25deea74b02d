#include "relay/io/dtls_cookies.h"

#include "overlay/base/wire.h"
#include "relay/stun/stun_integrity.h"

namespace relay {
namespace {

// Both ends are of one family, so that the bytes fall apart in one way only.
DtlsCookies::Cookie cookie_of(const overlay::ByteArray<32>& key, const FiveTuple& client) {
  overlay::ByteArray<4> ports;
  overlay::store_be(ports.data(), client.client.port);
  overlay::store_be(ports.data() + 2, client.server.port);
  return hmac_sha1(key, {client.client.address.octets(), client.server.address.octets(), ports});
}

}  // namespace

overlay::Bytes cookie_in_hello(overlay::Bytes datagram) {
  constexpr std::size_t kBeforeSession = 13 + 12 + 2 + 32;  // record, handshake, version, random
  overlay::ByteReader reader(datagram);
  (void)reader.bytes(kBeforeSession);
  (void)reader.bytes(reader.u8());  // the session id
  const overlay::Bytes cookie = reader.bytes(reader.u8());
  return reader.ok() ? cookie : overlay::Bytes();
}

DtlsCookies::DtlsCookies(overlay::Random& random) : random_(random) {
  random_.fill(current_);
  random_.fill(previous_);
}

DtlsCookies::Cookie DtlsCookies::mint(const FiveTuple& client, overlay::Instant now) {
  rotate(now);
  return cookie_of(current_, client);
}

bool DtlsCookies::is_valid(overlay::Bytes cookie, const FiveTuple& client, overlay::Instant now) {
  rotate(now);
  return equal_in_constant_time(cookie, cookie_of(current_, client)) ||
         equal_in_constant_time(cookie, cookie_of(previous_, client));
}

void DtlsCookies::rotate(overlay::Instant now) {
  if (now < rotate_at_) return;
  const bool is_one_lifetime = now < rotate_at_ + kKeyLifetime;
  previous_ = current_;
  random_.fill(current_);
  // After a longer silence the key before is too old as well.
  if (!is_one_lifetime) random_.fill(previous_);
  rotate_at_ = now + kKeyLifetime;
}

}  // namespace relay
