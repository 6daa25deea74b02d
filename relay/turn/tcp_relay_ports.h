// The ports of all TCP allocations of a node, in both families. A client may connect to them although no
// other port of a relayed address is open to clients: the kernel delivers a connection to any program of the
// host. All data planes share one, so that clients of different data planes meet. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "overlay/base/endpoint.h"

namespace relay {

class TcpRelayPorts {
 public:
  // Returns false when another relayed address of the family has the port, such as one that a reload dropped.
  [[nodiscard]] bool add(const overlay::Endpoint& relayed) {
    return (word_of(relayed).fetch_or(bit_of(relayed)) & bit_of(relayed)) == 0;
  }
  void remove(const overlay::Endpoint& relayed) { word_of(relayed).fetch_and(~bit_of(relayed)); }
  [[nodiscard]] bool contain(const overlay::Endpoint& relayed) const {
    return (words_[place_of(relayed)].load() & bit_of(relayed)) != 0;
  }

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t kWordsOfFamily = 65'536 / kBits;

  [[nodiscard]] static std::size_t place_of(const overlay::Endpoint& relayed) {
    return (relayed.address.is_v4() ? 0 : kWordsOfFamily) + relayed.port / kBits;
  }
  [[nodiscard]] static std::uint64_t bit_of(const overlay::Endpoint& relayed) {
    return std::uint64_t{1} << (relayed.port % kBits);
  }
  [[nodiscard]] std::atomic<std::uint64_t>& word_of(const overlay::Endpoint& relayed) {
    return words_[place_of(relayed)];
  }

  std::array<std::atomic<std::uint64_t>, 2 * kWordsOfFamily> words_{};
};

}  // namespace relay
