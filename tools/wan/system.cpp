#include "tools/wan/system.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

#include "overlay/base/check.h"

namespace wan {

overlay::Instant monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return overlay::Instant(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

overlay::Unexpected<overlay::Error> system_failure(const std::string& what) {
  return overlay::failure(what + ": " + std::strerror(errno));
}

overlay::Result<NetnsVisit> NetnsVisit::enter(const std::string& netns) {
  FileDescriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home.is_open()) return system_failure("/proc/thread-self/ns/net");
  const FileDescriptor away(::open(netns.c_str(), O_RDONLY | O_CLOEXEC));
  if (!away.is_open()) return system_failure(netns);
  if (::setns(away.get(), CLONE_NEWNET) != 0) return system_failure("entering " + netns);
  return NetnsVisit(std::move(home));
}

NetnsVisit::~NetnsVisit() {
  if (home_.is_open()) CHECK(::setns(home_.get(), CLONE_NEWNET) == 0);
}

void remove_timer_slack() {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void raise_priority(Priority priority) {
  sched_param parameters{};
  parameters.sched_priority = static_cast<int>(priority);
  (void)::sched_setscheduler(0, SCHED_RR, &parameters);
}

overlay::Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_failure(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace wan
