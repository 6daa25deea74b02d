// Questions to the kernel over netlink, one at a time, each answered at once by one message or a list.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>

#include "overlay/base/bytes.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace relay {

// An attribute of an answer, found by its type; nested ones are read alike.
[[nodiscard]] std::optional<overlay::Bytes> find_attribute(overlay::Bytes attributes, std::uint16_t type);
// The number in an attribute of this size. nullopt when the attribute is shorter.
template <class Number>
[[nodiscard]] std::optional<Number> number_in(overlay::Bytes attribute);

// Everything in a message begins at a multiple of four.
[[nodiscard]] constexpr std::size_t netlink_aligned(std::size_t size) {
  return (size + 3) / 4 * 4;
}

class Netlink {
 public:
  // NETLINK_ROUTE and the like, in this thread's network namespace.
  [[nodiscard]] static overlay::Result<Netlink> open(int protocol);

  // A question is whatever follows the header of netlink; the answer, too, valid until the next question.
  [[nodiscard]] overlay::Result<overlay::Bytes> ask(std::uint16_t type, overlay::Bytes question);

  // A question whose answer is a list: visits the body of each message.
  using Visit = std::function<void(overlay::Bytes)>;
  [[nodiscard]] overlay::Status ask_for_list(std::uint16_t type, overlay::Bytes question, const Visit& visit);
  // The kernel then reads all fields of a question for a list, and selects by them. Old kernels ignore this.
  void ask_strictly();

 private:
  explicit Netlink(overlay::FileDescriptor socket) : socket_(std::move(socket)), answer_(kMaxAnswer) {}
  [[nodiscard]] overlay::Status send(std::uint16_t type, std::uint16_t flags, overlay::Bytes question);

  static constexpr std::size_t kMaxAnswer = 32'768;

  overlay::FileDescriptor socket_;
  overlay::ByteVector answer_;
  std::uint32_t sequence_ = 0;
};

template <class Number>
std::optional<Number> number_in(overlay::Bytes attribute) {
  Number number{};
  if (attribute.size() < sizeof number) return std::nullopt;
  std::memcpy(&number, attribute.data(), sizeof number);
  return number;
}

}  // namespace relay
