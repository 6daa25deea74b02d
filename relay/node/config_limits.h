// turn.limits, turn.lifetime and turn.alternatives of the configuration.
#pragma once

#include "relay/node/config.h"
#include "relay/node/config_reader.h"

namespace relay {

void read_limits(MapReader& limits, LimitsConfig& target);
void read_lifetime(MapReader& lifetime, LifetimeConfig& target);
void check_alternatives(MapReader& turn, const TurnSection& section);

}  // namespace relay
