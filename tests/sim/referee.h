// Collects reports of broken rules from all parts of the simulation. The network stops at the first report
// and prints the data for a replay.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace sim {

class Referee {
 public:
  // Only the first violation counts; later ones may follow from it.
  void violated(std::string rule) {
    if (!violation_) violation_ = std::move(rule);
  }
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  std::optional<std::string> violation_;
};

}  // namespace sim
