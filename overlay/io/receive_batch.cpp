#include "overlay/io/receive_batch.h"

#include <cerrno>
#include <cstring>

namespace overlay {
namespace {

template <typename T>
T read_value(cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

void read_control(cmsghdr& header, DatagramMeta& meta) {
  if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_TOS)
    meta.traffic_class = read_value<std::uint8_t>(header);
  else if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_TCLASS)
    meta.traffic_class = static_cast<TrafficClass>(read_value<int>(header));
  else if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO)
    meta.local.address = to_ip_address(read_value<in_pktinfo>(header).ipi_addr);
  else if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO)
    meta.local.address = to_ip_address(read_value<in6_pktinfo>(header).ipi6_addr);
}

}  // namespace

ReceiveBatch::ReceiveBatch() {
  for (std::size_t i = 0; i < kMaxDatagrams; ++i) {
    messages_[i].msg_hdr.msg_iov = &areas_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &sources_[i];
    messages_[i].msg_hdr.msg_control = &controls_[i];
  }
}

std::size_t ReceiveBatch::receive(const UdpSocket& socket, std::span<PacketBuffer* const> buffers,
                                  IoCounters& counters) {
  DCHECK(buffers.size() <= kMaxDatagrams);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const MutableBytes area = buffers[i]->receive_area();
    areas_[i] = {area.data(), area.size()};
    messages_[i].msg_hdr.msg_namelen = sizeof(SocketAddress);
    messages_[i].msg_hdr.msg_controllen = sizeof(Control);
  }
  ++counters.receive_calls;
  const int got =
      ::recvmmsg(socket.fd(), messages_.data(), static_cast<unsigned>(buffers.size()), MSG_DONTWAIT, nullptr);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) ++counters.receive_errors;
    return 0;
  }
  const auto count = static_cast<std::size_t>(got);
  counters.received += count;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_oversized(i))
      ++counters.oversized;
    else
      buffers[i]->resize(messages_[i].msg_len);
  }
  return count;
}

bool ReceiveBatch::is_oversized(std::size_t i) const {
  return (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

DatagramMeta ReceiveBatch::meta(std::size_t i, const UdpSocket& socket) const {
  DatagramMeta meta{.source = to_endpoint(sources_[i]), .local = socket.local()};
  msghdr header = messages_[i].msg_hdr;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control))
    read_control(*control, meta);
  return meta;
}

}  // namespace overlay
