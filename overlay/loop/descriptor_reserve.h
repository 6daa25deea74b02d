// The last file descriptors of the process are for its operator: the admin socket, metrics and health checks
// must answer when clients have used up all others. The kernel assigns the lowest free descriptor, so a
// descriptor of the reserve shows that all below it are in use. Any thread.
#pragma once

#include <cstddef>

namespace overlay {

// The soft limit of the process (RLIMIT_NOFILE).
[[nodiscard]] std::size_t descriptor_limit();
// The descriptors at the end of the limit that clients do not get: 64, or an eighth of a small limit.
[[nodiscard]] std::size_t reserved_descriptors(std::size_t limit);
// True for a descriptor of the reserve. Close it, and treat the request of a client as if none were left.
[[nodiscard]] bool is_of_reserve(int fd);

}  // namespace overlay
