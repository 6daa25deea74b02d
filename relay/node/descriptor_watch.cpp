#include "relay/node/descriptor_watch.h"

#include <string>

#include <fcntl.h>

#include "overlay/base/log.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/node/plane_configs.h"

namespace relay {
namespace {

constexpr const char* kRemedy = "raise LimitNOFILE= of the unit, or ulimit -n";

}  // namespace

std::size_t needed_descriptors(const NodeConfig& config) {
  constexpr std::size_t kOfEachPlane = 16;  // loop, timers, mailboxes, ports for neighbors
  const std::size_t cores = count_cores(config);
  std::size_t needed = overlay::reserved_descriptors(overlay::descriptor_limit()) + kOfEachPlane * cores;
  if (!config.turn) return needed;
  needed += config.turn->max_allocations;
  needed += config.turn->max_connections;
  if (config.turn->tcp_relay.is_enabled) needed += config.turn->tcp_relay.connections;
  return needed + 2 * cores * config.turn->all_listeners().size();
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
