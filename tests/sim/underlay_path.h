// One direction between two hosts of the simulated Internet, and its effect on a datagram.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "overlay/base/random.h"
#include "tests/sim/sim_time.h"

namespace sim {

// Two-state loss: in a burst each datagram is lost with `loss_in_burst`. Probabilities are per datagram.
struct GilbertElliott {
  double enter_burst = 0;
  double leave_burst = 1;
  double loss_in_burst = 1;
};

struct PathConfig {
  Duration delay{};       // one way
  Duration jitter{};      // added, uniform in [0, jitter]
  bool reorders = false;  // otherwise jitter never lets a datagram overtake
  double loss = 0;
  std::optional<GilbertElliott> bursts;
  double duplicates = 0;
  std::uint64_t bits_per_second = 0;     // 0: no limit
  std::size_t queue_bytes = 256 * 1024;  // in front of the rate limit
  bool cut = false;
};

enum class Fate : std::uint8_t { kPassed, kLost, kCut, kOverflowed };

class UnderlayPath {
 public:
  UnderlayPath(PathConfig config, std::uint64_t seed) : config_(config), random_(seed) {}

  [[nodiscard]] PathConfig& config() { return config_; }
  [[nodiscard]] const PathConfig& config() const { return config_; }

  struct Passage {
    Fate fate = Fate::kPassed;
    std::vector<SimTime> arrivals;  // one; two for a duplicate; empty for a lost datagram
  };
  [[nodiscard]] Passage admit(std::size_t size, SimTime now);

 private:
  [[nodiscard]] bool loses();
  [[nodiscard]] SimTime arrival(SimTime departure);

  PathConfig config_;
  overlay::SeededRandom random_;
  bool in_burst_ = false;
  SimTime line_free_at_{};
  SimTime last_arrival_{};
};

}  // namespace sim
