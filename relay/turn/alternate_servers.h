// Selects the server that a full or draining node names in a 300 answer (RFC 8489 section 10). Belongs to a
// TurnServer and its thread.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/drain.h"
#include "relay/turn/turn_server_config.h"

namespace relay {

class AlternateServers {
 public:
  // Reads the current values of both, which outlive this.
  AlternateServers(const TurnServerConfig& config, const std::optional<Drain>& drain)
      : config_(config), drain_(drain) {}

  // 300 in place of 508 if the client can be sent to another server. Other failures stay.
  [[nodiscard]] TurnFailure redirect(const TurnRequest& request, const TurnFailure& failure) const;
  // The next server for this client, in turn. redirect() has returned 300 for the request.
  [[nodiscard]] overlay::Endpoint next(const TurnRequest& request);

 private:
  [[nodiscard]] std::vector<overlay::Endpoint> servers_for(const TurnRequest& request) const;

  const TurnServerConfig& config_;
  const std::optional<Drain>& drain_;
  std::size_t next_ = 0;
};

}  // namespace relay
