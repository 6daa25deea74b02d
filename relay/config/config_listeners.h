// Where clients call: turn.listen, turn.listeners and turn.tls of the configuration.
#pragma once

#include "relay/config/config.h"
#include "relay/config/config_reader.h"

namespace relay {

void read_listeners(MapReader& turn, TurnSection& target);
// What ties listeners to each other and to the certificate. After turn.tls was read.
void check_listeners(MapReader& turn, const TurnSection& section);

}  // namespace relay
