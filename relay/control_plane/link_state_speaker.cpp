#include "relay/control_plane/link_state_speaker.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"

namespace relay {
namespace {

routing::NodeAttributes attributes_of(const overlay::Certificate& certificate) {
  return {.id = certificate.node,
          .name = certificate.name,
          .provider = certificate.provider,
          .region = certificate.region,
          .zone = certificate.zone,
          .roles = certificate.roles};
}

std::uint8_t cipher_bit(overlay::MediaCipher cipher) {
  return static_cast<std::uint8_t>(1u << static_cast<std::uint8_t>(cipher));
}

}  // namespace

LinkStateSpeaker::LinkStateSpeaker(const overlay::NodeIdentity& identity, const overlay::SigningPublicKey& ca,
                                   OwnRecord own)
    : identity_(identity),
      ca_(ca),
      own_(std::move(own)),
      own_certificate_(overlay::encode_certificate(identity.certificate())),
      db_(identity.node(), kMaxOrigins),
      flooder_(db_, *this) {
  learn(identity.certificate());
}

void LinkStateSpeaker::originate(std::vector<routing::Adjacency> adjacencies,
                                 const std::vector<overlay::ExchangePublicKey>& media_keys,
                                 overlay::Instant now) {
  routing::LinkStateRecord record;
  record.lifetime_s = kLifetimeS;
  record.flags = is_drained_ ? routing::kFlagDrained : std::uint8_t{0};
  record.key = {.origin = identity_.node(), .epoch = own_.epoch, .sequence = ++sequence_};
  record.openable_ciphers = cipher_bit(overlay::MediaCipher::kChaCha20Poly1305);
  record.openable_ciphers |= cipher_bit(overlay::preferred_media_cipher());
  record.certificate = own_certificate_;
  record.endpoints = own_.endpoints;
  for (const overlay::ExchangePublicKey& key : media_keys)
    record.media_keys.push_back(key.bytes());
  record.relayed_addresses = claims_;
  record.adjacencies = std::move(adjacencies);
  note_unadvertised(routing::shorten(record));
  record.signature = identity_.signing().sign(routing::signed_part(record));
  last_origination_ = now;
  flooder_.originate(std::move(record), now);
}

// Paths cannot use these links. The operator hears of a change only.
void LinkStateSpeaker::note_unadvertised(std::size_t links) {
  if (links == std::exchange(unadvertised_links_, links)) return;
  overlay::log(
      links == 0 ? overlay::Level::kInfo : overlay::Level::kWarning, "links_not_advertised",
      {{"reason", std::to_string(links) + " links do not fit into a record: split the hub, or lower homes"}});
}

bool LinkStateSpeaker::claim(const std::vector<overlay::IpAddress>& addresses, overlay::UnixSeconds wall) {
  std::vector<routing::RelayedAddress> claims;
  for (const overlay::IpAddress& address : addresses) {
    const auto before = std::ranges::find(claims_, address, &routing::RelayedAddress::address);
    if (before != claims_.end())
      claims.push_back(*before);
    else
      claims.push_back({.address = address, .claimed_at_s = static_cast<std::uint32_t>(wall.count())});
  }
  if (claims == claims_) return false;
  claims_ = std::move(claims);
  return true;
}

bool LinkStateSpeaker::advance(overlay::Instant now) {
  flooder_.advance(now);
  const auto expired = db_.expire(now);
  for (const overlay::NodeId node : expired) {
    attributes_.erase(node);
    certificates_.erase(node);
  }
  return !expired.empty();
}

overlay::Instant LinkStateSpeaker::next_timeout() const {
  return std::min({flooder_.next_timeout(), db_.next_timeout(), last_origination_ + kRefresh});
}

void LinkStateSpeaker::outrank_former_self() {
  own_.epoch = std::max(own_.epoch, db_.epoch_seen_for_self() + 1);
  sequence_ = 0;
}

const overlay::Certificate* LinkStateSpeaker::certificate(overlay::NodeId node) const {
  const auto found = certificates_.find(node);
  return found == certificates_.end() ? nullptr : &found->second;
}

std::vector<AdvertisedMediaKeys> LinkStateSpeaker::media_keys() const {
  std::vector<AdvertisedMediaKeys> all;
  for (const auto& record : db_.records()) {
    if (record->origin() == identity_.node()) continue;
    AdvertisedMediaKeys keys{.node = record->origin(), .keys = {}, .preferred_cipher = {}};
    for (const auto& key : record->media_keys)
      keys.keys.emplace_back(key);
    const bool opens_aes = (record->openable_ciphers & cipher_bit(overlay::MediaCipher::kAes256Gcm)) != 0;
    keys.preferred_cipher =
        opens_aes ? overlay::MediaCipher::kAes256Gcm : overlay::MediaCipher::kChaCha20Poly1305;
    all.push_back(std::move(keys));
  }
  return all;
}

bool LinkStateSpeaker::verify(const routing::LinkStateRecord& record) {
  const auto certificate = overlay::decode_certificate(record.certificate);
  const auto refuse = [&](std::string_view reason) {
    overlay::log(overlay::Level::kDebug, "record_refused",
                 {{"origin", record.origin().value()}, {"reason", reason}});
    return false;
  };
  if (!certificate) return refuse("certificate does not parse");
  if (certificate->node != record.origin()) return refuse("certificate names another node than the origin");
  const overlay::Certificate* known = this->certificate(record.origin());
  const bool verified_before = known != nullptr && *known == *certificate && wall_ < known->not_after;
  if (!verified_before) {
    if (const auto verified = overlay::verify_certificate(*certificate, ca_, wall_); !verified)
      return refuse(overlay::to_string(verified.error()));
  }
  if (!overlay::verify_signature(certificate->signing_key, routing::signed_part(record), record.signature))
    return refuse("signature is wrong");
  learn(*certificate);
  return true;
}

void LinkStateSpeaker::learn(const overlay::Certificate& certificate) {
  certificates_[certificate.node] = certificate;
  attributes_[certificate.node] = attributes_of(certificate);
}

}  // namespace relay
