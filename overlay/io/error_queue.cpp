#include "overlay/io/error_queue.h"

#include <array>
#include <cstring>

#include <linux/errqueue.h>

#include "overlay/io/socket_address.h"

namespace overlay {
namespace {

bool is_error_report(const cmsghdr& control) {
  return (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_RECVERR) ||
         (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_RECVERR);
}

std::optional<sock_extended_err> find_report(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (!is_error_report(*control)) continue;
    sock_extended_err report{};
    std::memcpy(&report, CMSG_DATA(control), sizeof report);
    return report;
  }
  return std::nullopt;
}

}  // namespace

// The payload of the datagram is not read: the message's name holds its destination.
ErrorQueue::Taken ErrorQueue::take(const UdpSocket& socket) {
  SocketAddress remote{};
  alignas(cmsghdr) std::array<std::uint8_t, 512> control;
  msghdr header{};
  header.msg_name = &remote;
  header.msg_namelen = sizeof remote;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  if (::recvmsg(socket.fd(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return {.is_empty = true};

  const auto report = find_report(header);
  if (!report || (report->ee_origin != SO_EE_ORIGIN_ICMP && report->ee_origin != SO_EE_ORIGIN_ICMP6))
    return {};
  return {.error = IcmpError{.local = socket.local(),
                             .remote = to_endpoint(remote),
                             .type = report->ee_type,
                             .code = report->ee_code,
                             .mtu = report->ee_info}};
}

}  // namespace overlay
