#include "overlay/loop/rest_timer.h"

namespace overlay {

void RestTimer::Alarm::set(Instant deadline) {
  if (due == deadline) return;
  timer.set(deadline);
  due = deadline;
}

void RestTimer::Alarm::wait() {
  timer.take();
  due = kNever;
}

void RestTimer::rest_until(Instant deadline, Instant next) {
  Alarm& alarm = alarms_[turn_];
  turn_ = 1 - turn_;
  alarm.set(deadline);
  alarms_[turn_].set(next);
  alarm.wait();
}

}  // namespace overlay
