#include "overlay/io/raw_send_batch.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "overlay/base/check.h"

namespace overlay {

Result<std::unique_ptr<RawSendBatch>> RawSendBatch::open(AddressFamily family) {
  const int domain = family == AddressFamily::kV4 ? AF_INET : AF_INET6;
  // IPPROTO_RAW: whole packets go out, nothing comes in (raw(7), RFC 3542 section 3).
  FileDescriptor fd(::socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!fd.is_open())
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
  const std::size_t headers = write_udp_headers(route, payload, datagram.headers);
  datagram.areas[0] = {datagram.headers.data(), headers};
  // The kernel only reads from what a send's iovec points to.
  datagram.areas[1] = {const_cast<std::uint8_t*>(payload.data()), payload.size()};

  msghdr& header = messages_[count_].msg_hdr;
  header.msg_name = &datagram.destination;
  // A raw socket takes no port but zero.
  header.msg_namelen = to_socket_address({route.destination.address, 0}, datagram.destination);
  header.msg_iov = datagram.areas.data();
  header.msg_iovlen = datagram.areas.size();
  ++count_;
}

int RawSendBatch::send_from(std::size_t first, IoCounters& counters) {
  ++counters.send_calls;
  return ::sendmmsg(fd_.get(), &messages_[first], static_cast<unsigned>(count_ - first), MSG_DONTWAIT);
}

}  // namespace overlay
