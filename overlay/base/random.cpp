#include "overlay/base/random.h"

#include <bit>
#include <cstring>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace overlay {

std::uint32_t Random::u32() {
  ByteArray<4> bytes;
  fill(bytes);
  return load_be<std::uint32_t>(bytes.data());
}

std::uint64_t Random::u64() {
  ByteArray<8> bytes;
  fill(bytes);
  return load_be<std::uint64_t>(bytes.data());
}

std::uint64_t Random::below(std::uint64_t bound) {
  CHECK(bound > 0);
  // Values under 2^64 mod bound would make the small results more likely: draw again.
  const std::uint64_t floor = (0 - bound) % bound;
  std::uint64_t value = u64();
  while (value < floor)
    value = u64();
  return value % bound;
}

double Random::unit() {
  return static_cast<double>(u64() >> 11) * 0x1.0p-53;
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  // splitmix64 spreads even small seeds over the whole state.
  for (auto& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void SeededRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    ByteArray<8> word;
    store_be(word.data(), next());
    const std::size_t count = out.size() < word.size() ? out.size() : word.size();
    std::memcpy(out.data(), word.data(), count);
    out = out.subspan(count);
  }
}

}  // namespace overlay
