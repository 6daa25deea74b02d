// A value that must not reach a log, a terminal or the text of an error. Secret has no stream operator and no
// conversion: reveal() is the only way to its bytes.
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

// The reason for loading a configuration. With kUse, the secret of the examples is an error.
enum class Purpose { kShow, kUse };

enum class SecretPrinting { kHide, kShow };

}  // namespace relay
