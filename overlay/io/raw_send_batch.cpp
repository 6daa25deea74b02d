#include "overlay/io/raw_send_batch.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <linux/filter.h>

#include "overlay/base/check.h"
#include "overlay/io/control_writer.h"
#include "overlay/io/fragmentation.h"

namespace overlay {
namespace {

// A raw UDP socket gets a copy of all datagrams for the address that it is bound to, so it is bound to an
// address without datagrams. A socket connected to a silent address would get none either, but the kernel
// would then number its packets for all destinations in one sequence, which tells each destination about the
// others. Where loopback is down, the socket is bound to all addresses and the filter discards the copies.
bool receives_nothing(int fd, AddressFamily family) {
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog filter{std::size(nothing), nothing};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) return false;
  SocketAddress loopback{};
  const auto text = family == AddressFamily::kV4 ? "127.0.0.1" : "::1";
  const socklen_t length = to_socket_address({IpAddress::parse(text).value(), 0}, loopback);
  return ::bind(fd, &loopback.any, length) == 0 || errno == EADDRNOTAVAIL;
}

}  // namespace

Result<std::unique_ptr<RawSendBatch>> RawSendBatch::open(AddressFamily family) {
  const int domain = family == AddressFamily::kV4 ? AF_INET : AF_INET6;
  FileDescriptor fd(::socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!fd.is_open() || !set_fragmentation(fd.get(), family, true) || !receives_nothing(fd.get(), family))
    return failure(std::string("cannot open a raw socket: ") + std::strerror(errno) +
                   "; it needs the capability CAP_NET_RAW");
  const int bytes = 4 << 20;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return std::unique_ptr<RawSendBatch>(new RawSendBatch(std::move(fd)));
}

void RawSendBatch::append(const DatagramRoute& route, Bytes payload) {
  DCHECK(!is_full());
  Datagram& datagram = datagrams_[count_];
  datagram.route = route;
  datagram.payload = payload;
  write_udp_header(route, payload, datagram.header);
  datagram.areas[0] = {datagram.header.data(), datagram.header.size()};
  // The kernel only reads from the iovec of a send call.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  datagram.areas[1] = {const_cast<std::uint8_t*>(payload.data()), payload.size()};

  msghdr& header = messages_[count_].msg_hdr;
  header.msg_name = &datagram.destination;
  // A raw socket accepts only port 0.
  header.msg_namelen = to_socket_address({route.destination.address, 0}, datagram.destination);
  header.msg_iov = datagram.areas.data();
  header.msg_iovlen = datagram.areas.size();
  header.msg_control = &datagram.control;
  header.msg_controllen = 0;
  ControlWriter control(header);
  control.add_source(route.source.address);
  control.add_traffic_class(route.traffic_class, route.source.address.family());
  ++count_;
}

int RawSendBatch::send_from(std::size_t first, IoCounters& counters) {
  ++counters.send_calls;
  return ::sendmmsg(fd_.get(), &messages_[first], static_cast<unsigned>(count_ - first), MSG_DONTWAIT);
}

}  // namespace overlay
