// One row of `causeway sessions`, as a data plane reports it.
#pragma once

#include <cstdint>
#include <string>

#include "overlay/base/endpoint.h"

namespace relay {

struct AllocationReport {
  overlay::Endpoint client;
  overlay::Endpoint relayed;
  std::string username;
  std::int64_t expires_in_s = 0;
  std::uint64_t packets_to_peer = 0;
  std::uint64_t packets_to_client = 0;
};

}  // namespace relay
