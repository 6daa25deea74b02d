#include "overlay/base/log.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace overlay {
namespace log_test {

// The line of an event with that value, from the event on.
std::string logged(std::string_view value) {
  testing::internal::CaptureStderr();
  log(Level::kError, "name_seen", {{"name", value}, {"count", 1}});
  const std::string line = testing::internal::GetCapturedStderr();
  return line.substr(std::min(line.find("event="), line.size()));
}

TEST(Log, writes_a_line_for_each_event) {
  EXPECT_EQ(logged("alice"), "event=name_seen name=alice count=1\n");
}

TEST(Log, quotes_what_could_pass_for_another_field) {
  EXPECT_EQ(logged("alice admin=yes"), "event=name_seen name=\"alice admin=yes\" count=1\n");
  EXPECT_EQ(logged("a\" b=\""), "event=name_seen name=\"a\\\" b=\\\"\" count=1\n");
  EXPECT_EQ(logged(""), "event=name_seen name=\"\" count=1\n");
}

TEST(Log, has_no_character_that_ends_a_line_or_steers_a_terminal) {
  for (int code = 0; code < 128; ++code) {
    if (code >= ' ' && code < 127) continue;
    const std::string value = std::string("a") + static_cast<char>(code) + "[2Jb";

    EXPECT_EQ(logged(value), "event=name_seen name=\"a [2Jb\" count=1\n") << code;
  }
}

TEST(Log, has_none_of_the_controls_behind_ascii_that_steer_a_terminal_too) {
  EXPECT_EQ(logged("a\u009b2Jb"), "event=name_seen name=\"a 2Jb\" count=1\n");
  EXPECT_EQ(logged("\u00e9\u00a0"), "event=name_seen name=\u00e9\u00a0 count=1\n");
}

TEST(Log, takes_nothing_in_a_value_for_a_format) {
  EXPECT_EQ(logged("{}%s%n"), "event=name_seen name={}%s%n count=1\n");
}

}  // namespace log_test
}  // namespace overlay
