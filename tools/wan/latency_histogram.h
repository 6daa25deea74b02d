// Counts durations in microsecond steps up to a second, in constant memory.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "overlay/base/time.h"

namespace wan {

class LatencyHistogram {
 public:
  LatencyHistogram() : counts_(kSteps) {}

  // Counts negative values as 0, and values beyond the last step as the last step.
  void record(overlay::Duration latency) {
    const auto step = std::clamp<std::int64_t>(latency / kStep, 0, kSteps - 1);
    ++counts_[static_cast<std::size_t>(step)];
    ++total_;
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  // The latency that a share `q` (0 to 1) of all recorded values does not exceed; 0 without values.
  [[nodiscard]] overlay::Duration quantile(double q) const {
    const auto wanted =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(q * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t step = 0; step < counts_.size(); ++step)
      if ((seen += counts_[step]) >= wanted) return kStep * static_cast<std::int64_t>(step);
    return {};
  }

 private:
  static constexpr overlay::Duration kStep = std::chrono::microseconds(1);
  static constexpr std::int64_t kSteps = 1'000'000;

  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace wan
