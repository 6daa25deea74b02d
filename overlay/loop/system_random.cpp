#include "overlay/loop/system_random.h"

#include <cerrno>
#include <cstring>

#include <sys/random.h>

#include "overlay/base/check.h"

namespace overlay {
namespace {

void fill_from_kernel(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    CHECK(got >= 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

SystemRandom::~SystemRandom() {
  ::explicit_bzero(pool_.data(), pool_.size());
}

// Used bytes are wiped, so that a later leak of this memory does not disclose keys in use.
void SystemRandom::fill(MutableBytes out) {
  if (out.size() > pool_.size() / 2) return fill_from_kernel(out);
  if (out.size() > unused_) {
    fill_from_kernel(pool_);
    unused_ = pool_.size();
  }
  if (out.empty()) return;
  std::uint8_t* const from = pool_.data() + pool_.size() - unused_;
  std::memcpy(out.data(), from, out.size());
  ::explicit_bzero(from, out.size());
  unused_ -= out.size();
}

}  // namespace overlay
