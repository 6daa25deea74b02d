// The loss ratio of one direction of a link, from counts. Two CUSUM tests compare the counts with the current
// estimate: one detects "clearly worse", one "clearly better".
#pragma once

#include <cstdint>

namespace routing {

// Page's cumulative sum for Bernoulli trials: rises with evidence for `after`, falls back to 0 under
// `before`.
class LossCusum {
 public:
  // The two ratios to decide between, both in (0, 1).
  void set_hypotheses(double before, double after);
  // `lost` of `total` packets; order within the batch is unknown.
  void add(std::uint32_t total, std::uint32_t lost);
  void reset();
  [[nodiscard]] bool has_fired() const;
  // Holds no evidence of a change.
  [[nodiscard]] bool is_idle() const { return total_ == 0; }
  // Counts since the most likely change point.
  [[nodiscard]] std::uint64_t total_since_change() const { return total_; }
  [[nodiscard]] std::uint64_t lost_since_change() const { return lost_; }

 private:
  double per_loss_ = 0;
  double per_arrival_ = 0;
  double sum_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t lost_ = 0;
};

class LossEstimator {
 public:
  LossEstimator();
  // True when a change was detected.
  bool add(std::uint32_t total, std::uint32_t lost);
  // 0 .. 1. Shrunk towards 0 while there are few packets.
  [[nodiscard]] double ratio() const;

 private:
  void restart(std::uint64_t total, std::uint64_t lost);
  void aim();

  std::uint64_t total_ = 0;
  std::uint64_t lost_ = 0;
  LossCusum worse_;
  LossCusum better_;
};

}  // namespace routing
