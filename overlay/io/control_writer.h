// Control messages of a send call (cmsg(3)).
#pragma once

#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_io.h"

namespace overlay {

// Appends to the header's control messages. The control area of the header must have room for all of them.
class ControlWriter {
 public:
  explicit ControlWriter(msghdr& header) : header_(header) {}

  template <typename T>
  void add(int level, int type, const T& value) {
    auto* const at =
        reinterpret_cast<cmsghdr*>(static_cast<std::byte*>(header_.msg_control) + header_.msg_controllen);
    at->cmsg_level = level;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(at), &value, sizeof value);
    header_.msg_controllen += CMSG_SPACE(sizeof value);
  }
  // 0 is the default of sockets and needs no message.
  void add_traffic_class(TrafficClass traffic_class, AddressFamily family) {
    if (traffic_class == 0) return;
    const int value = traffic_class;
    if (family == AddressFamily::kV4)
      add(IPPROTO_IP, IP_TOS, value);
    else
      add(IPPROTO_IPV6, IPV6_TCLASS, value);
  }
  // Sets the source address of the datagram.
  void add_source(const IpAddress& source) {
    const Bytes octets = source.octets();
    if (source.is_v4()) {
      in_pktinfo pin{};
      std::memcpy(&pin.ipi_spec_dst, octets.data(), octets.size());
      add(IPPROTO_IP, IP_PKTINFO, pin);
    } else {
      in6_pktinfo pin{};
      std::memcpy(&pin.ipi6_addr, octets.data(), octets.size());
      add(IPPROTO_IPV6, IPV6_PKTINFO, pin);
    }
  }

 private:
  msghdr& header_;
};

}  // namespace overlay
