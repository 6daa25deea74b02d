// The hash of tables whose keys strangers choose: SipHash-1-3 under a key of this process. Without the key
// nobody can find keys that share a bucket. Tables of Python and Rust use the same function.
//
// The program draws the key at its start, before it has a table or a second thread. The key never changes
// afterwards. Tests and the simulation keep the constant key, so that a run repeats. No result may depend on
// the order of a table: a scenario of tests/sim runs a call under two keys.
//
// Hash functors are not noexcept: libstdc++ then keeps each hash in its entry and computes none for
// neighbors.
//
// The three hashes of a relayed packet of IPv4 take 30 ns; SipHash-2-4 of libsodium would take 55 ns. A
// packet costs 650 ns at least.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "overlay/base/bytes.h"
#include "overlay/base/random.h"

namespace overlay {

struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  [[nodiscard]] static HashKey draw(Random& random);
};

namespace hash_key_of_process {
inline constinit HashKey key;
}

// Call before the first table exists, on the only thread.
void set_hash_key(const HashKey& key);
[[nodiscard]] inline const HashKey& hash_key() {
  return hash_key_of_process::key;
}

// Hashes words and then at most seven bytes. The result is SipHash-1-3 of the same bytes in little-endian
// order.
class KeyedHash {
 public:
  explicit KeyedHash(const HashKey& key = hash_key())
      : v0_(key.first ^ 0x736f6d6570736575),
        v1_(key.second ^ 0x646f72616e646f6d),
        v2_(key.first ^ 0x6c7967656e657261),
        v3_(key.second ^ 0x7465646279746573) {}

  KeyedHash& add(std::uint64_t word) {
    v3_ ^= word;
    mix();
    v0_ ^= word;
    ++words_;
    return *this;
  }
  // Ends the input with the `count` low bytes of `tail`; count < 8, the other bytes are 0.
  [[nodiscard]] std::uint64_t finish(std::uint64_t tail = 0, std::uint64_t count = 0) {
    add(tail | (words_ * sizeof tail + count) << 56);
    v2_ ^= 0xff;
    for (int round = 0; round < 3; ++round)
      mix();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

  [[nodiscard]] static std::uint64_t of(Bytes bytes, const HashKey& key = hash_key());

 private:
  void mix() {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
  std::uint64_t words_ = 0;
};

// For tables by text or by number, whose std::hash has no key.
struct KeyedHasher {
  std::size_t operator()(std::string_view text) const { return KeyedHash::of(as_bytes(text)); }
  std::size_t operator()(std::uint64_t number) const { return KeyedHash().add(number).finish(); }
};

}  // namespace overlay
