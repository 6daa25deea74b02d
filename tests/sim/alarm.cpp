#include "tests/sim/alarm.h"

#include <algorithm>

namespace sim {

void Alarm::arm(SimTime when) {
  state_->target = when == kSimNever ? kSimNever : std::max(when, state_->events->now());
  if (state_->target < state_->planned) plan(state_, state_->target);
}

void Alarm::plan(const std::shared_ptr<State>& state, SimTime when) {
  state->planned = when;
  state->events->at(when, [state, when] {
    if (state->planned == when) come_due(state);
  });
}

// Events cannot be removed from the queue: an event that comes too early schedules the next one.
void Alarm::come_due(const std::shared_ptr<State>& state) {
  state->planned = kSimNever;
  if (state->target == kSimNever) return;
  if (state->target > state->events->now()) return plan(state, state->target);
  state->target = kSimNever;
  state->ring();
}

}  // namespace sim
