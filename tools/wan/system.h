// Calls to Linux that the WAN and its capacity meter share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace wan {

// An error with `what` and the text of errno.
[[nodiscard]] overlay::Unexpected<overlay::Error> system_failure(const std::string& what);

// Moves this thread into the network namespace of a file until the object is destroyed.
class NetnsVisit {
 public:
  [[nodiscard]] static overlay::Result<NetnsVisit> enter(const std::string& netns);
  NetnsVisit(NetnsVisit&&) = default;
  NetnsVisit& operator=(NetnsVisit&&) = delete;
  ~NetnsVisit();

 private:
  explicit NetnsVisit(overlay::FileDescriptor home) : home_(std::move(home)) {}
  overlay::FileDescriptor home_;
};

// Sets this thread's timer slack to the minimum; the default adds up to 50 us.
void remove_timer_slack();
// Gives this thread real-time priority, if the system permits it. A program that measures the WAN must have a
// lower priority.
enum class Priority : std::uint8_t { kMeter = 1, kWan = 2 };
void raise_priority(Priority priority);

[[nodiscard]] overlay::Result<std::string> read_text_file(const std::string& path);

}  // namespace wan
