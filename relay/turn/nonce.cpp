#include "relay/turn/nonce.h"

#include <charconv>

#include "overlay/base/wire.h"
#include "relay/turn/stun_integrity.h"

namespace relay {
namespace {

constexpr std::size_t kTimeDigits = 10;  // hexadecimal seconds: enough for 34,000 years
constexpr std::size_t kMacDigits = 24;   // 96 bits

std::string hex(overlay::Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

// Bound to the address, not to the port: a NAT may give the next request another port.
std::string mac_of(const overlay::ByteArray<32>& key, std::string_view time,
                   const overlay::IpAddress& client) {
  std::string data(time);
  data += overlay::as_text(client.octets());
  return hex(hmac_sha1(key, overlay::as_bytes(data))).substr(0, kMacDigits);
}

std::string time_text(overlay::UnixSeconds now) {
  overlay::ByteArray<8> bytes;
  overlay::store_be(bytes.data(), static_cast<std::uint64_t>(now.count()));
  return hex(overlay::Bytes(bytes).subspan(8 - kTimeDigits / 2));
}

}  // namespace

std::string NonceMint::mint(const overlay::IpAddress& client, overlay::UnixSeconds now) const {
  const std::string time = time_text(now);
  return time + mac_of(keys_.front(), time, client);
}

bool NonceMint::is_valid(std::string_view nonce, const overlay::IpAddress& client,
                         overlay::UnixSeconds now) const {
  if (nonce.size() != kTimeDigits + kMacDigits) return false;
  const std::string_view time = nonce.substr(0, kTimeDigits);
  std::uint64_t minted = 0;
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), minted, 16);
  if (error != std::errc{} || end != time.data() + time.size()) return false;
  const overlay::UnixSeconds at(static_cast<std::int64_t>(minted));
  // Another node's clock may be a little ahead.
  if (now > at + kLifetime || now + std::chrono::minutes(5) < at) return false;
  for (const auto& key : keys_)
    if (equal_in_constant_time(overlay::as_bytes(mac_of(key, time, client)),
                               overlay::as_bytes(nonce.substr(kTimeDigits))))
      return true;
  return false;
}

}  // namespace relay
