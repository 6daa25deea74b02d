// Usage lines into a named pipe, whose reader may be late, slow or gone.
#include "relay/monitoring/usage_log.h"

#include <algorithm>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/node/temporary_folder.h"

namespace relay {
namespace usage_log_test {

constexpr overlay::UnixSeconds kWall{1'700'000'000};

class UsageLogInPipe : public ::testing::Test {
 protected:
  UsageLogInPipe() { EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0); }

  // Once it is open, writers can open it too.
  [[nodiscard]] overlay::FileDescriptor open_reader() const {
    return overlay::FileDescriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  [[nodiscard]] static std::string read_all(const overlay::FileDescriptor& reader) {
    std::string all;
    char some[4096];
    for (ssize_t got = 0; (got = ::read(reader.get(), some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(got));
    return all;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.file("usage");
};

TEST_F(UsageLogInPipe, is_not_waited_for_when_nobody_reads_it) {
  const auto log = UsageLog::open(path_);

  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, ::testing::HasSubstr("start its reader first"));
}

TEST_F(UsageLogInPipe, gets_whole_lines_and_no_thread_waits_for_a_slow_reader) {
  const auto reader = open_reader();
  auto log = UsageLog::open(path_);
  ASSERT_TRUE(log) << log.error().message;

  const std::vector<UsageRecord> many(10'000);
  log->write(many, kWall);  // returns: more than a pipe holds
  const std::string first = read_all(reader);
  log->write({many.data(), 3}, kWall);
  const std::string then = read_all(reader);

  std::istringstream lines(first);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_GT(count, 100u);
  EXPECT_LT(count, many.size());
  EXPECT_EQ(std::ranges::count(then, '\n'), 3) << "it goes on when there is room again";
}

}  // namespace usage_log_test
}  // namespace relay
