#include "overlay/loop/descriptor_reserve.h"

#include <algorithm>

#include <sys/resource.h>

namespace overlay {

std::size_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 0;
}

std::size_t reserved_descriptors(std::size_t limit) {
  constexpr std::size_t kMost = 64;
  return std::min(kMost, limit / 8);
}

bool is_of_reserve(int fd) {
  const std::size_t limit = descriptor_limit();
  return fd >= 0 && static_cast<std::size_t>(fd) >= limit - reserved_descriptors(limit);
}

}  // namespace overlay
