#include "overlay/io/send_batch.h"

#include <cerrno>
#include <cstring>

#include <netinet/udp.h>

#include "overlay/io/control_writer.h"

namespace overlay {
namespace {

// The largest payload in an Ethernet frame after IPv6 and UDP headers. The kernel segments messages, but does
// not fragment segments.
constexpr std::size_t kLargestSegment = 1452;
constexpr std::size_t kMaxSegments = 64;  // UDP_MAX_SEGMENTS before Linux 6.7
constexpr std::size_t kLargestRun = 65'000;

void count_failure(int error, std::uint64_t datagrams, IoCounters& counters) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      counters.send_buffer_full += datagrams;
      return;
    case ECONNREFUSED:
      counters.send_refused += datagrams;
      return;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
      counters.send_unreachable += datagrams;
      return;
    case EMSGSIZE:
      counters.send_too_long += datagrams;
      return;
    case EPERM:
    case EACCES:
      counters.send_denied += datagrams;
      return;
    default:
      counters.send_other += datagrams;
  }
}

}  // namespace

bool SendBatch::append(const UdpSocket& socket, const DatagramRoute& route, Bytes payload) {
  if (datagram_count_ == kMaxDatagrams) return false;
  // The kernel only reads from the iovec of a send call.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  const iovec area{const_cast<std::uint8_t*>(payload.data()), payload.size()};
  if (extend_last(route, payload)) {
    payloads_[datagram_count_++] = area;
    return true;
  }
  if (message_count_ == kMaxMessages) return false;
  Message& message = messages_[message_count_];
  message.route = route;
  message.first = datagram_count_;
  message.count = 1;
  message.bytes = payload.size();
  message.is_complete = false;
  payloads_[datagram_count_++] = area;
  write_header(socket, message, headers_[message_count_].msg_hdr);
  ++message_count_;
  return true;
}

// All datagrams of a run but the last have one size.
bool SendBatch::extend_last(const DatagramRoute& route, Bytes payload) {
  if (message_count_ == 0 || !has_segmentation_) return false;
  Message& last = messages_[message_count_ - 1];
  const std::size_t segment = payloads_[last.first].iov_len;
  const bool fits = !last.is_complete && last.count < kMaxSegments && !payload.empty() &&
                    payload.size() <= segment && segment <= kLargestSegment &&
                    last.bytes + payload.size() <= kLargestRun;
  if (!fits || last.route.destination != route.destination ||
      last.route.traffic_class != route.traffic_class || last.route.source != route.source)
    return false;
  ++last.count;
  last.bytes += payload.size();
  last.is_complete = payload.size() < segment;
  return true;
}

void SendBatch::write_header(const UdpSocket& socket, Message& message, msghdr& header) {
  header.msg_name = &message.destination;
  header.msg_namelen = to_socket_address(message.route.destination, message.destination);
  header.msg_iov = &payloads_[message.first];
  header.msg_iovlen = 1;
  header.msg_control = &message.control;
  header.msg_controllen = 0;
  ControlWriter control(header);
  control.add_traffic_class(message.route.traffic_class, socket.local().address.family());
  if (socket.is_wildcard() && !message.route.source.address.is_unspecified())
    control.add_source(message.route.source.address);
}

void SendBatch::transmit(const UdpSocket& socket, IoCounters& counters) {
  for (std::size_t i = 0; i < message_count_; ++i)
    finish_header(messages_[i], headers_[i].msg_hdr);
  bool has_tried_again = false;
  for (std::size_t next = 0; next < message_count_;) {
    ++counters.send_calls;
    const int taken = send_from(socket, next);
    if (taken < 0 && socket.reports_errors() && !has_tried_again) {
      // The kernel may have reported an ICMP error of an earlier datagram instead of sending this one.
      has_tried_again = true;
      continue;
    }
    has_tried_again = false;
    if (taken < 0) {
      fail(socket, messages_[next], headers_[next].msg_hdr, counters);
      ++next;
      continue;
    }
    for (int i = 0; i < taken; ++i)
      counters.sent += messages_[next++].count;
  }
  message_count_ = 0;
  datagram_count_ = 0;
}

// The number of messages that the kernel accepted, or -1. A single plain datagram, the usual case of a relay
// port, uses the cheapest call.
int SendBatch::send_from(const UdpSocket& socket, std::size_t next) {
  const msghdr& first = headers_[next].msg_hdr;
  if (message_count_ - next > 1 || first.msg_iovlen > 1 || first.msg_controllen > 0)
    return ::sendmmsg(socket.fd(), &headers_[next], static_cast<unsigned>(message_count_ - next),
                      MSG_DONTWAIT);
  const auto* const destination = static_cast<const sockaddr*>(first.msg_name);
  const auto sent = ::sendto(socket.fd(), first.msg_iov->iov_base, first.msg_iov->iov_len, MSG_DONTWAIT,
                             destination, first.msg_namelen);
  return sent < 0 ? -1 : 1;
}

void SendBatch::finish_header(const Message& message, msghdr& header) {
  header.msg_iovlen = message.count;
  if (message.count == 1) return;
  const auto segment = static_cast<std::uint16_t>(payloads_[message.first].iov_len);
  ControlWriter(header).add(IPPROTO_UDP, UDP_SEGMENT, segment);
}

// A run may fail where single datagrams do not: the path MTU is smaller, or the device cannot compute
// checksums.
void SendBatch::fail(const UdpSocket& socket, Message& message, msghdr& header, IoCounters& counters) {
  const int error = errno;
  const bool may_be_the_run = error == EINVAL || error == EMSGSIZE || error == EIO || error == EOPNOTSUPP;
  if (message.count == 1 || !may_be_the_run) return count_failure(error, message.count, counters);
  if (error == EIO || error == EOPNOTSUPP) has_segmentation_ = false;

  write_header(socket, message, header);
  for (std::size_t i = 0; i < message.count; ++i) {
    header.msg_iov = &payloads_[message.first + i];
    ++counters.send_calls;
    if (::sendmsg(socket.fd(), &header, MSG_DONTWAIT) < 0)
      count_failure(errno, 1, counters);
    else
      ++counters.sent;
  }
}

}  // namespace overlay
