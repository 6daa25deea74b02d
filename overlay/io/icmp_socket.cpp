#include "overlay/io/icmp_socket.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <linux/icmp.h>
#include <netinet/icmp6.h>

#include "overlay/io/icmp_message.h"
#include "overlay/io/socket_address.h"

namespace overlay {
namespace {

// Room for the headers of both packets with all options, and the ports.
constexpr std::size_t kEnough = 256;

// The filter discards all other ICMP messages before they are queued.
bool let_errors_pass(int fd, bool is_v4) {
  if (is_v4) {
    const icmp_filter all_but{~(1u << ICMP_DEST_UNREACH | 1u << ICMP_TIME_EXCEEDED)};
    return ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &all_but, sizeof all_but) == 0;
  }
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  for (const int type : {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED})
    ICMP6_FILTER_SETPASS(type, &filter);
  return ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0;
}

// The host may get the address later, as with UdpSocketOptions::may_be_absent.
void let_be_absent(int fd, bool is_v4) {
  const int on = 1;
  (void)(is_v4 ? ::setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on)
               : ::setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on));
}

}  // namespace

Result<IcmpSocket> IcmpSocket::open(const IpAddress& local) {
  SocketAddress address{};
  const socklen_t length = to_socket_address({local, 0}, address);
  const int protocol = local.is_v4() ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  FileDescriptor fd(::socket(address.any.sa_family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (fd.is_open()) let_be_absent(fd.get(), local.is_v4());
  if (!fd.is_open() || !let_errors_pass(fd.get(), local.is_v4()) ||
      ::bind(fd.get(), &address.any, length) != 0)
    return failure("cannot receive ICMP errors at " + local.to_string() + ": " + std::strerror(errno) +
                   "; it needs the capability CAP_NET_RAW");
  return IcmpSocket(std::move(fd), local);
}

IcmpSocket::Taken IcmpSocket::take() {
  ByteArray<kEnough> storage;
  const ssize_t got = ::recv(fd_.get(), storage.data(), storage.size(), MSG_DONTWAIT);
  if (got < 0) return {.is_empty = true};
  const Bytes packet = Bytes(storage).first(static_cast<std::size_t>(got));
  return {.error = local_.is_v4() ? parse_icmp_v4(packet) : parse_icmp_v6(packet)};
}

}  // namespace overlay
