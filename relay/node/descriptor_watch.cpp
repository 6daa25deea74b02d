#include "relay/node/descriptor_watch.h"

#include <algorithm>
#include <string>

#include <fcntl.h>

#include "overlay/base/log.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/node/plane_configs.h"

namespace relay {
namespace {

constexpr const char* kRemedy = "raise LimitNOFILE= of the unit, or ulimit -n";
constexpr std::size_t kOfProcess = 24;            // log, signals, admin socket, metrics, netlink, files
constexpr std::size_t kOfEachLoop = 8;            // epoll, wake-up, timers, and libevent's own
constexpr std::size_t kOfEachStreamListener = 2;  // the listener and its spare
constexpr std::size_t kOfEachSteeredAddress = 3;  // receiver, sender, ICMP errors

std::size_t relay_addresses(const TurnSection& turn) {
  return std::max<std::size_t>(turn.relay_addresses.size(), 1);
}

std::size_t of_each_plane(const NodeConfig& config) {
  if (!config.turn) return kOfEachLoop;
  std::size_t count = kOfEachLoop;
  for (const ListenerConfig& listener : config.turn->all_listeners()) {
    using enum overlay::Transport;
    if (listener.takes(kUdp) || listener.takes(kDtls)) ++count;
    if (listener.takes(kTcp) || listener.takes(kTls)) count += kOfEachStreamListener;
  }
  if (config.packet_io.relay_ports != RelayPorts::kSockets)
    count += kOfEachSteeredAddress * relay_addresses(*config.turn);
  return count;
}

// A client may have a relayed address of each family, and a TCP allocation a port of its own.
std::size_t of_relayed_addresses(const TurnSection& turn, std::size_t cores) {
  const std::size_t own = turn.max_allocations * relay_addresses(turn);
  if (turn.shared_relay_ports == 0 || turn.tcp_relay.is_enabled) return own;
  return std::min(own, turn.shared_relay_ports * relay_addresses(turn) * cores);
}

// Half of the connections may go on to an HTTPS backend, over a second socket.
std::size_t of_connections(const TurnSection& turn) {
  const bool has_backend = std::ranges::any_of(
      turn.listeners, [](const ListenerConfig& listener) { return listener.https_backend.has_value(); });
  const std::size_t of_peers = turn.tcp_relay.is_enabled ? turn.tcp_relay.connections : 0;
  return turn.max_connections + (has_backend ? turn.max_connections / 2 : 0) + of_peers;
}

}  // namespace

std::size_t descriptors_at_start(const NodeConfig& config) {
  const std::size_t overlay_ports = config.overlay ? config.overlay->listen.size() : 0;
  return overlay::reserved_descriptors(overlay::descriptor_limit()) + kOfProcess + kOfEachLoop +
         overlay_ports + count_cores(config) * of_each_plane(config);
}

std::size_t needed_descriptors(const NodeConfig& config) {
  const std::size_t at_start = descriptors_at_start(config);
  if (!config.turn) return at_start;
  return at_start + of_relayed_addresses(*config.turn, count_cores(config)) + of_connections(*config.turn);
}

overlay::Status DescriptorWatch::check_start(const NodeConfig& config) {
  const std::size_t limit = overlay::descriptor_limit();
  const std::size_t needed = descriptors_at_start(config);
  if (needed <= limit) return overlay::ok();
  return overlay::failure("the limit of " + std::to_string(limit) +
                          " open files is too low: " + std::to_string(count_cores(config)) +
                          " data planes need " + std::to_string(needed) + " before the first client comes; " +
                          kRemedy + "; or configure fewer cores");
}

void DescriptorWatch::check_limit(const NodeConfig& config) {
  const std::size_t limit = overlay::descriptor_limit();
  const std::size_t needed = needed_descriptors(config);
  if (needed <= limit) return;
  overlay::log(
      overlay::Level::kWarning, "descriptors_too_few",
      {{"limit", limit},
       {"needed", needed},
       {"reason", std::string(kRemedy) + "; or lower turn.max_allocations and turn.max_connections"}});
}

bool DescriptorWatch::has_only_reserve() {
  const overlay::FileDescriptor probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return !probe.is_open() || overlay::is_of_reserve(probe.get());
}

void DescriptorWatch::note(bool is_exhausted, overlay::Instant now) {
  if (is_exhausted) {
    free_since_ = now;
    if (is_exhausted_) return;
    is_exhausted_ = true;
    overlay::log(overlay::Level::kError, "descriptors_exhausted",
                 {{"limit", overlay::descriptor_limit()}, {"reason", kRemedy}});
    return;
  }
  if (!is_exhausted_ || now - free_since_ < kOverAfter) return;
  is_exhausted_ = false;
  overlay::log(overlay::Level::kInfo, "descriptors_available", {{"limit", overlay::descriptor_limit()}});
}

}  // namespace relay
