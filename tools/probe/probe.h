// Tries a TURN server as a client would, step by step, over one transport: connect, allocate, bind a channel,
// send through, give back. The peer is a second allocation on the same server, which is reachable wherever
// the server is; or a socket of ours, when an address is given. Blocking, with a deadline for each step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "tools/probe/connection.h"
#include "tools/turn_client/turn_messages.h"

namespace probe {

struct ProbePlan {
  std::string host;  // what a certificate must be for
  overlay::Endpoint server;
  call::Credentials credentials;
  Trust trust;
  std::optional<overlay::IpAddress> peer_address;  // ours, as the server reaches it
  int packets = 20;
  overlay::Duration patience = std::chrono::seconds(5);  // for each step
};

struct Step {
  std::string name;
  bool is_done = false;
  overlay::Duration took{};
  std::string detail;  // what came of it, or what to do
};

struct ProbeReport {
  Transport transport{};
  std::vector<Step> steps;  // up to the first that failed
  int sent = 0;
  int returned = 0;
  std::optional<overlay::Duration> round_trip;  // median

  [[nodiscard]] bool is_good() const {
    return !steps.empty() && steps.back().is_done && returned == sent && sent > 0;
  }
};

[[nodiscard]] ProbeReport run_probe(Transport transport, const ProbePlan& plan);

// The first address of a name.
[[nodiscard]] overlay::Result<overlay::IpAddress> resolve(const std::string& host);

}  // namespace probe
