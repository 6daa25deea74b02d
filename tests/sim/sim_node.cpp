#include "tests/sim/sim_node.h"

#include <utility>

namespace sim {
namespace {

// As in the production shell: a receiver that does not read loses messages; memory stays bounded.
constexpr std::size_t kInboxCapacity = 8192;
constexpr std::size_t kSocketQueue = 16'384;
constexpr int kMaxRounds = 10'000;
constexpr int kMaxRingsAtOneInstant = 100;

}  // namespace

SimNode::Life::Life(const SimNodeConfig& config, World& world, SimNode& node, std::uint64_t seed)
    : random(seed),
      io(config.spec.address, world.referee,
         [&node](Datagram&& datagram) { node.leave(std::move(datagram)); }),
      data(config.data, io, random),
      control(config.control, random, node.now(), node.clock_.wall()) {}

SimNode::SimNode(SimNodeConfig config, World& world)
    : config_(std::move(config)),
      world_(world),
      host_(world.underlay.attach(config_.spec.address, *this)),
      clock_(config_.clock),
      data_alarm_(world.events, [this] { on_data_timer(); }),
      control_alarm_(world.events, [this] { on_control_timer(); }) {}

void SimNode::start() {
  CHECK(!is_running());
  ++lives_;
  config_.control.epoch = lives_;
  const std::uint64_t seed = world_.seed * 1'000'003 + config_.spec.id.value() * 1'009 + lives_;
  life_ = std::make_unique<Life>(config_, world_, *this, seed);
  life_->data.set_wall_clock(clock_.wall());
  for (const auto* ports : {&config_.data.overlay_listen, &config_.data.turn_listen})
    for (const overlay::Endpoint& port : *ports)
      CHECK(life_->io.open_port(port).has_value());
  pump();
}

void SimNode::stop() {
  data_alarm_.disarm();
  control_alarm_.disarm();
  waiting_for_control_.clear();
  forwarding_.reset();
  links_.clear();
  control_frozen_ = false;
  if (life_) store_known_hubs();
  is_frozen_ = false;
  unread_.clear();
  life_.reset();
}

// As the shell does, with a file.
void SimNode::store_known_hubs() {
  const auto file = life_->control.known_hubs().encode();
  auto read = relay::KnownHubs::decode(file, config_.control.cluster_ca);
  CHECK(read.has_value());
  config_.control.known_hubs = std::move(read).value();
}

void SimNode::freeze_control() {
  control_frozen_ = true;
  control_alarm_.disarm();
}

void SimNode::thaw_control() {
  control_frozen_ = false;
  for (auto& message : std::exchange(waiting_for_control_, {}))
    give_to_control(std::move(message));
  pump();
}

void SimNode::freeze() {
  CHECK(config_.message_delay == Duration::zero());
  freeze_control();
  is_frozen_ = true;
  data_alarm_.disarm();
}

// As the shell: sockets, then messages, then timers.
void SimNode::thaw() {
  is_frozen_ = false;
  for (auto& datagram : std::exchange(unread_, {}))
    read(std::move(datagram));
  thaw_control();
}

void SimNode::jump_calendar(overlay::UnixSeconds by) {
  clock_.jump_calendar(by);
  if (!is_running()) return;
  life_->data.set_wall_clock(clock_.wall());
  life_->control.set_wall_clock(clock_.wall(), now());
  pump();
}

// ---- datagrams and timers -----------------------------------------------------------------------

void SimNode::receive(Datagram&& datagram) {
  if (!is_running() || !life_->io.is_open(datagram.destination)) return;
  if (!is_frozen_) return read(std::move(datagram));
  if (unread_.size() < kSocketQueue) unread_.push_back(std::move(datagram));
}

void SimNode::read(Datagram&& datagram) {
  overlay::PacketBuffer& buffer = life_->io.acquire();
  if (!buffer.assign(datagram.bytes)) return;
  const overlay::DatagramMeta meta{
      .source = datagram.source, .local = datagram.destination, .traffic_class = datagram.traffic_class};

  world_.trace.begin(config_.spec.id, datagram);
  const std::uint64_t opened_before = life_->data.overlay_counters().opened;
  life_->data.on_datagram(meta, buffer, now());
  life_->io.flush();
  if (life_->data.overlay_counters().opened > opened_before) world_.trace.opened(config_.spec.id);
  world_.trace.end();
  pump();
}

void SimNode::leave(Datagram&& datagram) {
  world_.trace.stamp(config_.spec.id, datagram);
  world_.underlay.send(host_, datagram);
}

void SimNode::on_data_timer() {
  life_->data.on_timer(now());
  life_->io.flush();
  pump();
  check_progress(clock_.when(life_->data.next_timeout()));
}

void SimNode::on_control_timer() {
  life_->control.on_timer(now());
  pump();
  check_progress(clock_.when(life_->control.next_timeout()));
}

// A timer that asks for the same instant again and again would use the whole CPU of a real node.
void SimNode::check_progress(SimTime next) {
  const SimTime now = world_.events.now();
  if (now != std::exchange(last_ring_, now) || next > now) {
    rings_without_progress_ = 0;
  } else if (++rings_without_progress_ > kMaxRingsAtOneInstant) {
    world_.referee.violated("a timer of " + config_.spec.name + " asks for the same instant for ever");
  }
}

// ---- messages between the planes ----------------------------------------------------------------

void SimNode::pump() {
  int rounds = 0;
  while (carry_messages())
    if (++rounds > kMaxRounds)
      return world_.referee.violated("the planes of " + config_.spec.name + " never rest");
  check_balance();
  arm();
}

bool SimNode::carry_messages() {
  bool carried = false;
  while (auto message = life_->data.poll_message()) {
    observe(*message);
    to_control(std::move(*message));
    carried = true;
  }
  while (!control_frozen_) {
    auto message = life_->control.poll_message();
    if (!message) break;
    to_data(std::move(*message));
    carried = true;
  }
  return carried;
}

void SimNode::to_control(relay::ToControlPlane message) {
  if (config_.message_delay == Duration::zero()) return give_to_control(std::move(message));
  auto carried = std::make_shared<relay::ToControlPlane>(std::move(message));
  world_.events.after(config_.message_delay, [this, carried, life = lives_] {
    if (!is_running() || life != lives_) return;
    give_to_control(std::move(*carried));
    pump();
  });
}

void SimNode::give_to_control(relay::ToControlPlane&& message) {
  if (!control_frozen_) return life_->control.on_message(0, std::move(message), now());
  if (waiting_for_control_.size() < kInboxCapacity) waiting_for_control_.push_back(std::move(message));
}

void SimNode::to_data(relay::AddressedMessage message) {
  if (config_.message_delay == Duration::zero()) return give_to_data(std::move(message.message));
  auto carried = std::make_shared<relay::ToDataPlane>(std::move(message.message));
  world_.events.after(config_.message_delay, [this, carried, life = lives_] {
    if (!is_running() || life != lives_) return;
    give_to_data(std::move(*carried));
    pump();
  });
}

void SimNode::give_to_data(relay::ToDataPlane&& message) {
  if (const auto* snapshot = std::get_if<relay::InstallForwarding>(&message)) observe(*snapshot);
  if (const auto* removed = std::get_if<relay::RemoveLink>(&message)) links_.erase(removed->neighbor);
  life_->data.on_message(std::move(message), now());
  life_->io.flush();
}

void SimNode::arm() {
  if (!is_running() || is_frozen_) return;
  data_alarm_.arm(clock_.when(life_->data.next_timeout()));
  if (!control_frozen_) control_alarm_.arm(clock_.when(life_->control.next_timeout()));
}

// ---- observations -------------------------------------------------------------------------------

void SimNode::observe(const relay::ToControlPlane& message) {
  if (const auto* event = std::get_if<overlay::OverlayEvent>(&message))
    observed_.push_back({.at = world_.events.now(), .event = *event});
  if (const auto* measured = std::get_if<relay::LinkMeasured>(&message))
    links_.insert_or_assign(measured->neighbor, *measured);
}

void SimNode::observe(const relay::InstallForwarding& snapshot) {
  if (forwarding_ != nullptr) {
    for (std::uint16_t id = 1; id < 256; ++id) {
      const auto before = forwarding_->routes(overlay::NodeId(id));
      const auto after = snapshot.table->routes(overlay::NodeId(id));
      if (!before.empty() && !after.empty() && !(before.front() == after.front()))
        route_changes_.push_back({.at = world_.events.now(), .destination = overlay::NodeId(id)});
    }
  }
  forwarding_ = snapshot.table;
}

int SimNode::route_changes(overlay::NodeId destination) const {
  int changes = 0;
  for (const RouteChange& change : route_changes_)
    changes += change.destination == destination ? 1 : 0;
  return changes;
}

// Every input of a node is counted once in its outputs or drops.
void SimNode::check_balance() {
  const overlay::OverlayCounters& o = overlay_counters();
  if (o.frames_in != o.probes_in + o.control_in + o.opened + o.forwarded + o.dropped.total())
    world_.referee.violated("the overlay counters of " + config_.spec.name + " do not balance");
  const relay::RelayCounters& r = relay_counters();
  const std::uint64_t in = r.client_in + r.relay_in + r.from_overlay;
  const std::uint64_t out = r.replies + r.to_client + r.to_internet + r.to_overlay + r.dropped;
  if (in != out) world_.referee.violated("the relay counters of " + config_.spec.name + " do not balance");
  if (o.opened != r.from_overlay)
    world_.referee.violated(config_.spec.name + " opened media that its TURN side never saw");
  const routing::FloodCounters& f = life_->control.flood_counters();
  if (f.records_received !=
      f.stored + f.duplicates + f.stale + f.expired + f.own_from_before + f.forged + f.refused_full)
    world_.referee.violated("the flood counters of " + config_.spec.name + " do not balance");
}

const relay::ControlPlane& SimNode::control_plane() const {
  CHECK(is_running());
  return life_->control;
}

const overlay::OverlayCounters& SimNode::overlay_counters() const {
  CHECK(is_running());
  return life_->data.overlay_counters();
}

const relay::RelayCounters& SimNode::relay_counters() const {
  CHECK(is_running());
  return life_->data.relay_counters();
}

}  // namespace sim
