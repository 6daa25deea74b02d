#include "overlay/loop/rest_timer.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "overlay/loop/system_clock.h"

namespace overlay {
namespace rest_timer_test {

using namespace std::chrono_literals;

TEST(RestTimer, ends_no_rest_before_its_deadline) {
  RestTimer rests;
  Instant deadline = system_now();
  for (int rest = 0; rest < 50; ++rest) {
    deadline = std::max(deadline, system_now()) + 200us;

    rests.rest_until(deadline, deadline + 200us);

    ASSERT_GE(system_now(), deadline) << rest;
  }
}

// A round that took long: the alarm of the rest that was to follow has gone off meanwhile.
TEST(RestTimer, ends_a_rest_that_was_not_foreseen_at_its_deadline) {
  RestTimer rests;
  for (int rest = 0; rest < 5; ++rest) {
    const Instant deadline = system_now() + 1ms;
    rests.rest_until(deadline, deadline + 100us);
    sleep_until(deadline + 300us);

    const Instant unforeseen = system_now() + 2ms;
    rests.rest_until(unforeseen, unforeseen + 1h);

    ASSERT_GE(system_now(), unforeseen) << rest;
  }
}

TEST(RestTimer, returns_at_once_when_the_deadline_has_passed) {
  RestTimer rests;
  const Instant began = system_now();
  const Instant passed = began - 1s;

  rests.rest_until(passed, kNever);
  rests.rest_until(passed, passed);
  rests.rest_until(passed, passed);

  EXPECT_LT(system_now() - began, 1s);
}

}  // namespace rest_timer_test
}  // namespace overlay
