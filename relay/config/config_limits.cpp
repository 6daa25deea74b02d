#include "relay/config/config_limits.h"

#include <string>

#include "relay/config/config_values.h"

namespace relay {
namespace {

using namespace std::chrono_literals;

constexpr CountRange kAny{0, 10'000'000};

}  // namespace

void read_limits(MapReader& limits, LimitsConfig& target) {
  limits.value("allocations_per_tenant", target.allocations_per_tenant, kAny);
  limits.value("allocations_per_source", target.allocations_per_source, kAny);
  limits.value("permissions", target.permissions, CountRange{1, 4096});
  limits.value("channels", target.channels, CountRange{1, 4096});
  limits.value("new_peers_per_second", target.new_peers_per_second, kAny);
  limits.value("bandwidth_per_allocation", target.bandwidth_per_allocation, parse_bandwidth);
  limits.value("bandwidth_per_tenant", target.bandwidth_per_tenant, parse_bandwidth);
  limits.value("bandwidth_burst", target.bandwidth_burst, DurationRange{1ms, 1min});
  limits.value("challenges_per_second", target.challenges_per_second, kAny);
}

void read_lifetime(MapReader& lifetime, LifetimeConfig& target) {
  lifetime.value("default", target.initial, DurationRange{1min, 24h});
  target.unasked = target.initial;
  lifetime.value("unasked", target.unasked, DurationRange{30s, 24h});
  lifetime.value("max", target.longest, DurationRange{1min, 24h});
  if (target.longest < target.initial)
    lifetime.complain("max", {"is shorter than default (" + print_duration(target.initial) + ")",
                              "raise max or lower default"});
  else if (target.longest < target.unasked)
    lifetime.complain("unasked", {"is longer than max (" + print_duration(target.longest) + ")",
                                  "raise max or lower unasked"});
}

void read_tcp_relay(MapReader& tcp_relay, TcpRelayConfig& target) {
  tcp_relay.value("enabled", target.is_enabled, parse_switch);
  tcp_relay.value("connections", target.connections, CountRange{1, 100'000});
  tcp_relay.value("connections_per_allocation", target.connections_per_allocation, CountRange{1, 1'000});
}

// A limit that does not hold for all is worse than none.
void check_tcp_relay(MapReader& turn, const TurnSection& section) {
  const bool limits_bandwidth =
      section.limits.bandwidth_per_allocation > 0 || section.limits.bandwidth_per_tenant > 0;
  if (section.tcp_relay.is_enabled && limits_bandwidth)
    turn.complain("tcp_relay", {"is not held to the bandwidth limits of turn.limits",
                                "remove these, or write enabled: false"});
}

}  // namespace relay
