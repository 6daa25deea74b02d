#include "tools/load/train.h"

#include <cstring>
#include <ctime>

#include <netinet/udp.h>
#include <sys/socket.h>

#include "overlay/base/check.h"
#include "tools/turn_client/turn_messages.h"

namespace load {

Train::Train(overlay::ByteVector unit, std::size_t payload_at, std::size_t packets)
    : unit_(unit.size()), payload_at_(payload_at), packets_(packets) {
  for (std::size_t i = 0; i < packets; ++i)
    bytes_.insert(bytes_.end(), unit.begin(), unit.end());
}

Train Train::bare(std::size_t payload, std::size_t packets) {
  return {overlay::ByteVector(payload), 0, packets};
}

Train Train::encoded(Encoding encoding, const overlay::Endpoint& peer, std::size_t payload,
                     std::size_t packets) {
  const overlay::ByteVector content(payload, 0x2a);
  const auto unit = encoding == Encoding::kChannelData
                        ? call::encode_channel_data(call::TurnClient::kChannel, content)
                        : call::encode_send_indication(peer, content);
  const auto inside = call::parse_media(unit);
  CHECK(inside && inside->size() == payload);
  return {unit, static_cast<std::size_t>(inside->data() - unit.data()), packets};
}

std::size_t Train::send(int fd, std::uint64_t number, std::int64_t now) {
  for (std::size_t i = 0; i < packets_; ++i) {
    const Stamp stamp{now, number + i};
    std::memcpy(&bytes_[i * unit_ + payload_at_], &stamp, sizeof(stamp));
  }
  iovec vector{bytes_.data(), bytes_.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  if (packets_ > 1) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment = static_cast<std::uint16_t>(unit_);
    std::memcpy(CMSG_DATA(header), &segment, sizeof(segment));
  }
  return ::sendmsg(fd, &message, 0) < 0 ? 0 : packets_;
}

std::int64_t civil_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::optional<Stamp> read_stamp(overlay::Bytes payload) {
  Stamp stamp;
  if (payload.size() < sizeof(stamp)) return std::nullopt;
  std::memcpy(&stamp, payload.data(), sizeof(stamp));
  return stamp;
}

}  // namespace load
