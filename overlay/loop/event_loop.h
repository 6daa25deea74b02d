// The event loop of one thread, over libevent. Only stop() and wakeup() may be called from other threads. A
// round waits, calls the handlers of all descriptors that are ready, then the timer handler if it is due,
// then the round handler. So a thread that was late reads before it decides that something did not arrive.
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
  // The registration of a handler. It ends with the object, must not outlive the loop, and must not be
  // destroyed by its own handler: the handler calls cancel(), and the owner destroys the object later.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) noexcept = default;

    // Stops calls of the handler. Call it before closing the descriptor.
    void cancel();
    // Starts calls again; no effect while they are active. False when the kernel refuses: try again later, or
    // close the descriptor.
    [[nodiscard]] bool resume();
    [[nodiscard]] bool is_registered() const { return registration_ != nullptr; }
    // True while the handler is called. A new watch is inactive if the kernel has refused it, for example
    // because the user has as many as fs.epoll.max_user_watches.
    [[nodiscard]] bool is_active() const;

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

  // Returns after stop().
  void run();
  // Runs one round; waits until something is ready.
  void run_once();
  // Any thread, at any time. A stopped loop stays stopped.
  void stop();

  // The handler is called in every round in which the descriptor is readable (or writable).
  [[nodiscard]] Watch on_readable(int fd, Handler handler);
  [[nodiscard]] Watch on_writable(int fd, Handler handler);

  // The only timer of the loop. The handler is called once after `deadline` and arms the timer again. kNever
  // disarms it. Only a deadline earlier than the previous one costs a system call.
  void on_timer(Handler handler) { on_timer_ = std::move(handler); }
  void arm_timer(Instant deadline);

  // Other threads call notify(); the wake-up handler then runs in this loop.
  [[nodiscard]] Wakeup& wakeup() { return wakeup_; }
  void on_wakeup(Handler handler) { on_wakeup_ = std::move(handler); }

  void on_round(Handler handler) { on_round_ = std::move(handler); }

 private:
  Watch watch(int fd, short what, Handler handler);
  void timer_fired();
  void call_timer();
  void woken();

  struct FreeBase {
    void operator()(event_base* base) const;
  };
  std::unique_ptr<event_base, FreeBase> base_;
  Wakeup wakeup_;
  TimerDescriptor timer_{TimerDescriptor::Taking::kReturns};
  Instant deadline_ = kNever;
  Instant armed_ = kNever;  // the deadline set in the kernel; never later than `deadline_`
  bool has_fired_ = false;  // in this round
  std::atomic<bool> is_stopped_{false};
  Handler on_timer_;
  Handler on_wakeup_;
  Handler on_round_;
  Watch timer_watch_;
  Watch wakeup_watch_;
};

}  // namespace overlay
