#include "overlay/loop/event_loop.h"

#include <cstdio>
#include <utility>

#include <event2/event.h>

#include "overlay/base/check.h"
#include "overlay/loop/system_clock.h"

namespace overlay {

struct EventLoop::Watch::Registration {
  Handler handler;
  event* libevent = nullptr;
  bool is_active = false;
};

void EventLoop::Watch::Free::operator()(Registration* registration) const {
  ::event_free(registration->libevent);
  delete registration;
}

void EventLoop::Watch::cancel() {
  if (!registration_) return;
  ::event_del(registration_->libevent);
  registration_->is_active = false;
}

bool EventLoop::Watch::resume() {
  if (!registration_) return false;
  registration_->is_active = ::event_add(registration_->libevent, nullptr) == 0;
  return registration_->is_active;
}

bool EventLoop::Watch::is_active() const {
  return registration_ && registration_->is_active;
}

void EventLoop::FreeBase::operator()(event_base* base) const {
  ::event_base_free(base);
}

namespace {

// One thread per loop: libevent's locks would be pure cost.
event_base* new_base() {
  // libevent would write a line for each refused descriptor; its errors end the process.
  ::event_set_log_callback([](int severity, const char* text) {
    if (severity == EVENT_LOG_ERR) (void)std::fprintf(stderr, "libevent: %s\n", text);
  });
  event_config* const config = ::event_config_new();
  CHECK(config != nullptr);
  ::event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
  event_base* const base = ::event_base_new_with_config(config);
  ::event_config_free(config);
  return base;
}

}  // namespace

EventLoop::EventLoop() : base_(new_base()) {
  CHECK(base_ != nullptr);
  timer_watch_ = on_readable(timer_.fd(), [this] { timer_fired(); });
  wakeup_watch_ = on_readable(wakeup_.fd(), [this] { woken(); });
  CHECK(timer_watch_.is_active() && wakeup_watch_.is_active());
}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  while (!is_stopped_.load(std::memory_order_acquire))
    run_once();
}

void EventLoop::run_once() {
  CHECK(::event_base_loop(base_.get(), EVLOOP_ONCE) == 0);
  if (std::exchange(has_fired_, false)) call_timer();
  if (on_round_) on_round_();
}

void EventLoop::stop() {
  is_stopped_.store(true, std::memory_order_release);
  wakeup_.notify();
}

EventLoop::Watch EventLoop::on_readable(int fd, Handler handler) {
  return watch(fd, EV_READ, std::move(handler));
}

EventLoop::Watch EventLoop::on_writable(int fd, Handler handler) {
  return watch(fd, EV_WRITE, std::move(handler));
}

EventLoop::Watch EventLoop::watch(int fd, short what, Handler handler) {
  auto* const registration = new Watch::Registration{.handler = std::move(handler)};
  const event_callback_fn call = [](evutil_socket_t, short, void* self) {
    static_cast<Watch::Registration*>(self)->handler();
  };
  registration->libevent =
      ::event_new(base_.get(), fd, static_cast<short>(what | EV_PERSIST), call, registration);
  CHECK(registration->libevent != nullptr);
  Watch result;
  result.registration_.reset(registration);
  (void)result.resume();
  return result;
}

// A deadline that moves to later is not worth a system call: the timer fires early and is set again then.
void EventLoop::arm_timer(Instant deadline) {
  deadline_ = deadline;
  if (deadline >= armed_) return;
  armed_ = deadline;
  timer_.set(deadline);
}

void EventLoop::timer_fired() {
  if (!timer_.take()) return;
  armed_ = kNever;
  has_fired_ = true;
}

void EventLoop::call_timer() {
  if (system_now() < deadline_) return arm_timer(deadline_);
  deadline_ = kNever;
  if (on_timer_) on_timer_();
}

void EventLoop::woken() {
  wakeup_.acknowledge();
  if (on_wakeup_) on_wakeup_();
}

}  // namespace overlay
