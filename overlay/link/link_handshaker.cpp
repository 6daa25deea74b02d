#include "overlay/link/link_handshaker.h"

#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::string_view kPrologue = "causeway-link-1";
constexpr std::size_t kMaxCommands = 4096;
// From then on an initiation that lost the tie is accepted all the same: ours may not get through.
constexpr int kTriesBeforeYielding = 3;

SessionKeys session_keys(const NoiseTransportKeys& keys, bool initiator) {
  const DirectionKeys of_initiator = derive_direction_keys(keys.initiator_sends);
  const DirectionKeys of_responder = derive_direction_keys(keys.responder_sends);
  return initiator ? SessionKeys{.send = of_initiator, .receive = of_responder}
                   : SessionKeys{.send = of_responder, .receive = of_initiator};
}

}  // namespace

LinkHandshaker::LinkHandshaker(const NodeIdentity& identity, const SigningPublicKey& ca,
                               HandshakerConfig config, Random& random)
    : identity_(identity),
      ca_(ca),
      config_(config),
      random_(random),
      cookies_(random),
      own_certificate_(encode_certificate(identity.certificate())),
      tokens_(config.initiation_burst) {}

void LinkHandshaker::connect(const NeighborAddress& address, Instant now) {
  if (address.key == identity_.exchange().public_key() || pursuits_.size() >= config_.max_neighbors) return;
  const auto [found, added] = pursuits_.try_emplace(
      address.key,
      Pursuit{.address = address, .attempt = {}, .cookie = {}, .tries = 0, .due = now, .answered_at = {}});
  if (!added) found->second.address.endpoint = address.endpoint;
}

LinkHandshaker::Pursuit* LinkHandshaker::pursuit_of(NodeId neighbor) {
  const auto found = std::ranges::find_if(
      pursuits_, [&](const auto& entry) { return entry.second.address.expected == neighbor; });
  return found == pursuits_.end() ? nullptr : &found->second;
}

void LinkHandshaker::disconnect(NodeId neighbor) {
  std::erase_if(pursuits_, [&](const auto& entry) { return entry.second.address.expected == neighbor; });
}

void LinkHandshaker::reconnect(NodeId neighbor, Instant now) {
  Pursuit* pursuit = pursuit_of(neighbor);
  if (pursuit == nullptr || pursuit->attempt) return;
  pursuit->tries = 0;
  pursuit->due = now;
}

void LinkHandshaker::note_up(NodeId neighbor) {
  Pursuit* pursuit = pursuit_of(neighbor);
  if (pursuit == nullptr || !pursuit->answered_at) return;
  // The other end renews this session; should it fail to, we do.
  pursuit->due = *std::exchange(pursuit->answered_at, std::nullopt) + 2 * config_.rekey_after;
}

void LinkHandshaker::on_timer(Instant now) {
  for (auto& [key, pursuit] : pursuits_)
    if (now >= pursuit.due) initiate(pursuit, now);
}

Instant LinkHandshaker::next_timeout() const {
  Instant next = kNever;
  for (const auto& [key, pursuit] : pursuits_)
    next = std::min(next, pursuit.due);
  return next;
}

void LinkHandshaker::initiate(Pursuit& pursuit, Instant now) {
  const Duration backoff =
      std::min(config_.retry_max, config_.retry_initial * (1 << std::min(pursuit.tries, 10)));
  ++pursuit.tries;
  // Up to a quarter of jitter, so that many nodes that lost one neighbor do not call it in step.
  pursuit.due = now + backoff +
                std::chrono::nanoseconds(random_.below(static_cast<std::uint64_t>(backoff.count() / 4) + 1));
  Attempt attempt{.noise = NoiseIk::initiator(identity_.exchange(), pursuit.address.key, as_bytes(kPrologue),
                                              ExchangeKeyPair::generate(random_)),
                  .index = fresh_index(),
                  .mac1 = {}};
  const auto noise = attempt.noise.write_initiation(own_certificate_);
  if (!noise)
    return refuse({.from = pursuit.address.endpoint,
                   .claimed = pursuit.address.expected,
                   .reason = "the configured key is of low order"});
  ByteVector message = encode_initiation(attempt.index, *noise, pursuit.address.key, pursuit.cookie);
  attempt.mac1 = decode_initiation(message)->mac1;
  pursuit.attempt.emplace(std::move(attempt));
  push(HandshakeDatagram{.to = pursuit.address.endpoint, .bytes = std::move(message)});
}

void LinkHandshaker::on_datagram(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall) {
  if (datagram.empty()) return;
  switch (datagram[0]) {
    case kInitiationType:
      return on_initiation(from, datagram, now, wall);
    case kResponseType:
      return on_response(from, datagram, now, wall);
    case kCookieType:
      return on_cookie(datagram, now);
    default:
      ++counters_.malformed;
  }
}

void LinkHandshaker::on_initiation(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall) {
  const auto view = decode_initiation(datagram);
  if (!view) return void(++counters_.malformed);
  if (!equal_macs(mac1_of(identity_.exchange().public_key(), view->under_mac1), view->mac1))
    return void(++counters_.bad_mac);
  if (!take_token(now) && !cookies_.proves(from, *view, now)) {
    ++counters_.cookies_demanded;
    push(HandshakeDatagram{.to = from,
                           .bytes = encode_cookie({.initiator = view->initiator,
                                                   .initiation_mac1 = view->mac1,
                                                   .cookie = cookies_.bake(from, now)})});
    return;
  }
  auto noise =
      NoiseIk::responder(identity_.exchange(), as_bytes(kPrologue), ExchangeKeyPair::generate(random_));
  const auto payload = noise.read_initiation(view->noise);
  if (!payload) return void(++counters_.bad_noise);
  const auto certificate = admit(from, *payload, noise.remote(), kNoNode, wall);
  if (!certificate) return refuse(certificate.error());
  if (seen_before(certificate->node, view->mac1)) return void(++counters_.unexpected);

  const auto pursuit = pursuits_.find(noise.remote());
  if (pursuit != pursuits_.end() && pursuit->second.attempt) {
    if (identity_.node() < certificate->node && pursuit->second.tries <= kTriesBeforeYielding)
      return void(++counters_.unexpected);
    pursuit->second.attempt.reset();
  }
  if (pursuit != pursuits_.end()) {
    pursuit->second.address.expected = certificate->node;
    pursuit->second.tries = 0;
    pursuit->second.answered_at = now;
    pursuit->second.due = now + 2 * config_.retry_max;
  }
  const SessionIndex index = fresh_index();
  const auto answer = noise.write_response(own_certificate_);
  if (!answer) return void(++counters_.bad_noise);
  ++counters_.established;
  push(HandshakeDatagram{.to = from,
                         .bytes = encode_response(index, view->initiator, *answer, noise.remote())});
  push(EstablishedSession{.neighbor = certificate->node,
                          .certificate = *certificate,
                          .endpoint = from,
                          .session = {.local_index = index,
                                      .remote_index = view->initiator,
                                      .keys = session_keys(noise.split(), false),
                                      .initiator = false}});
}

void LinkHandshaker::on_response(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall) {
  const auto view = decode_response(datagram);
  if (!view) return void(++counters_.malformed);
  if (!equal_macs(mac1_of(identity_.exchange().public_key(), view->under_mac1), view->mac1))
    return void(++counters_.bad_mac);
  const auto found = std::ranges::find_if(pursuits_, [&](const auto& entry) {
    return entry.second.attempt && entry.second.attempt->index == view->initiator;
  });
  if (found == pursuits_.end()) return void(++counters_.unexpected);
  Pursuit& pursuit = found->second;
  NoiseIk noise = pursuit.attempt->noise;  // a copy: a forged answer must not spoil the true one
  const auto payload = noise.read_response(view->noise);
  if (!payload) return void(++counters_.bad_noise);
  const auto certificate = admit(from, *payload, pursuit.address.key, pursuit.address.expected, wall);
  if (!certificate) return refuse(certificate.error());

  pursuit.attempt.reset();
  pursuit.answered_at.reset();
  pursuit.tries = 0;
  pursuit.address.expected = certificate->node;
  pursuit.due = now + config_.rekey_after -
                std::chrono::nanoseconds(
                    random_.below(static_cast<std::uint64_t>(config_.rekey_after.count() / 10) + 1));
  ++counters_.established;
  push(EstablishedSession{.neighbor = certificate->node,
                          .certificate = *certificate,
                          .endpoint = from,
                          .session = {.local_index = view->initiator,
                                      .remote_index = view->responder,
                                      .keys = session_keys(noise.split(), true),
                                      .initiator = true}});
}

void LinkHandshaker::on_cookie(Bytes datagram, Instant now) {
  const auto message = decode_cookie(datagram);
  if (!message) return void(++counters_.malformed);
  const auto found = std::ranges::find_if(pursuits_, [&](const auto& entry) {
    return entry.second.attempt && entry.second.attempt->index == message->initiator;
  });
  if (found == pursuits_.end() || !equal_macs(found->second.attempt->mac1, message->initiation_mac1))
    return void(++counters_.unexpected);
  found->second.cookie = message->cookie;
  found->second.due = now;
}

Result<Certificate, HandshakeRefused> LinkHandshaker::admit(const Endpoint& from, Bytes payload,
                                                            const ExchangePublicKey& proven, NodeId expected,
                                                            UnixSeconds wall) const {
  const auto refused = [&](NodeId claimed, std::string reason) {
    return Unexpected(HandshakeRefused{.from = from, .claimed = claimed, .reason = std::move(reason)});
  };
  auto certificate = decode_certificate(payload);
  if (!certificate) return refused(kNoNode, certificate.error().message);
  const NodeId claimed = certificate->node;
  if (const auto verified = verify_certificate(*certificate, ca_, wall); !verified)
    return refused(claimed, to_string(verified.error()));
  if (certificate->exchange_key != proven)
    return refused(claimed, "certificate is for another key than the one that was proven");
  if (claimed == identity_.node()) return refused(claimed, "certificate names this node itself");
  if (expected != kNoNode && claimed != expected)
    return refused(claimed, "certificate names node " + std::to_string(claimed.value()) + ", expected node " +
                                std::to_string(expected.value()));
  return std::move(*certificate);
}

void LinkHandshaker::refuse(HandshakeRefused refused) {
  ++counters_.refused;
  push(std::move(refused));
}

void LinkHandshaker::push(HandshakeCommand command) {
  if (commands_.size() >= kMaxCommands) return void(++counters_.commands_lost);
  commands_.push_back(std::move(command));
}

bool LinkHandshaker::seen_before(NodeId node, const HandshakeMac& mac1) {
  if (seen_.size() >= config_.max_neighbors && !seen_.contains(node)) seen_.clear();
  SeenInitiations& seen = seen_[node];
  const auto tag = load_be<std::uint64_t>(mac1.data());
  if (std::ranges::find(seen.tags, tag) != seen.tags.end()) return true;
  seen.tags[seen.next++ % seen.tags.size()] = tag;
  return false;
}

bool LinkHandshaker::take_token(Instant now) {
  tokens_ =
      std::min(config_.initiation_burst, tokens_ + to_s(now - tokens_at_) * config_.initiations_per_second);
  tokens_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

SessionIndex LinkHandshaker::fresh_index() {
  std::uint32_t index = random_.u32();
  while (index == 0)
    index = random_.u32();
  return SessionIndex(index);
}

std::optional<HandshakeCommand> LinkHandshaker::poll_command() {
  if (commands_.empty()) return std::nullopt;
  HandshakeCommand command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

}  // namespace overlay
