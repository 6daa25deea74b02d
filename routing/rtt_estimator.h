// RTT and jitter of a link: long means that restart when the median of the last few samples steps away from
// them. The last few samples are kept out of the means, so that a step cannot hide by moving what it is
// compared with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "routing/vocabulary.h"

namespace routing {

class RttEstimator {
 public:
  // True when a step was detected.
  bool add(Duration rtt, Duration jitter);
  [[nodiscard]] bool has_value() const { return fast_count_ > 0; }
  [[nodiscard]] Duration rtt() const;
  [[nodiscard]] Duration jitter() const;

 private:
  static constexpr std::size_t kFastWindow = 5;
  struct Sample {
    double rtt_ms = 0;
    double jitter_ms = 0;
  };
  // The means are worth more than the fast window's median.
  [[nodiscard]] bool is_settled() const { return settled_count_ >= kFastWindow; }
  [[nodiscard]] bool has_stepped() const;
  void absorb(const Sample& sample);
  void restart_from_fast_window();

  std::array<Sample, kFastWindow> fast_{};  // oldest first
  std::size_t fast_count_ = 0;
  std::uint32_t settled_count_ = 0;  // samples behind the means, capped so that they follow slow drift
  double rtt_ms_ = 0;
  double jitter_ms_ = 0;
  double deviation_ms_ = 0;  // mean absolute deviation of the samples from rtt_ms_
};

}  // namespace routing
