// A machine of the lab: a network namespace with one TUN device, whose other end is the WAN.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/strong_id.h"

namespace wan {

using HostIndex = overlay::StrongId<struct HostIndexTag, std::uint16_t>;

struct Host {
  std::string name;
  std::string netns;   // a file, such as /run/netns/cw-hub-aws-fra
  std::string device;  // the TUN device in there
  std::vector<overlay::IpAddress> addresses;
  std::vector<std::string> labels;  // "provider:aws", "region:fra": what a fault may name instead of hosts
};

}  // namespace wan
