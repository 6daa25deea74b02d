// Cuts a byte stream into TURN messages (RFC 8489 section 6.2.2, RFC 8656 section 12.5): STUN messages by
// their length field, ChannelData padded to four bytes. Bounded: what is longer than a packet buffer is
// skipped, what is neither breaks the stream. A stream begins with STUN: the text of other protocols could
// pass for ChannelData.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_buffer.h"

namespace relay {

// The message at the front of a stream.
struct StreamFrame {
  enum class State : std::uint8_t { kNeedsMore, kFound, kBroken };
  State state = State::kNeedsMore;
  std::size_t size = 0;    // of the message, header included
  std::size_t padded = 0;  // bytes in the stream
};
[[nodiscard]] StreamFrame frame_at_front(overlay::Bytes stream);

class StreamFramer {
 public:
  static constexpr std::size_t kMaxMessage = overlay::PacketBuffer::kMaxDatagram;

  // The next bytes of the stream. They must stay valid until next() returns no message.
  void feed(overlay::Bytes chunk) { chunk_ = chunk; }
  // The next whole message, without padding; valid until the next call.
  [[nodiscard]] std::optional<overlay::Bytes> next();

  // The bytes after the last message.
  [[nodiscard]] overlay::Bytes rest() const { return chunk_; }

  // There was something that is no TURN message: nothing follows.
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  // Messages that were too long to take.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  [[nodiscard]] std::optional<overlay::Bytes> next_of_chunk();
  [[nodiscard]] std::optional<overlay::Bytes> next_of_partial();
  void skip();

  overlay::Bytes chunk_;
  overlay::ByteVector partial_;  // the front of a message whose end has not come yet
  std::size_t to_skip_ = 0;
  std::uint64_t skipped_ = 0;
  bool has_begun_ = false;  // with STUN
  bool is_partial_delivered_ = false;
  bool is_broken_ = false;
};

}  // namespace relay
