// Random numbers of the kernel, fetched in blocks. Suitable for keys, nonces and port numbers. Belongs to one
// thread.
#pragma once

#include <cstddef>

#include "overlay/base/random.h"

namespace overlay {

class SystemRandom final : public Random {
 public:
  SystemRandom() = default;
  SystemRandom(const SystemRandom&) = delete;
  SystemRandom& operator=(const SystemRandom&) = delete;
  ~SystemRandom() override;

  void fill(MutableBytes out) override;

 private:
  ByteArray<512> pool_{};
  std::size_t unused_ = 0;  // bytes at the end of the pool that are still available
};

}  // namespace overlay
