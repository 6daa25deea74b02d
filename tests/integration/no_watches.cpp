#include "tests/integration/no_watches.h"

#include <atomic>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<bool> has_no_watches = false;

}  // namespace

NoWatches::NoWatches() {
  has_no_watches = true;
}

NoWatches::~NoWatches() {
  has_no_watches = false;
}

// libevent calls this instead of the function of the C library, because the program comes first in the order
// of symbols.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of the C library are
// reserved
extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  if (has_no_watches && operation == EPOLL_CTL_ADD) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}
