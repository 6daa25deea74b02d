// Reads datagrams from a socket, many per call, and splits those that the kernel has coalesced (UDP GRO).
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include <netinet/udp.h>
#include <sys/socket.h>

#include "overlay/base/bytes.h"

namespace load {

class Receiver {
 public:
  Receiver() : storage_(kMessages * kRoom) {}

  // Calls take(datagram, arrived_at_ns) for each waiting datagram, up to a bound. arrived_at_ns is 0 unless
  // the socket has timestamps. Returns the number of datagrams.
  template <typename Take>
  std::size_t receive(int fd, Take take) {
    prepare();
    const int count = ::recvmmsg(fd, messages_.data(), kMessages, MSG_DONTWAIT, nullptr);
    std::size_t datagrams = 0;
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      const overlay::Bytes all(&storage_[i * kRoom], messages_[i].msg_len);
      const Notes notes = read_notes(messages_[i].msg_hdr);
      const std::size_t segment = notes.segment == 0 ? all.size() : notes.segment;
      for (std::size_t at = 0; at < all.size(); at += segment, ++datagrams)
        take(all.subspan(at, std::min(segment, all.size() - at)), notes.arrived_at);
    }
    return datagrams;
  }

 private:
  static constexpr std::size_t kMessages = 16;
  static constexpr std::size_t kRoom = 65536;
  static constexpr std::size_t kControlRoom = CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec));

  struct Notes {
    std::size_t segment = 0;
    std::int64_t arrived_at = 0;
  };

  void prepare() {
    for (std::size_t i = 0; i < kMessages; ++i) {
      vectors_[i] = {&storage_[i * kRoom], kRoom};
      messages_[i].msg_hdr = {};
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = controls_[i].data();
      messages_[i].msg_hdr.msg_controllen = kControlRoom;
    }
  }

  static Notes read_notes(msghdr& message) {
    Notes notes;
    for (cmsghdr* note = CMSG_FIRSTHDR(&message); note != nullptr; note = CMSG_NXTHDR(&message, note)) {
      if (note->cmsg_level == SOL_UDP && note->cmsg_type == UDP_GRO) {
        int segment = 0;
        std::memcpy(&segment, CMSG_DATA(note), sizeof(segment));
        notes.segment = static_cast<std::size_t>(segment);
      } else if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SCM_TIMESTAMPNS) {
        timespec at{};
        std::memcpy(&at, CMSG_DATA(note), sizeof(at));
        notes.arrived_at = std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
      }
    }
    return notes;
  }

  std::vector<std::uint8_t> storage_;
  std::array<iovec, kMessages> vectors_{};
  std::array<mmsghdr, kMessages> messages_{};
  alignas(cmsghdr) std::array<std::array<char, kControlRoom>, kMessages> controls_{};
};

}  // namespace load
