// Reads and writes network byte order within bounds. A reader or writer that reaches its end fails for good:
// decode all fields, then check ok() once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "overlay/base/bytes.h"

namespace overlay {

template <typename T>
[[nodiscard]] constexpr T load_be(const std::uint8_t* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value << 8 | from[i]);
  return value;
}
template <>
[[nodiscard]] constexpr std::uint8_t load_be<std::uint8_t>(const std::uint8_t* from) {
  return *from;
}

template <typename T>
constexpr void store_be(std::uint8_t* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
}

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t u8() { return read<std::uint8_t>(); }
  [[nodiscard]] std::uint16_t u16() { return read<std::uint16_t>(); }
  [[nodiscard]] std::uint32_t u32() { return read<std::uint32_t>(); }
  [[nodiscard]] std::uint64_t u64() { return read<std::uint64_t>(); }

  // A view of the next `count` bytes; empty when fewer are left.
  [[nodiscard]] Bytes bytes(std::size_t count) {
    if (!has(count)) return {};
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() {
    ByteArray<N> out{};
    if (const Bytes taken = bytes(N); taken.size() == N) std::memcpy(out.data(), taken.data(), N);
    return out;
  }
  void skip(std::size_t count) { (void)bytes(count); }

  [[nodiscard]] Bytes rest() const { return rest_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }
  // All bytes were read, without an error.
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  template <typename T>
  T read() {
    if (!has(sizeof(T))) return T{};
    const T value = load_be<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  bool has(std::size_t count) {
    if (count <= rest_.size()) return true;
    ok_ = false;
    rest_ = {};
    return false;
  }

  Bytes rest_;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) : out_(out) {}

  void u8(std::uint8_t value) { write(value); }
  void u16(std::uint16_t value) { write(value); }
  void u32(std::uint32_t value) { write(value); }
  void u64(std::uint64_t value) { write(value); }
  void bytes(Bytes bytes) {
    if (!has(bytes.size())) return;
    if (!bytes.empty()) std::memcpy(out_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  [[nodiscard]] Bytes written() const { return out_.first(size_); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  template <typename T>
  void write(T value) {
    if (!has(sizeof(T))) return;
    store_be(out_.data() + size_, value);
    size_ += sizeof(T);
  }
  bool has(std::size_t count) {
    if (ok_ && count <= out_.size() - size_) return true;
    ok_ = false;
    return false;
  }

  MutableBytes out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace overlay
