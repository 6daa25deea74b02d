// Checks the servers that clients are sent to with error 300 (ALTERNATE-SERVER).
#pragma once

#include <optional>

#include "relay/config/config.h"
#include "relay/config/config_reader.h"
#include "relay/config/config_values.h"

namespace relay {

// The reason why clients of `section` cannot be sent to that server; nullopt if they can.
[[nodiscard]] std::optional<Complaint> complaint_about_alternative(const overlay::Endpoint& server,
                                                                   const TurnSection& section);
// Reports each such server of turn.alternatives and turn.tls_alternatives.
void check_alternatives(MapReader& turn, const TurnSection& section);

}  // namespace relay
