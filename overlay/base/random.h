// Injected randomness: the kernel's generator in production (overlay/loop/system_random.h), a seed in the
// simulation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "overlay/base/bytes.h"

namespace overlay {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  [[nodiscard]] std::uint32_t u32();
  [[nodiscard]] std::uint64_t u64();
  // Uniform in [0, bound); bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  [[nodiscard]] double unit();
};

// Reproducible from its seed (xoshiro256**). For simulation and tests; never for keys or ports of a real
// node.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(MutableBytes out) override;

 private:
  std::uint64_t next();
  std::uint64_t state_[4];
};

}  // namespace overlay
