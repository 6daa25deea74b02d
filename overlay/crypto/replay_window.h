// Accepts every counter once, in any order within a window behind the highest (ring of words, RFC 6479).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overlay {

// Remembers the kBits counters up to the highest one; kBits is a multiple of 64. Older counters are rejected.
template <std::size_t kBits>
class ReplayWindow {
 public:
  static_assert(kBits % 64 == 0 && kBits >= 64);

  // True exactly once for each counter in the window. Call it only for authenticated counters.
  [[nodiscard]] bool accept(std::uint64_t counter) {
    if (counter > highest_ || !any_) {
      advance(counter);
    } else if (highest_ - counter >= kBits) {
      return false;
    }
    std::uint64_t& word = words_[counter / 64 % kWords];
    const std::uint64_t bit = std::uint64_t{1} << counter % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }

 private:
  // One word more than the window, so that clearing the next word clears no counter of the window.
  static constexpr std::size_t kWords = kBits / 64 + 1;

  void advance(std::uint64_t counter) {
    const std::uint64_t from = any_ ? highest_ / 64 : counter / 64;
    const std::uint64_t words_to_clear = counter / 64 - from;
    for (std::uint64_t i = 1; i <= words_to_clear && i <= kWords; ++i)
      words_[(from + i) % kWords] = 0;
    highest_ = counter;
    any_ = true;
  }

  std::uint64_t highest_ = 0;
  bool any_ = false;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace overlay
