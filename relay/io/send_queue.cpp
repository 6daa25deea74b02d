#include "relay/io/send_queue.h"

#include "overlay/base/wire.h"
#include "relay/stun/stun_message.h"

namespace relay {
namespace {

// Capacity in bytes that an empty lane keeps for the next messages.
constexpr std::size_t kKeptBytes = 8192;

}  // namespace

bool is_media(overlay::Bytes message) {
  constexpr std::uint16_t kDataIndication = encode_type({StunMethod::kData, StunClass::kIndication});
  if (message.size() < 2) return true;
  return message[0] >= 0x40 || overlay::load_be<std::uint16_t>(message.data()) == kDataIndication;
}

bool SendQueue::push(overlay::Bytes message) {
  return is_media(message) ? media_.push(message, kMaxMediaBytes) : answers_.push(message, kMaxAnswerBytes);
}

void SendQueue::take(std::size_t enough, overlay::ByteVector& out) {
  answers_.take(enough, out);
  media_.take(enough, out);
}

bool SendQueue::Lane::push(overlay::Bytes message, std::size_t most) {
  const std::size_t padded = (message.size() + 3) & ~std::size_t{3};
  if (padded > most - bytes_.size()) return false;
  bytes_.insert(bytes_.end(), message.begin(), message.end());
  bytes_.resize(bytes_.size() + padded - message.size());
  sizes_.push_back(static_cast<std::uint16_t>(padded));
  return true;
}

void SendQueue::Lane::take(std::size_t enough, overlay::ByteVector& out) {
  std::size_t messages = 0;
  std::size_t bytes = 0;
  while (messages < sizes_.size() && out.size() + bytes < enough)
    bytes += sizes_[messages++];
  out.insert(out.end(), bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(bytes));
  drop_front(messages, bytes);
}

void SendQueue::Lane::drop_front(std::size_t messages, std::size_t bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(bytes));
  sizes_.erase(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(messages));
  if (!empty() || bytes_.capacity() <= kKeptBytes) return;
  bytes_.shrink_to_fit();
  sizes_.shrink_to_fit();
}

}  // namespace relay
