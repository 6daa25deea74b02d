#include "overlay/io/termination_signals.h"

#include <csignal>
#include <utility>

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "overlay/base/check.h"

namespace overlay {
namespace {

sigset_t termination_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

TerminationSignals::TerminationSignals() {
  const sigset_t signals = termination_signals();
  CHECK(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  signals_.reset(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  CHECK(signals_.is_open());
}

void TerminationSignals::deliver_to(EventLoop& loop, Handler handler) {
  watch_ = loop.on_readable(signals_.get(), [fd = signals_.get(), handler = std::move(handler)] {
    signalfd_siginfo signal{};
    if (::read(fd, &signal, sizeof signal) == sizeof signal) handler();
  });
}

}  // namespace overlay
