// The pending events of the simulated world. They run in the order of (time, insertion number), so a run is a
// function of its seed.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/sim/sim_time.h"

namespace sim {

class EventQueue {
 public:
  using Action = std::function<void()>;

  [[nodiscard]] SimTime now() const { return now_; }
  // An instant in the past means now.
  void at(SimTime when, Action action);
  void after(Duration delay, Action action) { at(now_ + delay, std::move(action)); }

  // kSimNever without pending events.
  [[nodiscard]] SimTime next_at() const { return events_.empty() ? kSimNever : events_.front().when; }
  // Advances time to the earliest event and runs it. False without pending events.
  bool step();
  // Advances time without events. No event may be due before `when`.
  void advance_to(SimTime when);
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Event {
    SimTime when;
    std::uint64_t number;
    Action action;
  };
  [[nodiscard]] static bool runs_later(const Event& a, const Event& b);

  SimTime now_{};
  std::uint64_t next_number_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<Event> events_;  // a heap, the earliest in front
};

}  // namespace sim
