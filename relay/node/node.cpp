#include "relay/node/node.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/base/version.h"
#include "overlay/loop/system_clock.h"
#include "overlay/loop/system_random.h"
#include "relay/config/public_addresses.h"
#include "relay/node/client_listeners.h"
#include "relay/node/plane_configs.h"
#include "relay/node/service_notices.h"

namespace relay {
namespace {

// In milliseconds, because a daemon may restart within a second.
std::uint64_t epoch_of_this_start() {
  const auto civil = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(civil).count());
}

ControlPlaneConfig with_known_hubs(ControlPlaneConfig config, KnownHubs hubs) {
  config.known_hubs = std::move(hubs);
  return config;
}

std::string joined(const std::vector<overlay::Endpoint>& endpoints) {
  std::string text;
  for (const overlay::Endpoint& endpoint : endpoints)
    text += (text.empty() ? "" : ",") + endpoint.to_string();
  return text.empty() ? "none" : text;
}

std::string listeners(const TurnSection& turn) {
  std::string text;
  for (const ListenerConfig& listener : turn.all_listeners())
    for (const overlay::Transport transport : listener.transports)
      text += (text.empty() ? "" : ",") + listener.address.to_string() + "/" + to_string(transport);
  return text;
}

// The addresses and ports of relay candidates in a browser.
std::string relay_candidates(const TurnSection& turn) {
  const std::string ports =
      std::to_string(turn.relay_ports.first) + "-" + std::to_string(turn.relay_ports.last);
  std::string text;
  for (const overlay::IpAddress& address : shown_addresses(turn)) {
    const std::string shown = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    text += (text.empty() ? "" : ",") + shown + ":" + ports;
  }
  return text;
}

std::string roles(const NodeSection& node) {
  if (node.is_edge && node.is_hub) return "edge,hub";
  return node.is_edge ? "edge" : "hub";
}

Secret make_nonce_key() {
  overlay::SystemRandom random;
  overlay::ByteArray<32> key;
  random.fill(key);
  return Secret(std::string(overlay::as_text(key)));
}

}  // namespace

overlay::Result<std::unique_ptr<Node>> Node::create(NodeConfig config, NodeCredentials credentials,
                                                    ConfigSource source) {
  if (auto enough = DescriptorWatch::check_start(config); !enough)
    return overlay::failure(enough.error().message);
  auto known_hubs_file = KnownHubsFile::open(config.overlay ? state_directory(config.state_dir) : "");
  if (!known_hubs_file) return overlay::failure(known_hubs_file.error().message);
  std::unique_ptr<Node> node(new Node(std::move(config), std::move(credentials), std::move(source),
                                      std::move(known_hubs_file).value()));
  auto host_addresses = HostAddresses::open(node->control_.loop());
  if (!host_addresses) return overlay::failure(host_addresses.error().message);
  node->host_addresses_ = std::move(host_addresses).value();
  node->host_addresses_->watch([&control = node->control_](const HostAddresses::List& addresses) {
    control.set_host_addresses(addresses);
  });
  if (auto opened = node->open_ports(); !opened) return overlay::failure(opened.error().message);
  if (const auto& listen = node->config_.metrics.listen) {
    if (auto present = check_address(listen->address, node->config_.listen_when); !present)
      return overlay::failure("metrics.listen: " + present.error().message);
    if (auto opened = node->control_.serve_metrics(*listen); !opened)
      return overlay::failure(opened.error().message);
  }
  if (auto steered = node->steer_relay_ports(); !steered) return overlay::failure(steered.error().message);
  if (auto attached = node->attach_xdp(); !attached) return overlay::failure(attached.error().message);
  auto usage = UsageLog::open(node->config_.usage_log);
  if (!usage) return overlay::failure(usage.error().message);
  node->control_.log_usage(std::move(usage).value());
  auto admin = AdminSocket::open(node->config_.admin.socket);
  if (!admin) return overlay::failure(admin.error().message);
  node->control_.serve_admin(std::move(admin).value(), node->operations());
  return node;
}

NodeOperations Node::operations() {
  return {
      .reload = [this](bool with_grace) { return reload(with_grace); },
      .drain = [this](const DrainRequest& request) { return drain_.drain(request); },
      .undrain = [this](const std::string& node) { return drain_.undrain(node); },
      .when_applied = [this](PendingChanges::Handler handler) { control_.when_applied(std::move(handler)); }};
}

Node::Node(NodeConfig config, NodeCredentials credentials, ConfigSource source, KnownHubsFile known_hubs_file)
    : config_(std::move(config)),
      current_(config_),
      own_nonce_key_(make_nonce_key()),
      credentials_(std::move(credentials)),
      known_hubs_file_(std::move(known_hubs_file)),
      control_(with_known_hubs(control_plane_config(config_, credentials_, epoch_of_this_start()),
                               known_hubs_file_.load(credentials_.cluster_ca))),
      watchdog_(overlay::system_now()),
      awaited_addresses_(is_address_of_host),
      reload_({.at_start = config_,
               .current = current_,
               .own_nonce_key = own_nonce_key_,
               .certificate = certificate_,
               .open_listeners = open_listeners_,
               .control = control_,
               .cores = count_cores(config_)},
              std::move(source)),
      drain_(credentials_.identity.certificate().name, current_, control_) {
  NodeConfig effective = config_;
  if (effective.turn) effective.turn = with_nonce_key(*std::move(effective.turn), own_nonce_key_);
  for (const DataPlaneConfig& plane : data_plane_configs(effective, credentials_))
    data_planes_.push_back(std::make_unique<DataPlaneWorker>(plane, stream_policy(config_)));
  connect_mailboxes();
  control_.on_second([this] {
    certificate_.watch();
    awaited_addresses_.check();
    if (host_addresses_) host_addresses_->check();
    descriptors_.note(DescriptorWatch::has_only_reserve(), overlay::system_now());
    known_hubs_file_.update(control_.plane().known_hubs(), overlay::system_now());
    report_liveness();
  });
}

// Every pair of threads has a mailbox in each direction: one sender, one receiver.
void Node::connect_mailboxes() {
  std::vector<Mailbox<ToDataPlane>*> from_control;
  for (const auto& plane : data_planes_)
    from_control.push_back(&plane->add_inbox());
  control_.connect(from_control);

  for (const auto& sender : data_planes_) {
    std::vector<Mailbox<ToDataPlane>*> to_others;
    for (const auto& receiver : data_planes_)
      to_others.push_back(receiver == sender ? nullptr : &receiver->add_inbox());
    sender->connect(control_.add_inbox(), std::move(to_others));
  }
}

overlay::Status Node::open_ports() {
  if (config_.overlay)
    for (const overlay::Endpoint& local : config_.overlay->listen) {
      if (auto present = check_address(local.address, config_.listen_when); !present)
        return overlay::failure("overlay.listen: " + present.error().message);
      if (auto opened = data_planes_.front()->open_listener(local, false); !opened)
        return overlay::failure("overlay.listen: " + opened.error().message);
    }
  return config_.turn ? open_client_ports(*config_.turn) : overlay::ok();
}

overlay::Status Node::open_client_ports(const TurnSection& turn) {
  if (auto loaded = certificate_.load(turn.tls); !loaded) return loaded;
  certificate_.show(turn.tls);
  control_.monitor_tls(certificate_.identity());
  for (const ListenerConfig& listener : turn.all_listeners())
    if (auto opened = open_client_port(listener); !opened)
      return overlay::failure(
          (std::ranges::count(turn.listen, listener.address) > 0 ? "turn.listen: " : "turn.listeners: ") +
          opened.error().message);
  open_listeners_.change(turn.all_listeners());
  return check_relay_addresses(turn, config_.listen_when);
}

overlay::Status Node::open_client_port(const ListenerConfig& listener) {
  const bool is_shared = data_planes_.size() > 1;
  if (auto free = check_client_port(listener, config_.listen_when); !free) return free;
  const bool takes_dtls = listener.takes(overlay::Transport::kDtls);
  if (listener.takes(overlay::Transport::kUdp) || takes_dtls) {
    for (const auto& plane : data_planes_)
      if (auto opened = plane->open_listener(listener.address, is_shared); !opened) return opened;
    for (const auto& plane : data_planes_)
      if (takes_dtls) plane->take_dtls(listener.address, *certificate_.identity());
  }
  if (const auto stream = stream_listener(listener, certificate_.identity()))
    for (const auto& plane : data_planes_)
      if (auto opened = plane->open_stream_listener(*stream, is_shared); !opened) return opened;
  return overlay::ok();
}

overlay::Status Node::steer_relay_ports() {
  if (!config_.turn || config_.packet_io.relay_ports == RelayPorts::kSockets) return overlay::ok();
  for (const overlay::IpAddress& address : config_.turn->relay_addresses) {
    const auto steered = steer_relay_ports(address);
    if (steered) continue;
    if (config_.packet_io.relay_ports == RelayPorts::kSteered)
      return overlay::failure("packet_io.relay_ports: " + steered.error().message +
                              "; or configure relay_ports: sockets");
    overlay::log(overlay::Level::kInfo, "relay_ports_not_steered",
                 {{"address", address.to_string()}, {"reason", steered.error().message}});
  }
  return overlay::ok();
}

overlay::Status Node::steer_relay_ports(const overlay::IpAddress& address) {
  auto steering = overlay::PortSteering::attach(address, static_cast<std::uint32_t>(data_planes_.size()));
  if (!steering) return overlay::failure(steering.error().message);
  // A data plane that cannot join the steering uses sockets, which get their datagrams in the usual way.
  overlay::PortSteering& kept = *steerings_.emplace_back(std::move(steering).value());
  for (const auto& plane : data_planes_)
    if (auto steered = plane->steer_relay_ports(kept); !steered) return steered;
  return overlay::ok();
}

overlay::Status Node::attach_xdp() {
  if (!config_.turn || config_.packet_io.xdp.empty()) return overlay::ok();
  auto loaded = XdpRelay::load();
  if (!loaded) return overlay::failure("packet_io.xdp: " + loaded.error().message);
  xdp_ = std::move(loaded).value();
  fast_path_watch_.emplace(*xdp_);
  for (const std::string& interface : config_.packet_io.xdp) {
    const auto place = xdp_->attach(interface);
    if (!place) return overlay::failure("packet_io.xdp: " + place.error().message);
    if (auto added = fast_path_watch_->add(interface, *place, overlay::system_now()); !added)
      return overlay::failure("packet_io.xdp: " + added.error().message);
  }
  control_.on_second([this] { fast_path_watch_->on_second(overlay::system_now()); });
  for (const auto& plane : data_planes_)
    plane->use_fast_path(*xdp_, data_planes_.size());
  return overlay::ok();
}

void Node::run() {
  for (const auto& plane : data_planes_)
    plane->start();
  log_started();
  DescriptorWatch::check_limit(config_);
  awaited_addresses_.expect(own_addresses(config_));
  notify_ready();
  control_.run();
  notify_stopping();
  for (const auto& plane : data_planes_)
    plane->stop();
  control_.take_last_messages();
  known_hubs_file_.finish(control_.plane().known_hubs());
  for (const auto& plane : data_planes_)
    control_.write_usage(plane->last_usage());
  overlay::log(overlay::Level::kInfo, "node_stopped", {{"node", credentials_.identity.certificate().name}});
}

ReloadReport Node::reload(bool with_grace) {
  ReloadReport report = reload_.reload(with_grace);
  awaited_addresses_.expect(own_addresses(current_));
  DescriptorWatch::check_limit(current_);
  return report;
}

void Node::report_liveness() {
  const auto verdict = watchdog_.check(control_.plane().reported_at(), overlay::system_now());
  if (!verdict.stalled) notify_alive();
  if (!verdict.has_changed) return;
  if (verdict.stalled)
    overlay::log(overlay::Level::kError, "data_plane_stalled", {{"data_plane", *verdict.stalled}});
  else
    overlay::log(overlay::Level::kWarning, "data_planes_resumed", {});
}

void Node::log_started() const {
  const overlay::Certificate& self = credentials_.identity.certificate();
  overlay::log(overlay::Level::kInfo, "node_started",
               {{"node", self.name},
                {"id", self.node.value()},
                {"roles", roles(config_.node)},
                {"provider", self.provider},
                {"region", self.region},
                {"version", overlay::version()},
                {"cores", data_planes_.size()},
                {"overlay", config_.overlay ? joined(config_.overlay->listen) : "none"},
                {"advertise", config_.overlay ? joined(config_.overlay->advertise) : "none"},
                {"turn", config_.turn ? listeners(*config_.turn) : "none"},
                {"relayed", config_.turn ? relay_candidates(*config_.turn) : "none"},
                {"admin", config_.admin.socket}});
}

}  // namespace relay
