#include "overlay/loop/signals.h"

#include <csignal>
#include <utility>

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "overlay/base/check.h"

namespace overlay {

Signals::Signals(std::initializer_list<int> numbers) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : numbers)
    ::sigaddset(&signals, number);
  CHECK(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  signals_.reset(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  CHECK(signals_.is_open());
}

void Signals::deliver_to(EventLoop& loop, std::function<void(int number)> handler) {
  watch_ = loop.on_readable(signals_.get(), [fd = signals_.get(), handler = std::move(handler)] {
    signalfd_siginfo signal{};
    if (::read(fd, &signal, sizeof signal) == sizeof signal) handler(static_cast<int>(signal.ssi_signo));
  });
  CHECK(watch_.is_active());
}

}  // namespace overlay
