// Messages that wait for one client's stream. Bounded: a client that does not read loses media, which would
// be late anyway. Answers overtake media.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "overlay/base/bytes.h"

namespace relay {

class SendQueue {
 public:
  static constexpr std::size_t kMaxMediaBytes = 64 * 1024;
  static constexpr std::size_t kMaxAnswerBytes = 16 * 1024;

  // A whole STUN message or ChannelData; padded here (RFC 8656 section 12.5). False when there is no room.
  [[nodiscard]] bool push(overlay::Bytes message);
  // Moves whole messages to the end of `out`, answers first, until that has at least `enough` bytes.
  void take(std::size_t enough, overlay::ByteVector& out);

  [[nodiscard]] bool empty() const { return answers_.empty() && media_.empty(); }

 private:
  // Messages end to end.
  class Lane {
   public:
    [[nodiscard]] bool push(overlay::Bytes message, std::size_t most);
    void take(std::size_t enough, overlay::ByteVector& out);
    [[nodiscard]] bool empty() const { return sizes_.empty(); }

   private:
    void drop_front(std::size_t messages, std::size_t bytes);

    overlay::ByteVector bytes_;
    std::vector<std::uint16_t> sizes_;
  };

  Lane answers_;
  Lane media_;
};

// ChannelData and Data indications; everything else that a server sends answers a request.
[[nodiscard]] bool is_media(overlay::Bytes message);

}  // namespace relay
