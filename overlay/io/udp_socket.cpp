#include "overlay/io/udp_socket.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <netinet/udp.h>

#include "overlay/io/fragmentation.h"
#include "overlay/io/socket_address.h"

namespace overlay {
namespace {

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// The privileged form may exceed net.core.[rw]mem_max.
void grow_buffers(int fd, std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted))
    (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, wanted);
  if (!set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, wanted))
    (void)set_option(fd, SOL_SOCKET, SO_SNDBUF, wanted);
}

bool report_errors(int fd, bool is_v4) {
  return is_v4 ? set_option(fd, IPPROTO_IP, IP_RECVERR, 1) : set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

bool configure_v4(int fd, bool is_wildcard) {
  return set_option(fd, IPPROTO_IP, IP_RECVTOS, 1) && set_fragmentation(fd, AddressFamily::kV4, true) &&
         (!is_wildcard || set_option(fd, IPPROTO_IP, IP_PKTINFO, 1));
}

bool configure_v6(int fd, bool is_wildcard) {
  return set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) &&
         set_fragmentation(fd, AddressFamily::kV6, true) &&
         (!is_wildcard || set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
}

// Linux 4.15 and newer have it for IPv6. Without it, bind() reports an absent address.
void let_be_absent(int fd, bool is_v4) {
  (void)(is_v4 ? set_option(fd, IPPROTO_IP, IP_FREEBIND, 1) : set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1));
}

bool report_destination(int fd, bool is_v4) {
  return is_v4 ? set_option(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, 1)
               : set_option(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1);
}

std::string remedy_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process has this port; stop it (`ss -ulpn` names it) or configure another port";
    case EADDRNOTAVAIL:
      return "no interface of this machine has this address (behind a NAT: listen on the machine's own); `ip "
             "address` lists those it has";
    case EACCES:
      return "ports below 1024 need the capability CAP_NET_BIND_SERVICE";
    case EAFNOSUPPORT:
      return "the kernel has no support for this address family";
    case EMFILE:
    case ENFILE:
      return "the limit of open files is reached; raise it (`ulimit -n`, LimitNOFILE=)";
    default:
      return "see the system's log";
  }
}

Unexpected<Error> open_failure(const Endpoint& local, int error) {
  return failure("cannot open UDP port " + local.to_string() + ": " + std::strerror(error) + "; " +
                 remedy_for(error));
}

Endpoint bound_endpoint(int fd) {
  SocketAddress address{};
  socklen_t length = sizeof address;
  CHECK(::getsockname(fd, &address.any, &length) == 0);
  return to_endpoint(address);
}

}  // namespace

Result<UdpSocket> UdpSocket::open(const Endpoint& local, const UdpSocketOptions& options) {
  SocketAddress address{};
  const socklen_t length = to_socket_address(local, address);
  if (length == 0) return failure("cannot open a UDP port without an address");

  FileDescriptor fd(::socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!fd.is_open()) return open_failure(local, errno);
  const bool is_wildcard = local.address.is_unspecified();
  const bool is_configured =
      (local.address.is_v4() ? configure_v4(fd.get(), is_wildcard) : configure_v6(fd.get(), is_wildcard)) &&
      (!options.is_shared || set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1));
  const bool is_asked = !options.reports_errors || report_errors(fd.get(), local.address.is_v4());
  if (!is_configured || !is_asked ||
      (options.is_steered_to && !report_destination(fd.get(), local.address.is_v4())))
    return open_failure(local, errno);
  // A kernel before 5.0 has no UDP_GRO and delivers each datagram alone.
  if (options.takes_runs) (void)set_option(fd.get(), IPPROTO_UDP, UDP_GRO, 1);
  // The smallest size that the kernel allows: room for one or two datagrams.
  if (options.only_sends) (void)set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, 0);
  if (options.may_be_absent) let_be_absent(fd.get(), local.address.is_v4());
  if (options.buffer_bytes > 0) grow_buffers(fd.get(), options.buffer_bytes);
  if (::bind(fd.get(), &address.any, length) != 0) return open_failure(local, errno);
  const Endpoint bound = local.port == 0 ? bound_endpoint(fd.get()) : local;
  UdpSocket socket(std::move(fd), bound);
  socket.reports_errors_ = options.reports_errors;
  return socket;
}

bool UdpSocket::is_quiet() const {
  std::uint8_t first = 0;
  return ::recv(fd_.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void UdpSocket::set_dont_fragment(bool is_set) const {
  (void)set_fragmentation(fd_.get(), local_.address.family(), !is_set);
}

UdpSocket::UdpSocket(FileDescriptor fd, const Endpoint& local)
    : fd_(std::move(fd)), local_(local), is_wildcard_(local.address.is_unspecified()) {}

}  // namespace overlay
