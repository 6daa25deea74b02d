// The servers that clients are sent to (300): which ones cannot be meant.
#pragma once

#include <optional>

#include "relay/config/config.h"
#include "relay/config/config_reader.h"
#include "relay/config/config_values.h"

namespace relay {

// What is wrong with sending the clients of `section` to that server.
[[nodiscard]] std::optional<Complaint> complaint_about_alternative(const overlay::Endpoint& server,
                                                                   const TurnSection& section);
void check_alternatives(MapReader& turn, const TurnSection& section);

}  // namespace relay
