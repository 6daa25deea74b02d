#include "routing/loss_estimator.h"

#include <algorithm>
#include <cmath>

namespace routing {
namespace {

// Nats of evidence. At 0.5 % against 5 % a false alarm comes once in e^11 / 0.035 = 1.7 million packets, and
// the real change is seen after some 160 packets (0.071 nats each).
constexpr double kThreshold = 11.0;

constexpr double kFloor = 0.005;        // below this, loss does not matter to anybody
constexpr double kWorseAtLeast = 0.05;  // what "clearly worse" means on a good link
constexpr double kWorseFactor = 3.0;    // and on one that is lossy already
constexpr double kBetterFactor = 0.25;
constexpr double kWorthImproving = 0.02;  // from here on "clearly better" is looked for
constexpr double kCeiling = 0.95;
constexpr std::uint64_t kPriorPackets = 50;        // assumed packets without a loss: damps the first ratios
constexpr std::uint64_t kLongestMemory = 200'000;  // packets; then older ones count half

}  // namespace

void LossCusum::set_hypotheses(double before, double after) {
  per_loss_ = std::log(after / before);
  per_arrival_ = std::log((1 - after) / (1 - before));
}

void LossCusum::add(std::uint32_t total, std::uint32_t lost) {
  sum_ += per_loss_ * lost + per_arrival_ * (total - lost);
  total_ += total;
  lost_ += lost;
  if (sum_ <= 0) reset();
}

void LossCusum::reset() {
  sum_ = 0;
  total_ = 0;
  lost_ = 0;
}

bool LossCusum::has_fired() const {
  return sum_ >= kThreshold;
}

LossEstimator::LossEstimator() {
  aim();
}

bool LossEstimator::add(std::uint32_t total, std::uint32_t lost) {
  if (total == 0) return false;
  lost = std::min(lost, total);
  total_ += total;
  lost_ += lost;
  worse_.add(total, lost);
  better_.add(total, lost);
  if (worse_.has_fired()) {
    restart(worse_.total_since_change(), worse_.lost_since_change());
    return true;
  }
  if (better_.has_fired()) {
    restart(better_.total_since_change(), better_.lost_since_change());
    return true;
  }
  if (total_ > kLongestMemory) {
    total_ /= 2;
    lost_ /= 2;
  }
  aim();
  return false;
}

double LossEstimator::ratio() const {
  return static_cast<double>(lost_) / static_cast<double>(total_ + kPriorPackets);
}

void LossEstimator::restart(std::uint64_t total, std::uint64_t lost) {
  total_ = total;
  lost_ = lost;
  worse_.reset();
  better_.reset();
  aim();
}

// Hypotheses follow the estimate only while a test holds no evidence: else the packets under suspicion would
// shift the ratio that they are tested against.
void LossEstimator::aim() {
  const double base = std::clamp(ratio(), kFloor, kCeiling / 2);
  if (worse_.is_idle())
    worse_.set_hypotheses(base, std::min(kCeiling, std::max(kWorseAtLeast, base * kWorseFactor)));
  if (better_.is_idle()) better_.set_hypotheses(base, base >= kWorthImproving ? base * kBetterFactor : base);
}

}  // namespace routing
