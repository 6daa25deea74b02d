#include "relay/io/stream_framer.h"

#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/channel_data.h"
#include "relay/stun/stun_message.h"

namespace relay {
namespace {

using State = StreamFrame::State;

constexpr std::size_t kLengthEnd = 4;  // both headers have their length in bytes 2 and 3
constexpr std::size_t kCookieEnd = 8;

StreamFrame channel_data_at_front(overlay::Bytes stream) {
  const std::size_t length = overlay::load_be<std::uint16_t>(stream.data() + 2);
  const std::size_t size = kChannelHeaderSize + length;
  return {.state = State::kFound, .size = size, .padded = (size + 3) & ~std::size_t{3}};
}

StreamFrame stun_at_front(overlay::Bytes stream) {
  const std::size_t length = overlay::load_be<std::uint16_t>(stream.data() + 2);
  if (length % 4 != 0) return {.state = State::kBroken};
  if (stream.size() < kCookieEnd) return {};
  if (overlay::load_be<std::uint32_t>(stream.data() + kLengthEnd) != kMagicCookie)
    return {.state = State::kBroken};
  const std::size_t size = kStunHeaderSize + length;
  return {.state = State::kFound, .size = size, .padded = size};
}

}  // namespace

StreamFrame frame_at_front(overlay::Bytes stream) {
  if (stream.empty()) return {};
  if (stream.front() >= 0x80) return {.state = State::kBroken};
  if (stream.size() < kLengthEnd) return {};
  return stream.front() >= 0x40 ? channel_data_at_front(stream) : stun_at_front(stream);
}

std::optional<overlay::Bytes> StreamFramer::next() {
  if (is_partial_delivered_) {
    partial_.clear();
    is_partial_delivered_ = false;
  }
  while (!is_broken_) {
    skip();
    if (chunk_.empty()) break;
    if (const auto message = partial_.empty() ? next_of_chunk() : next_of_partial()) return message;
  }
  return std::nullopt;
}

// The common case: whole messages, in place.
std::optional<overlay::Bytes> StreamFramer::next_of_chunk() {
  const StreamFrame frame = frame_at_front(chunk_);
  const bool has_begun = std::exchange(has_begun_, true);
  if (frame.state == State::kBroken || (!has_begun && chunk_.front() >= 0x40)) {
    is_broken_ = true;
    return std::nullopt;
  }
  if (frame.state == State::kFound && frame.size > kMaxMessage) {
    ++skipped_;
    to_skip_ = frame.padded;
    return std::nullopt;
  }
  if (frame.state == State::kFound && frame.padded <= chunk_.size()) {
    const overlay::Bytes message = chunk_.first(frame.size);
    chunk_ = chunk_.subspan(frame.padded);
    return message;
  }
  partial_.assign(chunk_.begin(), chunk_.end());
  chunk_ = {};
  return std::nullopt;
}

std::optional<overlay::Bytes> StreamFramer::next_of_partial() {
  StreamFrame frame = frame_at_front(partial_);
  const std::size_t wanted = frame.state == State::kFound ? frame.padded : partial_.size() + 1;
  const std::size_t count = std::min(wanted - partial_.size(), chunk_.size());
  partial_.insert(partial_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(count));
  chunk_ = chunk_.subspan(count);

  frame = frame_at_front(partial_);
  if (frame.state == State::kBroken) {
    is_broken_ = true;
    return std::nullopt;
  }
  if (frame.state != State::kFound) return std::nullopt;
  if (frame.size > kMaxMessage) {
    ++skipped_;
    to_skip_ = frame.padded - partial_.size();
    partial_.clear();
    return std::nullopt;
  }
  if (partial_.size() < frame.padded) return std::nullopt;
  is_partial_delivered_ = true;
  return overlay::Bytes(partial_).first(frame.size);
}

void StreamFramer::skip() {
  const std::size_t count = std::min(to_skip_, chunk_.size());
  chunk_ = chunk_.subspan(count);
  to_skip_ -= count;
}

}  // namespace relay
