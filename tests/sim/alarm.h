// One timer of a simulated shell: rings once, at the latest instant that was armed.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "tests/sim/event_queue.h"

namespace sim {

class Alarm {
 public:
  Alarm(EventQueue& events, std::function<void()> ring)
      : state_(std::make_shared<State>(State{.events = &events, .ring = std::move(ring)})) {}
  ~Alarm() { disarm(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Replaces the earlier instant. kSimNever disarms the timer.
  void arm(SimTime when);
  void disarm() { state_->target = kSimNever; }

 private:
  struct State {
    EventQueue* events;
    std::function<void()> ring;
    SimTime target = kSimNever;
    SimTime planned = kSimNever;  // the earliest queued event of this alarm
  };
  static void plan(const std::shared_ptr<State>& state, SimTime when);
  static void come_due(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace sim
