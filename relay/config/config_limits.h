// turn.limits, turn.lifetime and turn.tcp_relay of the configuration.
#pragma once

#include "relay/config/config.h"
#include "relay/config/config_reader.h"

namespace relay {

void read_limits(MapReader& limits, LimitsConfig& target);
void read_lifetime(MapReader& lifetime, LifetimeConfig& target);
void read_tcp_relay(MapReader& tcp_relay, TcpRelayConfig& target);
void check_tcp_relay(MapReader& turn, const TurnSection& section);

}  // namespace relay
