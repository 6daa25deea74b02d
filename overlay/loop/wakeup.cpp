#include "overlay/loop/wakeup.h"

#include <sys/eventfd.h>

#include "overlay/base/check.h"

namespace overlay {

Wakeup::Wakeup() : eventfd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(eventfd_.is_open());
}

// Both sides exchange, so that either the receiver's exchange reads the sender's (and sees what it wrote), or
// the sender finds the flag down and writes again.
void Wakeup::notify() {
  if (is_pending_.exchange(true, std::memory_order_acq_rel)) return;
  CHECK(::eventfd_write(eventfd_.get(), 1) == 0);
}

void Wakeup::acknowledge() {
  eventfd_t count = 0;
  (void)::eventfd_read(eventfd_.get(), &count);
  (void)is_pending_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace overlay
