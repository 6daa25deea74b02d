// RTT and jitter of a link: long means, which restart when the median of the last samples differs clearly
// from them. The last samples do not enter the means, so that a step cannot shift the value it is compared
// with.
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
  // The means are more reliable than the median of the fast window.
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
