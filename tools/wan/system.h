// The few things that the WAN and its capacity meter ask of Linux.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace wan {

// `what` and the reason that errno names.
[[nodiscard]] overlay::Unexpected<overlay::Error> system_failure(const std::string& what);

// Runs in the network namespace of this file until destroyed; this thread only.
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

// This thread's timers fire on time, instead of up to 50 us late.
void remove_timer_slack();
// This thread runs before all ordinary ones, where the system allows it. What measures the WAN is to be
// beneath it.
enum class Priority : std::uint8_t { kBench = 1, kWan = 2 };
void raise_priority(Priority priority);

[[nodiscard]] overlay::Result<std::string> read_text_file(const std::string& path);

}  // namespace wan
