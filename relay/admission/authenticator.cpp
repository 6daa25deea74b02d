#include "relay/admission/authenticator.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

constexpr TurnFailure kUnauthorized{401, "Unauthorized"};
constexpr TurnFailure kStaleNonce{438, "Stale Nonce", LoginFault::kStaleNonce};

TurnFailure unauthorized(LoginFault fault) {
  return {kUnauthorized.code, kUnauthorized.reason, fault};
}

// PASSWORD-ALGORITHMS (RFC 8489 section 14.11): SHA-256 before MD5, both without parameters.
constexpr overlay::ByteArray<8> kAlgorithms{0, 2, 0, 0, 0, 1, 0, 0};
constexpr overlay::Bytes kSha256Entry = overlay::Bytes(kAlgorithms).first(4);
constexpr overlay::Bytes kMd5Entry = overlay::Bytes(kAlgorithms).last(4);

// A nonce of ours promises PASSWORD-ALGORITHMS when we send them. A client that knows them must repeat what
// we sent, so that nobody on the path can have left out the better one (section 9.2.4); the others sign with
// MD5.
std::optional<PasswordAlgorithm> algorithm_of(const StunReader& message) {
  const auto offered = message.find(StunAttribute::kPasswordAlgorithms);
  const auto chosen = message.find(StunAttribute::kPasswordAlgorithm);
  if (!offered && !chosen) return PasswordAlgorithm::kMd5;
  if (!offered || !chosen || !std::ranges::equal(*offered, kAlgorithms)) return std::nullopt;
  if (std::ranges::equal(*chosen, kSha256Entry)) return PasswordAlgorithm::kSha256;
  if (std::ranges::equal(*chosen, kMd5Entry)) return PasswordAlgorithm::kMd5;
  return std::nullopt;
}

std::uint8_t features_of(const Credentials& credentials) {
  std::uint8_t features = 0;
  if (credentials.allows_sha256()) features |= kPasswordAlgorithmsFeature;
  if (credentials.allows_anonymity()) features |= kUsernameAnonymityFeature;
  return features;
}

}  // namespace

Authenticator::Authenticator(Credentials credentials, std::vector<overlay::ByteArray<32>> nonce_keys)
    : credentials_(std::move(credentials)), nonces_(std::move(nonce_keys), features_of(credentials_)) {}

void Authenticator::reconfigure(Credentials credentials, std::vector<overlay::ByteArray<32>> nonce_keys,
                                overlay::UnixSeconds now) {
  credentials_ = std::move(credentials);
  nonces_.rotate(std::move(nonce_keys), features_of(credentials_), now);
}

// The nonce comes before user and key, other than in the RFC's list: nothing that costs more is done for a
// client that has not shown that it receives at its address.
TurnStatus Authenticator::authenticate(TurnRequest& request,
                                       const std::optional<ProvenIdentity>& known) const {
  const StunReader& message = request.message;
  const auto integrity = message.integrity();
  if (!integrity) return overlay::Unexpected(kUnauthorized);
  const bool has_user = message.has(StunAttribute::kUsername) || message.has(StunAttribute::kUserHash);
  const auto nonce = message.find(StunAttribute::kNonce);
  if (!has_user || !message.has(StunAttribute::kRealm) || !nonce)
    return overlay::Unexpected(
        TurnFailure{400, "USERNAME or USERHASH, REALM and NONCE belong to MESSAGE-INTEGRITY"});
  if (!nonces_.is_valid(overlay::as_text(*nonce), request.meta.source.address, request.wall))
    return overlay::Unexpected(kStaleNonce);
  const auto algorithm = algorithm_of(message);
  if (!algorithm)
    return overlay::Unexpected(
        TurnFailure{400, "PASSWORD-ALGORITHM is none of the PASSWORD-ALGORITHMS sent"});
  if (const auto named = find_username(request); !named) return named;

  const auto fits = [&](const LongTermKey& key) {
    return integrity_matches(key, message.before_integrity(), *integrity);
  };
  if (known && known->username == request.username && fits(known->key)) {
    request.key = known->key;
    return overlay::Success{};
  }
  const auto key = credentials_.find_key(request.username, *algorithm, request.wall, fits);
  if (!key) return overlay::Unexpected(unauthorized(fault_of(request)));
  request.key = *key;
  return overlay::Success{};
}

TurnStatus Authenticator::find_username(TurnRequest& request) const {
  if (const auto username = request.message.find(StunAttribute::kUsername)) {
    request.username = overlay::as_text(*username);
    return overlay::Success{};
  }
  const auto user = credentials_.find_user(*request.message.find(StunAttribute::kUserHash));
  if (!user) return overlay::Unexpected(unauthorized(LoginFault::kUnknownUser));
  request.username = *user;
  return overlay::Success{};
}

// Another realm makes another key, so a right password looks wrong.
LoginFault Authenticator::fault_of(const TurnRequest& request) const {
  const LoginFault fault = credentials_.fault_of(request.username, request.wall);
  const bool is_wrong = fault == LoginFault::kWrongPassword || fault == LoginFault::kWrongSecret;
  const overlay::Bytes realm = *request.message.find(StunAttribute::kRealm);
  return is_wrong && overlay::as_text(realm) != credentials_.realm() ? LoginFault::kWrongRealm : fault;
}

void Authenticator::add_challenge(StunWriter& writer, const overlay::IpAddress& client,
                                  overlay::UnixSeconds now) const {
  writer.add_text(StunAttribute::kRealm, credentials_.realm());
  writer.add_text(StunAttribute::kNonce, nonces_.mint(client, now));
  if (credentials_.allows_sha256()) writer.add(StunAttribute::kPasswordAlgorithms, kAlgorithms);
}

}  // namespace relay
