// A host of the lab: a network namespace with one TUN device. The WAN holds the other end of the device.
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
  std::string netns;   // path of the namespace, for example /run/netns/cw-hub-aws-fra
  std::string device;  // the TUN device in the namespace
  std::vector<overlay::IpAddress> addresses;
  std::vector<std::string>
      labels;  // "provider:aws", "region:fra": selectors for faults, in addition to the name
};

}  // namespace wan
