#include "tests/sim/event_queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "overlay/base/check.h"

namespace sim {

bool EventQueue::runs_later(const Event& a, const Event& b) {
  return std::tie(a.when, a.number) > std::tie(b.when, b.number);
}

void EventQueue::at(SimTime when, Action action) {
  events_.push_back({.when = std::max(when, now_), .number = next_number_++, .action = std::move(action)});
  std::ranges::push_heap(events_, runs_later);
}

bool EventQueue::step() {
  if (events_.empty()) return false;
  std::ranges::pop_heap(events_, runs_later);
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ = event.when;
  ++steps_;
  event.action();
  return true;
}

void EventQueue::advance_to(SimTime when) {
  CHECK(when <= next_at());
  now_ = std::max(now_, when);
}

}  // namespace sim
