#include "tools/wan/system.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

#include "overlay/base/check.h"

namespace wan {

overlay::Unexpected<overlay::Error> system_failure(const std::string& what) {
  return overlay::failure(what + ": " + std::strerror(errno));
}

overlay::Result<NetnsVisit> NetnsVisit::enter(const std::string& netns) {
  overlay::FileDescriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home.is_open()) return system_failure("/proc/thread-self/ns/net");
  const overlay::FileDescriptor away(::open(netns.c_str(), O_RDONLY | O_CLOEXEC));
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
