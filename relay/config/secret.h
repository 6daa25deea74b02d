// A value that must not reach a log, a terminal or a core's error text: it has no stream operator and no
// conversion, so whoever wants the bytes has to say reveal().
#pragma once

#include <compare>
#include <string>
#include <utility>

namespace relay {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace relay
