#include "relay/admission/nonce.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/digest.h"

namespace relay {
namespace {

constexpr std::string_view kCookie = "obMatJos2";
constexpr std::size_t kFeatureDigits = 4;
constexpr std::size_t kTimeDigits = 10;  // hexadecimal seconds: enough for 34,000 years
constexpr std::size_t kMacDigits = 24;   // 96 bits
constexpr std::size_t kTimeAt = kCookie.size() + kFeatureDigits;
constexpr std::size_t kMacAt = kTimeAt + kTimeDigits;
static_assert(kMacAt + kMacDigits == NonceMint::kSize);

void append_hex(std::string& text, overlay::Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
}

// Bound to the address, not to the port: a NAT may give the next request another port.
std::string mac_of(const overlay::ByteArray<32>& key, std::string_view before,
                   const overlay::IpAddress& client) {
  const Sha256 mac = hmac_sha256(key, {overlay::as_bytes(before), client.octets()});
  std::string text;
  append_hex(text, overlay::Bytes(mac).first(kMacDigits / 2));
  return text;
}

// Base64 (RFC 4648) of the features' 24 bits: only the last six are in use.
void append_features(std::string& text, std::uint8_t features) {
  text.append("AAA");
  text += static_cast<char>('A' + (features & 3));
}

}  // namespace

void NonceMint::rotate(std::vector<overlay::ByteArray<32>> keys, std::uint8_t features,
                       overlay::UnixSeconds now) {
  const auto stays = [&](const overlay::ByteArray<32>& key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  std::erase_if(retired_, [&](const Retired& old) { return now > old.at + kLifetime || stays(old.key); });
  for (const overlay::ByteArray<32>& key : keys_)
    if (!stays(key)) retired_.push_back({.key = key, .at = now});
  while (retired_.size() > kMaxRetired)
    retired_.erase(retired_.begin());
  keys_ = std::move(keys);
  features_ = features;
}

std::string NonceMint::mint(const overlay::IpAddress& client, overlay::UnixSeconds now) const {
  std::string nonce;
  nonce.reserve(kSize);
  nonce += kCookie;
  append_features(nonce, features_);
  overlay::ByteArray<8> time;
  overlay::store_be(time.data(), static_cast<std::uint64_t>(now.count()));
  append_hex(nonce, overlay::Bytes(time).subspan(8 - kTimeDigits / 2));
  nonce += mac_of(keys_.front(), nonce, client);
  return nonce;
}

bool NonceMint::is_valid(std::string_view nonce, const overlay::IpAddress& client,
                         overlay::UnixSeconds now) const {
  if (nonce.size() != kSize || !nonce.starts_with(kCookie)) return false;
  const std::string_view time = nonce.substr(kTimeAt, kTimeDigits);
  std::uint64_t minted = 0;
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), minted, 16);
  if (error != std::errc{} || end != time.data() + time.size()) return false;
  const overlay::UnixSeconds at(static_cast<std::int64_t>(minted));
  // Another node's clock may be a little ahead.
  if (now > at + kLifetime || now + std::chrono::minutes(5) < at) return false;
  const auto signs = [&](const overlay::ByteArray<32>& key) {
    return equal_in_constant_time(overlay::as_bytes(mac_of(key, nonce.substr(0, kMacAt), client)),
                                  overlay::as_bytes(nonce.substr(kMacAt)));
  };
  return std::ranges::any_of(keys_, signs) ||
         std::ranges::any_of(retired_, [&](const Retired& old) { return at <= old.at && signs(old.key); });
}

}  // namespace relay
