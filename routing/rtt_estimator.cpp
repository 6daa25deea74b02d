#include "routing/rtt_estimator.h"

#include <algorithm>
#include <cmath>

namespace routing {
namespace {

constexpr std::uint32_t kLongestRttMemory = 600;  // samples
constexpr std::uint32_t kLongestJitterMemory = 60;
constexpr double kMinStepMs = 1.0;
constexpr double kMinStepRatio = 0.10;
constexpr double kStepDeviations = 4.0;

Duration from_ms(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

template <typename Samples, typename Member>
double median(const Samples& samples, std::size_t count, Member member) {
  std::array<double, std::tuple_size_v<Samples>> values{};
  for (std::size_t i = 0; i < count; ++i)
    values[i] = samples[i].*member;
  std::sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
  return values[count / 2];
}

}  // namespace

bool RttEstimator::add(Duration rtt, Duration jitter) {
  const Sample sample{overlay::to_ms(rtt), overlay::to_ms(jitter)};
  if (fast_count_ == kFastWindow) {
    absorb(fast_.front());
    std::rotate(fast_.begin(), fast_.begin() + 1, fast_.end());
    --fast_count_;
  }
  fast_[fast_count_++] = sample;
  if (!has_stepped()) return false;
  restart_from_fast_window();
  return true;
}

Duration RttEstimator::rtt() const {
  if (fast_count_ == 0) return {};
  return from_ms(is_settled() ? rtt_ms_ : median(fast_, fast_count_, &Sample::rtt_ms));
}

Duration RttEstimator::jitter() const {
  if (fast_count_ == 0) return {};
  return from_ms(is_settled() ? jitter_ms_ : median(fast_, fast_count_, &Sample::jitter_ms));
}

bool RttEstimator::has_stepped() const {
  if (!is_settled() || fast_count_ < kFastWindow) return false;
  const double step = std::abs(median(fast_, fast_count_, &Sample::rtt_ms) - rtt_ms_);
  return step >= std::max({kMinStepMs, kMinStepRatio * rtt_ms_, kStepDeviations * deviation_ms_});
}

void RttEstimator::absorb(const Sample& sample) {
  settled_count_ = std::min(settled_count_ + 1, kLongestRttMemory);
  const double weight = 1.0 / settled_count_;
  const double jitter_weight = 1.0 / std::min(settled_count_, kLongestJitterMemory);
  const double error = sample.rtt_ms - rtt_ms_;
  rtt_ms_ += weight * error;
  jitter_ms_ += jitter_weight * (sample.jitter_ms - jitter_ms_);
  if (settled_count_ > 1) deviation_ms_ += weight * (std::abs(error) - deviation_ms_);
}

// Keeps the samples on the new side of the step.
void RttEstimator::restart_from_fast_window() {
  const double level = median(fast_, fast_count_, &Sample::rtt_ms);
  const double old_level = rtt_ms_;
  const auto is_old = [&](const Sample& sample) {
    return std::abs(sample.rtt_ms - old_level) < std::abs(sample.rtt_ms - level);
  };
  const auto end = std::remove_if(fast_.begin(), fast_.end(), is_old);
  fast_count_ = static_cast<std::size_t>(end - fast_.begin());
  settled_count_ = 0;
  rtt_ms_ = 0;
  jitter_ms_ = 0;
  deviation_ms_ = 0;
}

}  // namespace routing
