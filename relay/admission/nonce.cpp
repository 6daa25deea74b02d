#include "relay/admission/nonce.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/digest.h"

namespace relay {
namespace {

constexpr std::string_view kCookie = "obMatJos2";
constexpr std::size_t kFeatureDigits = 4;
constexpr std::size_t kTimeDigits = 5;
constexpr std::size_t kMacDigits = 10;
constexpr std::size_t kTimeAt = kCookie.size() + kFeatureDigits;
constexpr std::size_t kMacAt = kTimeAt + kTimeDigits;
static_assert(kMacAt + kMacDigits == NonceMint::kSize);

constexpr unsigned kBitsPerDigit = 6;
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Of `minted`. Times wrap around there.
constexpr std::int64_t kTimes = std::int64_t{1} << (kTimeDigits * kBitsPerDigit);
// Another node's clock may be ahead by this much.
constexpr overlay::UnixSeconds kClockSkew = std::chrono::minutes(5);

// The lowest 6 * `count` bits of `value`, highest digit first.
void append_digits(std::string& text, std::uint64_t value, std::size_t count) {
  for (std::size_t left = count; left > 0; --left)
    text += kDigits[(value >> ((left - 1) * kBitsPerDigit)) % kDigits.size()];
}

std::optional<std::uint64_t> read_digits(std::string_view text) {
  std::uint64_t value = 0;
  for (const char character : text) {
    const std::size_t digit = kDigits.find(character);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << kBitsPerDigit | digit;
  }
  return value;
}

// Bound to the address, not to the port: a NAT may give the next request another port.
std::string mac_of(const overlay::ByteArray<32>& key, std::string_view before,
                   const overlay::IpAddress& client) {
  const Sha256 mac = hmac_sha256(key, {overlay::as_bytes(before), client.octets()});
  std::string text;
  append_digits(text, overlay::ByteReader(mac).u64(), kMacDigits);
  return text;
}

// The time that a nonce names. Of the times that are equal modulo kTimes it is the one that may be valid now.
std::optional<overlay::UnixSeconds> minted_at(std::string_view nonce, overlay::UnixSeconds now) {
  const auto minted = read_digits(nonce.substr(kTimeAt, kTimeDigits));
  if (!minted) return std::nullopt;
  const overlay::UnixSeconds latest = now + kClockSkew;
  const std::int64_t age = (latest.count() - static_cast<std::int64_t>(*minted)) % kTimes;
  return latest - overlay::UnixSeconds(age < 0 ? age + kTimes : age);
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
  append_digits(nonce, features_ & (kPasswordAlgorithmsFeature | kUsernameAnonymityFeature), kFeatureDigits);
  append_digits(nonce, static_cast<std::uint64_t>(now.count()), kTimeDigits);
  nonce += mac_of(keys_.front(), nonce, client);
  return nonce;
}

bool NonceMint::is_valid(std::string_view nonce, const overlay::IpAddress& client,
                         overlay::UnixSeconds now) const {
  if (nonce.size() != kSize || !nonce.starts_with(kCookie)) return false;
  const auto at = minted_at(nonce, now);
  if (!at || now > *at + kLifetime) return false;
  const auto signs = [&](const overlay::ByteArray<32>& key) {
    return equal_in_constant_time(overlay::as_bytes(mac_of(key, nonce.substr(0, kMacAt), client)),
                                  overlay::as_bytes(nonce.substr(kMacAt)));
  };
  return std::ranges::any_of(keys_, signs) ||
         std::ranges::any_of(retired_, [&](const Retired& old) { return *at <= old.at && signs(old.key); });
}

}  // namespace relay
