// One row of `causeway allocations`, as a data plane reports it, and which rows somebody asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_io.h"

namespace relay {

struct AllocationReport {
  std::string id = {};  // "DATA PLANE-NUMBER", unique while the process lives; empty in usage records
  overlay::Endpoint client;
  overlay::Endpoint relayed;
  std::optional<overlay::Endpoint> second_relayed = std::nullopt;   // of the other family: a dual allocation
  overlay::Transport transport = overlay::Transport::kUdp;          // of the client leg
  overlay::Transport relayed_transport = overlay::Transport::kUdp;  // TCP with RFC 6062
  std::string username;
  std::int64_t age_s = 0;
  std::int64_t expires_in_s = 0;
  std::uint64_t packets_to_peer = 0;
  std::uint64_t bytes_to_peer = 0;  // payload
  std::uint64_t packets_to_client = 0;
  std::uint64_t bytes_to_client = 0;
};

// Empty members match everything.
struct AllocationFilter {
  std::string
      user;  // the whole name, or what follows the time of a signed one: "1700000000:alice" is alice's
  std::string client;   // "192.0.2.9" or "192.0.2.9:5000"
  std::string relayed;  // the same
  std::string transport;
  std::string id;

  [[nodiscard]] bool is_empty() const { return *this == AllocationFilter{}; }
  bool operator==(const AllocationFilter&) const = default;
  [[nodiscard]] bool matches(const AllocationReport& allocation) const;
};

// The matching allocations of one data plane.
struct AllocationList {
  std::size_t total = 0;    // of it
  std::size_t matched = 0;  // may be more than are listed
  std::vector<AllocationReport> listed;
};

}  // namespace relay
