// Secret bytes: not printable, compared in constant time, wiped from memory.
#pragma once

#include <cstddef>
#include <cstring>

#include <sodium.h>

#include "overlay/base/bytes.h"

namespace overlay {

template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kSize = N;

  Secret() = default;
  explicit Secret(const ByteArray<N>& bytes) : bytes_(bytes) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { sodium_memzero(bytes_.data(), N); }

  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }
  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] Bytes expose() const { return bytes_; }
  [[nodiscard]] MutableBytes expose() { return bytes_; }
  bool operator==(const Secret& other) const {
    return sodium_memcmp(bytes_.data(), other.bytes_.data(), N) == 0;
  }

 private:
  ByteArray<N> bytes_{};
};

}  // namespace overlay
