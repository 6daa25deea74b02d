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
      own_certificate_(encode_certificate(identity.certificate())) {}

void LinkHandshaker::connect(const NeighborAddress& address, Instant now) {
  if (address.key == identity_.exchange().public_key() || pursuits_.size() >= config_.max_neighbors) return;
  const auto [found, added] = pursuits_.try_emplace(
      address.key, Pursuit{.address = address, .attempt = {}, .cookie = {}, .due = now});
  if (!added) found->second.address.endpoint = address.endpoint;
}

LinkHandshaker::Pursuit* LinkHandshaker::pursuit_of(NodeId neighbor) {
  const auto found = std::ranges::find_if(
      pursuits_, [&](const auto& entry) { return entry.second.address.expected == neighbor; });
  return found == pursuits_.end() ? nullptr : &found->second;
}

void LinkHandshaker::disconnect(NodeId neighbor) {
  std::erase_if(pursuits_, [&](const auto& entry) { return entry.second.address.expected == neighbor; });
  answered_by_initiator_.erase(neighbor);
}

void LinkHandshaker::reconnect(NodeId neighbor, Instant now) {
  Pursuit* pursuit = pursuit_of(neighbor);
  if (pursuit == nullptr || pursuit->attempt) return;
  pursuit->tries = 0;
  pursuit->due = now;
}

bool LinkHandshaker::note_confirmed(NodeId neighbor, SessionIndex session) {
  const auto found = answered_by_initiator_.find(neighbor);
  if (found == answered_by_initiator_.end() || found->second.session != session) return false;
  const Instant answered_at = found->second.at;
  answered_by_initiator_.erase(found);
  if (Pursuit* const pursuit = pursuit_of(neighbor)) {
    pursuit->attempt.reset();
    pursuit->tries = 0;
    // The other end renews this session. If it fails to, we do.
    pursuit->due = answered_at + 2 * config_.rekey_after;
  }
  return true;
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

HandshakeTime LinkHandshaker::next_time(const Pursuit& pursuit, Instant now) const {
  const auto civil = wall_clock_.since_epoch(now).count();
  return std::max(pursuit.newest + 1, civil > 0 ? static_cast<HandshakeTime>(civil) : HandshakeTime{1});
}

void LinkHandshaker::initiate(Pursuit& pursuit, Instant now) {
  const Duration backoff =
      std::min(config_.retry_max, config_.retry_initial * (1 << std::min(pursuit.tries, 10)));
  ++pursuit.tries;
  // Jitter of up to a quarter, so that many nodes that lost one neighbor do not call it at the same time.
  pursuit.due = now + backoff +
                std::chrono::nanoseconds(random_.below(static_cast<std::uint64_t>(backoff.count() / 4) + 1));
  Attempt attempt{.noise = NoiseIk::initiator(identity_.exchange(), pursuit.address.key, as_bytes(kPrologue),
                                              ExchangeKeyPair::generate(random_)),
                  .index = fresh_index(),
                  .mac1 = {}};
  pursuit.newest = next_time(pursuit, now);
  const auto noise = attempt.noise.write_initiation(
      encode_payload(InitiationPayload{.time = pursuit.newest, .certificate = own_certificate_}));
  if (!noise)
    return refuse({.from = pursuit.address.endpoint,
                   .claimed = pursuit.address.expected,
                   .reason = "the configured key is of low order"});
  ByteVector message = encode_initiation(attempt.index, *noise, pursuit.address.key, pursuit.cookie);
  attempt.mac1 = decode_initiation(message)->mac1;
  pursuit.attempt.emplace(std::move(attempt));
  push(HandshakeDatagram{.to = pursuit.address.endpoint, .bytes = std::move(message)});
}

void LinkHandshaker::on_datagram(const Endpoint& from, Bytes datagram, Instant now) {
  if (datagram.empty()) return;
  switch (datagram[0]) {
    case kInitiationType:
      return on_initiation(from, datagram, now);
    case kResponseType:
      return on_response(from, datagram, now);
    case kCookieType:
      return on_cookie(datagram, now);
    default:
      ++counters_.malformed;
  }
}

// ---- responder ----

void LinkHandshaker::on_initiation(const Endpoint& from, Bytes datagram, Instant now) {
  const auto view = decode_initiation(datagram);
  if (!view) return void(++counters_.malformed);
  if (!equal_macs(mac1_of(identity_.exchange().public_key(), view->under_mac1), view->mac1))
    return void(++counters_.bad_mac);
  auto noise =
      NoiseIk::responder(identity_.exchange(), as_bytes(kPrologue), ExchangeKeyPair::generate(random_));
  const auto opened = noise.read_initiation(view->noise);
  if (!opened) return void(++counters_.bad_noise);
  const auto payload = decode_initiation_payload(*opened);
  if (!payload) return void(++counters_.malformed);
  const auto certificate = admit(from, payload->certificate, noise.remote(), kNoNode, now);
  if (!certificate) return refuse(certificate.error());
  answer(noise, {.from = from, .view = *view, .certificate = *certificate, .time = payload->time}, now);
}

void LinkHandshaker::answer(NoiseIk& noise, const Initiation& initiation, Instant now) {
  const NodeId initiator = initiation.certificate.node;
  HandshakeTime& newest = newest_by_initiator_[initiator];
  if (initiation.time == newest) return void(++counters_.unexpected);
  if (initiation.time < newest) return answer_stale(noise, initiation);
  newest = initiation.time;
  if (wins_tie(noise.remote(), initiator)) return void(++counters_.unexpected);
  if (const auto pursuit = pursuits_.find(noise.remote()); pursuit != pursuits_.end())
    pursuit->second.address.expected = initiator;

  const SessionIndex index = fresh_index();
  const auto message = noise.write_response(encode_payload(
      ResponsePayload{.is_accepted = true, .newest = initiation.time, .certificate = own_certificate_}));
  if (!message) return void(++counters_.bad_noise);
  ++counters_.established;
  answered_by_initiator_[initiator] = {.session = index, .at = now};
  push(HandshakeDatagram{
      .to = initiation.from,
      .bytes = encode_response(index, initiation.view.initiator, *message, noise.remote())});
  push(EstablishedSession{.neighbor = initiator,
                          .certificate = initiation.certificate,
                          .endpoint = initiation.from,
                          .session = {.local_index = index,
                                      .remote_index = initiation.view.initiator,
                                      .keys = session_keys(noise.split(), false),
                                      .initiator = false}});
}

void LinkHandshaker::answer_stale(NoiseIk& noise, const Initiation& initiation) {
  ++counters_.stale;
  const auto message = noise.write_response(
      encode_payload(ResponsePayload{.is_accepted = false,
                                     .newest = newest_by_initiator_.at(initiation.certificate.node),
                                     .certificate = own_certificate_}));
  if (!message) return void(++counters_.bad_noise);
  push(HandshakeDatagram{
      .to = initiation.from,
      .bytes = encode_response(SessionIndex{}, initiation.view.initiator, *message, noise.remote())});
}

bool LinkHandshaker::wins_tie(const ExchangePublicKey& key, NodeId initiator) const {
  const auto pursuit = pursuits_.find(key);
  return pursuit != pursuits_.end() && pursuit->second.attempt && identity_.node() < initiator &&
         pursuit->second.tries <= kTriesBeforeYielding;
}

// ---- initiator ----

LinkHandshaker::Pursuit* LinkHandshaker::find_attempt(SessionIndex index) {
  const auto found = std::ranges::find_if(pursuits_, [&](const auto& entry) {
    return entry.second.attempt && entry.second.attempt->index == index;
  });
  return found == pursuits_.end() ? nullptr : &found->second;
}

void LinkHandshaker::on_response(const Endpoint& from, Bytes datagram, Instant now) {
  const auto view = decode_response(datagram);
  if (!view) return void(++counters_.malformed);
  if (!equal_macs(mac1_of(identity_.exchange().public_key(), view->under_mac1), view->mac1))
    return void(++counters_.bad_mac);
  Pursuit* const pursuit = find_attempt(view->initiator);
  if (pursuit == nullptr) return void(++counters_.unexpected);
  NoiseIk noise = pursuit->attempt->noise;  // a copy: a forged answer must not spoil the true one
  const auto opened = noise.read_response(view->noise);
  if (!opened) return void(++counters_.bad_noise);
  const auto payload = decode_response_payload(*opened);
  if (!payload) return void(++counters_.malformed);
  auto certificate = admit(from, payload->certificate, pursuit->address.key, pursuit->address.expected, now);
  if (!certificate) return refuse(certificate.error());
  if (payload->is_accepted) return establish(*pursuit, *view, *std::move(certificate), noise, now);

  pursuit->attempt.reset();
  pursuit->newest = std::max(pursuit->newest, payload->newest);
  if (pursuit->tries < kTriesBeforeYielding) pursuit->due = now;
}

void LinkHandshaker::establish(Pursuit& pursuit, const ResponseView& view, Certificate certificate,
                               const NoiseIk& noise, Instant now) {
  pursuit.attempt.reset();
  pursuit.tries = 0;
  pursuit.address.expected = certificate.node;
  pursuit.due = now + config_.rekey_after -
                std::chrono::nanoseconds(
                    random_.below(static_cast<std::uint64_t>(config_.rekey_after.count() / 10) + 1));
  ++counters_.established;
  const NodeId neighbor = certificate.node;
  push(EstablishedSession{.neighbor = neighbor,
                          .certificate = std::move(certificate),
                          .endpoint = pursuit.address.endpoint,
                          .session = {.local_index = view.initiator,
                                      .remote_index = view.responder,
                                      .keys = session_keys(noise.split(), true),
                                      .initiator = true}});
}

void LinkHandshaker::on_cookie(Bytes datagram, Instant now) {
  const auto message = decode_cookie(datagram);
  if (!message) return void(++counters_.malformed);
  Pursuit* const pursuit = find_attempt(message->initiator);
  if (pursuit == nullptr || !equal_macs(pursuit->attempt->mac1, message->initiation_mac1))
    return void(++counters_.unexpected);
  pursuit->cookie = message->cookie;
  pursuit->due = now;
}

Result<Certificate, HandshakeRefused> LinkHandshaker::admit(const Endpoint& from, Bytes payload,
                                                            const ExchangePublicKey& proven, NodeId expected,
                                                            Instant now) const {
  const auto refused = [&](NodeId claimed, std::string reason) {
    return Unexpected(HandshakeRefused{.from = from, .claimed = claimed, .reason = std::move(reason)});
  };
  auto certificate = decode_certificate(payload);
  if (!certificate) return refused(kNoNode, certificate.error().message);
  const NodeId claimed = certificate->node;
  if (const auto verified = verify_certificate(*certificate, ca_, wall_clock_.at(now)); !verified)
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
