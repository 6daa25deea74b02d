#include "relay/control_plane/control_plane.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"
#include "relay/control_plane/forwarding_snapshot.h"
#include "relay/messages/overloaded.h"
#include "routing/topology.h"

namespace relay {
namespace {

// Records of other nodes are collected for this time before paths are computed; changes of own links are not.
constexpr overlay::Duration kRecomputeDebounce = std::chrono::milliseconds(5);
// Minimum time between records with measured changes. A link that goes down is announced at once.
constexpr overlay::Duration kSpeakInterval = std::chrono::milliseconds(200);
constexpr overlay::Duration kChooseInterval = std::chrono::seconds(1);
// A node chooses its links more often shortly after its start.
constexpr overlay::Duration kStartup = std::chrono::seconds(5);
constexpr overlay::Duration kChooseAtStartup = std::chrono::milliseconds(200);
// After this time down, a home of an edge is replaced, and other neighbors are given up.
constexpr overlay::Duration kHomeLost = std::chrono::seconds(3);
// A link is removed this long after its last advertisement: the flood needs less.
constexpr overlay::Duration kParting = std::chrono::seconds(2);
// A hub without a measurement after this time does not answer.
constexpr overlay::Duration kTrial = std::chrono::seconds(5);
constexpr overlay::Duration kLinkForgotten = std::chrono::minutes(1);
constexpr std::size_t kMaxMessages = 65536;

// RetiredEndpoints holds a relayed address as an endpoint with port 0.
std::vector<overlay::Endpoint> endpoints_of(const std::vector<overlay::IpAddress>& addresses) {
  std::vector<overlay::Endpoint> endpoints;
  for (const overlay::IpAddress& address : addresses)
    endpoints.push_back({address, 0});
  return endpoints;
}

}  // namespace

ControlPlane::ControlPlane(ControlPlaneConfig config, overlay::Random& random, overlay::Instant now,
                           const overlay::WallClock& wall_clock)
    : config_(std::move(config)),
      self_(config_.identity->node()),
      wall_clock_(wall_clock),
      started_at_(now),
      handshaker_(*config_.identity, config_.cluster_ca, {}, random),
      speaker_(*config_.identity, config_.cluster_ca,
               {.endpoints = config_.advertise, .epoch = config_.epoch}),
      router_(self_, random),
      media_keys_(self_, random, now),
      known_hubs_(std::move(config_.known_hubs)),
      events_(self_),
      reports_(config_.cores),
      reported_at_(config_.cores),
      retired_listeners_(config_.cores),
      retired_addresses_(config_.cores),
      choose_at_(now + kChooseInterval) {
  set_wall_clock(wall_clock, now);
  for (const overlay::NeighborAddress& seed : config_.seeds)
    handshaker_.connect(seed, now);
  (void)speaker_.claim(config_.relayed_addresses, wall_time(now));
  speak(true, now);
  recompute(now);
  drain_handshaker(now);
}

void ControlPlane::set_wall_clock(const overlay::WallClock& wall_clock, overlay::Instant now) {
  wall_clock_ = wall_clock;
  handshaker_.set_wall_clock(wall_clock);
  speaker_.set_wall_clock(wall_clock.at(now));
  events_.set_wall_clock(wall_clock);
}

// ---- input ----

void ControlPlane::on_message(std::size_t core, ToControlPlane&& message, overlay::Instant now) {
  std::visit(Overloaded{
                 [](std::monostate) {},
                 [&](const HandshakeReceived& m) {
                   handshaker_.on_datagram(m.from, m.bytes, now);
                   drain_handshaker(now);
                 },
                 [&](const ControlReceived& m) { on_control(m, now); },
                 [&](const LinkMeasured& m) { on_link_measured(m, now); },
                 [&](const overlay::OverlayEvent& m) {
                   if (const auto* changed = std::get_if<overlay::LinkChanged>(&m))
                     on_link_changed(*changed, now);
                   if (const auto* moved = std::get_if<overlay::TrafficMoved>(&m))
                     events_.traffic_moved(*moved, now);
                 },
                 [&](DataPlaneReport& m) { on_report(core, std::move(m), now); },
                 [](const AllocationsListed&) {},  // handled by the shell
                 [](const UsageBatch&) {},         // handled by the shell
             },
             message);
}

void ControlPlane::on_report(std::size_t core, DataPlaneReport&& report, overlay::Instant now) {
  if (core >= reports_.size()) return;
  reports_[core] = std::move(report);
  reported_at_[core] = now;
  close_unused_listeners(core);
  withdraw_unused_addresses(core, now);
}

void ControlPlane::close_unused_listeners(std::size_t core) {
  if (retired_listeners_.empty()) return;
  for (const overlay::Endpoint& listener :
       retired_listeners_.note_report(core, reports_[core].turn_generation, reports_[core].retired_in_use)) {
    overlay::log(overlay::Level::kInfo, "listener_closed", {{"local", listener.to_string()}});
    post(std::nullopt, CloseListener{listener});
  }
}

void ControlPlane::withdraw_unused_addresses(std::size_t core, overlay::Instant now) {
  if (retired_addresses_.empty()) return;
  const auto unused = retired_addresses_.note_report(core, reports_[core].turn_generation,
                                                     reports_[core].retired_addresses_in_use);
  for (const overlay::Endpoint& relayed : unused) {
    overlay::log(overlay::Level::kInfo, "relayed_address_withdrawn",
                 {{"address", relayed.address.to_string()}});
    post(std::nullopt, WithdrawRelayed{relayed.address});
  }
  if (!unused.empty()) claim_addresses(now);
}

void ControlPlane::claim_addresses(overlay::Instant now) {
  std::vector<overlay::IpAddress> claimed = config_.relayed_addresses;
  for (const overlay::Endpoint& retired : retired_addresses_.endpoints())
    claimed.push_back(retired.address);
  if (speaker_.claim(claimed, wall_time(now))) speak(true, now);
}

void ControlPlane::reconfigure(const TurnReconfiguration& turn, overlay::Instant now) {
  CHECK(turn.servers.size() == config_.cores);
  const auto steps = retired_listeners_.steps(config_.turn_listen, turn.datagram_listeners);
  ++turn_generation_;
  retired_listeners_.note_change(steps, turn_generation_);
  config_.turn_listen = turn.datagram_listeners;
  retired_addresses_.note_change(
      retired_addresses_.steps(endpoints_of(config_.relayed_addresses), endpoints_of(turn.relayed_addresses)),
      turn_generation_);
  config_.relayed_addresses = turn.relayed_addresses;
  for (std::size_t core = 0; core < turn.servers.size(); ++core)
    post(core, ReconfigureTurn{.generation = turn_generation_,
                               .server = turn.servers[core],
                               .listen = turn.plain_listeners,
                               .retired_addresses = retired_addresses_.endpoints(),
                               .retire = steps.retire,
                               .take_back = steps.take_back,
                               .usage_interval = turn.usage_interval,
                               .ends_disallowed = turn.ends_disallowed,
                               .sockets = turn.sockets});
  claim_addresses(now);
}

void ControlPlane::drain(std::optional<Drain> drain, overlay::Instant now) {
  draining_ = drain;
  speaker_.set_drained(drain.has_value());
  post(std::nullopt, DrainTurn{.generation = ++turn_generation_, .drain = std::move(drain)});
  speak(true, now);
}

std::vector<std::size_t> ControlPlane::planes_behind() const {
  std::vector<std::size_t> behind;
  for (std::size_t core = 0; core < reports_.size(); ++core)
    if (reports_[core].turn_generation < turn_generation_) behind.push_back(core);
  return behind;
}

void ControlPlane::on_control(const ControlReceived& received, overlay::Instant now) {
  const auto news = speaker_.flooder().receive(received.neighbor, received.payload, now);
  if (news.own_from_before) {
    speaker_.outrank_former_self();
    speak(true, now);
  }
  if (!news.changed.empty()) recompute_at_ = std::min(recompute_at_, now + kRecomputeDebounce);
  drain_flooder();
}

void ControlPlane::on_link_changed(const overlay::LinkChanged& changed, overlay::Instant now) {
  using overlay::LinkState;
  confirm(changed.neighbor, changed.session, now);
  if (!neighbors_.contains(changed.neighbor)) return;  // removed while the event was on its way
  neighbors_.change_state(changed);
  overlay::log(changed.after == LinkState::kSuspect ? overlay::Level::kDebug : overlay::Level::kInfo,
               "link_changed",
               {{"neighbor", changed.neighbor.value()},
                {"before", to_string(changed.before)},
                {"after", to_string(changed.after)},
                {"cause", to_string(changed.fault)}});
  if (changed.after == LinkState::kSuspect) return;
  if (changed.before == LinkState::kSuspect && changed.after == LinkState::kUp)
    return events_.false_alarm(changed, now);

  const bool up = changed.after == LinkState::kUp;
  if (up) {
    speaker_.flooder().add_neighbor(changed.neighbor,
                                    neighbors_.rtt(changed.neighbor).value_or(overlay::Duration{}), now);
  } else {
    speaker_.flooder().remove_neighbor(changed.neighbor);
    handshaker_.reconnect(changed.neighbor, now);
  }
  const auto delta = router_.note_local_link(
      changed.neighbor, up ? routing::AdjacencyState::kUp : routing::AdjacencyState::kDown, now);
  if (up)
    events_.moved(delta, *router_.topology(), now);
  else
    events_.moved_by_own_link(delta, changed, now);
  if (!delta.empty()) install_forwarding(now);
  speak(true, now);
  drain_handshaker(now);
}

void ControlPlane::on_link_measured(const LinkMeasured& measured, overlay::Instant now) {
  confirm(measured.neighbor, measured.session, now);
  if (!neighbors_.contains(measured.neighbor)) return;
  const auto change = neighbors_.measure(measured, now);
  if (const auto missed = neighbors_.missed_change(measured.neighbor, now)) {
    ++counters_.link_changes_missed;
    on_link_changed(*missed, now);
  }
  if (change.loss_forward_step || change.loss_reverse_step)
    events_.degraded(measured.neighbor, EventCause::kLoss, now);
  else if (change.rtt_step)
    events_.degraded(measured.neighbor, EventCause::kRtt, now);
  speaker_.flooder().set_rtt(measured.neighbor, measured.rtt);
  if (measured.needs_rekey) handshaker_.reconnect(measured.neighbor, now);
  speak(change.any(), now);
}

// ---- neighbors ----

void ControlPlane::drain_handshaker(overlay::Instant now) {
  while (auto command = handshaker_.poll_command()) {
    std::visit(Overloaded{
                   [&](overlay::HandshakeDatagram& datagram) {
                     post(0, SendHandshake{.local = local_for(datagram.to),
                                           .remote = datagram.to,
                                           .bytes = std::move(datagram.bytes)});
                   },
                   [&](const overlay::EstablishedSession& session) { on_established(session, now); },
                   [&](const overlay::HandshakeRefused& refused) {
                     overlay::log(overlay::Level::kWarning, "handshake_refused",
                                  {{"from", refused.from.to_string()},
                                   {"node", refused.claimed.value()},
                                   {"reason", refused.reason}});
                   },
               },
               *command);
  }
}

void ControlPlane::on_established(const overlay::EstablishedSession& session, overlay::Instant now) {
  if (session.session.initiator) add_neighbor(session.neighbor, now);
  post(0, InstallSession{.neighbor = session.neighbor,
                         .local = local_for(session.endpoint),
                         .remote = session.endpoint,
                         .session = session.session});
  overlay::log(overlay::Level::kDebug, "session_established",
               {{"neighbor", session.certificate.name}, {"initiator", session.session.initiator}});
}

void ControlPlane::confirm(overlay::NodeId neighbor, overlay::SessionIndex session, overlay::Instant now) {
  if (handshaker_.note_confirmed(neighbor, session)) add_neighbor(neighbor, now);
}

void ControlPlane::add_neighbor(overlay::NodeId neighbor, overlay::Instant now) {
  const bool is_new = !neighbors_.contains(neighbor);
  neighbors_.add(neighbor, now);
  if (is_new && neighbor == trial_) (void)neighbors_.withhold(neighbor, now);
}

std::vector<HubCandidate> ControlPlane::hub_candidates(overlay::Instant now) const {
  std::vector<HubCandidate> candidates;
  for (const auto& [node, attributes] : speaker_.attributes()) {
    if (node == self_ || !attributes.is(routing::Role::kHub)) continue;
    const auto* record = speaker_.db().find(node);
    if (record == nullptr || record->endpoints.empty()) continue;
    const HubDistance distance = distances_.of(node, neighbors_, router_.topology().get(), now);
    const bool is_home = neighbors_.contains(node) && !neighbors_.is_withheld(node);
    candidates.push_back({.node = node,
                          .provider = attributes.provider,
                          .distance = is_home ? favored_as_home(distance.at_most) : distance.at_most,
                          .usable = !neighbors_.down_for(node, kHomeLost, now) && !record->is_drained(),
                          .measured = distance.measured,
                          .at_least = distance.at_least});
  }
  return candidates;
}

void ControlPlane::choose_links(overlay::Instant now) {
  choose_at_ = now + (now - started_at_ < kStartup ? kChooseAtStartup : kChooseInterval);
  const bool own_hub = config_.identity->certificate().has_role(overlay::NodeRole::kHub);
  const auto candidates = hub_candidates(now);
  const auto chosen = choose_neighbors({.node = self_, .is_hub = own_hub}, candidates, config_.homes);
  for (const overlay::NodeId hub : chosen)
    call(hub, now);
  if (!own_hub) tend_homes(candidates, chosen, now);
  // A hub drops links that stayed down and that it does not initiate itself.
  for (const overlay::NodeId node : neighbors_.all())
    if (!std::ranges::binary_search(chosen, node) && neighbors_.down_for(node, kLinkForgotten, now))
      drop_link(node, now);
  remember_hubs(now);
  dial_lost_hubs(own_hub, chosen, now);
  drain_handshaker(now);
}

void ControlPlane::remember_hubs(overlay::Instant now) {
  for (const auto& record : speaker_.db().records()) {
    const auto* certificate = speaker_.certificate(record->origin());
    if (record->origin() == self_ || certificate == nullptr) continue;
    if (certificate->has_role(overlay::NodeRole::kHub)) known_hubs_.note(record, *certificate, now);
  }
}

// One link is enough for an edge: the hubs of its part look for the others.
void ControlPlane::dial_lost_hubs(bool own_hub, const std::vector<overlay::NodeId>& chosen,
                                  overlay::Instant now) {
  std::vector<overlay::NodeId> lost;
  if (own_hub || !has_link_up()) {
    for (const overlay::NeighborAddress& hub : known_hubs_.without_record(speaker_.db())) {
      lost.push_back(hub.expected);
      if (!neighbors_.contains(hub.expected)) handshaker_.connect(hub, now);
    }
    for (const overlay::NeighborAddress& seed : config_.seeds)
      if (!neighbors_.contains(seed.expected)) handshaker_.connect(seed, now);
  }
  for (const overlay::NodeId node : dialled_) {
    const bool is_wanted = std::ranges::binary_search(lost, node) || std::ranges::binary_search(chosen, node);
    if (!is_wanted && node != trial_ && !neighbors_.contains(node)) handshaker_.disconnect(node);
  }
  dialled_ = std::move(lost);
}

bool ControlPlane::has_link_up() const {
  return std::ranges::any_of(neighbors_.all(), [&](overlay::NodeId node) {
    return neighbors_.state(node) == overlay::LinkState::kUp;
  });
}

void ControlPlane::call(overlay::NodeId hub, overlay::Instant now) {
  const auto* record = speaker_.db().find(hub);
  const auto* certificate = speaker_.certificate(hub);
  if (record == nullptr || certificate == nullptr || neighbors_.contains(hub)) return;
  handshaker_.connect(
      {.endpoint = record->endpoints.front(), .key = certificate->exchange_key, .expected = hub}, now);
}

// An edge with working homes looks for nearer ones. It removes other links gracefully: it stops advertising
// them, so that traffic moves away, and drops them when the flood has reached all nodes.
void ControlPlane::tend_homes(const std::vector<HubCandidate>& candidates,
                              const std::vector<overlay::NodeId>& chosen, overlay::Instant now) {
  bool changed = false;
  for (const overlay::NodeId node : chosen)
    changed |= neighbors_.stop_withholding(node);
  const bool settled =
      chosen.size() >= config_.homes && std::ranges::all_of(chosen, [&](overlay::NodeId node) {
        return neighbors_.state(node) == overlay::LinkState::kUp;
      });
  if (settled) {
    for (const overlay::NodeId node : neighbors_.all()) {
      if (std::ranges::binary_search(chosen, node)) continue;
      changed |= neighbors_.withhold(node, now);
      if (neighbors_.withheld_for(node, kParting, now)) drop_link(node, now);
    }
    begin_trial(choose_trial(candidates, chosen), now);
  }
  if (changed) speak(true, now);
}

void ControlPlane::begin_trial(overlay::NodeId hub, overlay::Instant now) {
  if (hub != trial_) {
    trial_ = hub;
    trial_since_ = now;
  }
  if (hub == overlay::kNoNode) return;
  if (now - trial_since_ < kTrial) return call(hub, now);
  handshaker_.disconnect(hub);
  distances_.remember(hub, overlay::Duration::max(), now);
}

void ControlPlane::drop_link(overlay::NodeId neighbor, overlay::Instant now) {
  if (const auto rtt = neighbors_.rtt(neighbor)) distances_.remember(neighbor, *rtt, now);
  handshaker_.disconnect(neighbor);
  speaker_.flooder().remove_neighbor(neighbor);
  neighbors_.remove(neighbor);
  post(0, RemoveLink{neighbor});
}

overlay::Endpoint ControlPlane::local_for(const overlay::Endpoint& remote) const {
  for (const overlay::Endpoint& local : config_.listen)
    if (local.address.family() == remote.address.family()) return local;
  return config_.listen.empty() ? overlay::Endpoint{} : config_.listen.front();
}

// ---- link state and paths ----

void ControlPlane::drain_flooder() {
  while (auto message = speaker_.flooder().poll())
    post(0, SendControl{.neighbor = message->to, .payload = std::move(message->bytes)});
}

void ControlPlane::speak(bool urgent, overlay::Instant now) {
  const overlay::Instant last = speaker_.last_origination();
  const bool refresh_due = now - last >= LinkStateSpeaker::kRefresh;
  if (!urgent && !refresh_due && !neighbors_.worth_advertising()) return;
  if (!urgent && now - last < kSpeakInterval) {
    speak_at_ = std::min(speak_at_, last + kSpeakInterval);
    return;
  }
  speak_at_ = overlay::kNever;
  speaker_.originate(neighbors_.advertise(), media_keys_.advertised(), now);
  recompute_at_ = std::min(recompute_at_, urgent ? now : now + kRecomputeDebounce);
  drain_flooder();
}

void ControlPlane::recompute(overlay::Instant now) {
  recompute_at_ = overlay::kNever;
  seen_revision_ = speaker_.db().revision();
  const auto delta = router_.update(routing::Topology::build(speaker_.db(), speaker_.attributes()), now);
  events_.moved(delta, *router_.topology(), now);
  auto owners = routing::relayed_address_owners(speaker_.db());
  events_.relayed_addresses_claimed(relayed_address_owners_, owners, now);
  relayed_address_owners_ = std::move(owners);
  install_forwarding(now);
}

void ControlPlane::install_forwarding(overlay::Instant now) {
  post(std::nullopt,
       InstallForwarding{.table = make_forwarding_table(*router_.table(), relayed_address_owners_),
                         .keyring = media_keys_.keyring(speaker_.media_keys(), now)});
}

// ---- time and output ----

void ControlPlane::on_timer(overlay::Instant now) {
  handshaker_.on_timer(now);
  drain_handshaker(now);
  if (speaker_.advance(now)) recompute_at_ = now;
  drain_flooder();
  if (media_keys_.on_timer(now)) speak(true, now);
  if (now >= speak_at_ || now - speaker_.last_origination() >= LinkStateSpeaker::kRefresh) {
    speak_at_ = overlay::kNever;
    speak(false, now);
  }
  if (now >= recompute_at_) recompute(now);
  if (now >= router_.next_timeout()) {
    const auto delta = router_.advance(now);
    events_.moved(delta, *router_.topology(), now);
    if (!delta.empty()) install_forwarding(now);
  }
  if (now >= choose_at_) choose_links(now);
}

overlay::Instant ControlPlane::next_timeout() const {
  return std::min({handshaker_.next_timeout(), speaker_.next_timeout(), media_keys_.next_timeout(), speak_at_,
                   recompute_at_, router_.next_timeout(), choose_at_});
}

void ControlPlane::post(std::optional<std::size_t> core, ToDataPlane message) {
  if (messages_.size() >= kMaxMessages) return void(++counters_.messages_lost);
  messages_.push_back({.core = core, .message = std::move(message)});
}

std::optional<AddressedMessage> ControlPlane::poll_message() {
  if (messages_.empty()) return std::nullopt;
  AddressedMessage message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

}  // namespace relay
