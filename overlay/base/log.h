// logfmt lines: log(Level::kInfo, "link_established", {{"neighbor", name}, {"rtt_ms", 12.5}}). Event names
// are noun_verbed. Field names come from the dictionary in overlay/README.md. Info lines are those that an
// operator would act on. Input from the network is logged at debug, or up to a rate.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace overlay {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };

class LogField {
 public:
  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(value) {}
  LogField(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value ? "true" : "false") {}
  LogField(std::string_view key, std::integral auto value) : key_(key), value_(std::to_string(value)) {}
  LogField(std::string_view key, double value);

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  std::string_view key_;
  std::string value_;
};

// Thread-safe.
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
// Default: kInfo. All lines go to standard error.
void set_log_level(Level level);
[[nodiscard]] bool log_enabled(Level level);

}  // namespace overlay
