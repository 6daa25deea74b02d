// One thread's event loop: a thin owner over libevent. Everything but stop() and wakeup() belongs to the
// thread that runs it. A round is: wait, call the handlers of everything that is ready, call the round
// handler once.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "overlay/base/time.h"
#include "overlay/loop/timer_descriptor.h"
#include "overlay/loop/wakeup.h"

struct event;
struct event_base;

namespace overlay {

using Handler = std::function<void()>;

class EventLoop {
 public:
  // A handler's registration. Ends with the object; must not outlive the loop, and must not be destroyed by
  // its own handler: that calls cancel() and leaves the object for later.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) noexcept = default;

    // The handler is not called any more. Before the descriptor is closed.
    void cancel();
    // Called again from now on; nothing happens when it is already.
    void resume();
    [[nodiscard]] bool is_registered() const { return registration_ != nullptr; }

   private:
    friend class EventLoop;
    struct Registration;
    struct Free {
      void operator()(Registration* registration) const;
    };
    std::unique_ptr<Registration, Free> registration_;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Until stop().
  void run();
  // One round; waits until there is something to do.
  void run_once();
  // Any thread, at any time; a loop that was stopped stays stopped.
  void stop();

  // Called in every round in which the descriptor can be read (or written) without waiting.
  [[nodiscard]] Watch on_readable(int fd, Handler handler);
  [[nodiscard]] Watch on_writable(int fd, Handler handler);

  // The loop's one timer: the handler is called once when `deadline` has passed, and re-arms. kNever disarms.
  // Only a deadline that is earlier than the one before costs a system call.
  void on_timer(Handler handler) { on_timer_ = std::move(handler); }
  void arm_timer(Instant deadline);

  // Other threads notify() it; the handler then runs in this loop.
  [[nodiscard]] Wakeup& wakeup() { return wakeup_; }
  void on_wakeup(Handler handler) { on_wakeup_ = std::move(handler); }

  void on_round(Handler handler) { on_round_ = std::move(handler); }

 private:
  Watch watch(int fd, short what, Handler handler);
  void timer_fired();
  void woken();

  struct FreeBase {
    void operator()(event_base* base) const;
  };
  std::unique_ptr<event_base, FreeBase> base_;
  Wakeup wakeup_;
  TimerDescriptor timer_{TimerDescriptor::Taking::kReturns};
  Instant deadline_ = kNever;
  Instant armed_ = kNever;  // what the kernel knows: never later than the deadline
  std::atomic<bool> is_stopped_{false};
  Handler on_timer_;
  Handler on_wakeup_;
  Handler on_round_;
  Watch timer_watch_;
  Watch wakeup_watch_;
};

}  // namespace overlay
