// Where every part of the simulation reports that a rule was broken. The network stops at the first report
// and prints what is needed to replay it.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace sim {

class Referee {
 public:
  // The first violation counts; what follows from it is noise.
  void violated(std::string rule) {
    if (!violation_) violation_ = std::move(rule);
  }
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  std::optional<std::string> violation_;
};

}  // namespace sim
