#include "overlay/base/log.h"

#include <algorithm>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace overlay {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("causeway");
    made->set_pattern("ts=%Y-%m-%dT%H:%M:%S.%fZ level=%l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

// Values may come from other machines, so control characters are escaped: a value cannot end the line or
// control a terminal.
bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == '\x7f';
}

// U+0080 to U+009F are controls too: U+009B is what ESC [ is. UTF-8 begins them with 0xC2.
bool is_wide_control(std::string_view rest) {
  return rest.size() > 1 && rest[0] == '\xc2' && rest[1] < '\xa0';
}

bool needs_quotes(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i)
    if (is_wide_control(value.substr(i))) return true;
  return value.empty() || std::ranges::any_of(value, [](char c) {
           return c == ' ' || c == '=' || c == '"' || c == '\\' || is_control(c);
         });
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool is_wide = is_wide_control(value.substr(i));
    if (c == '"' || c == '\\') line += '\\';
    line += is_wide || is_control(c) ? ' ' : c;
    if (is_wide) ++i;
  }
  line += '"';
}

}  // namespace

LogField::LogField(std::string_view key, double value) : key_(key), value_(fmt::format("{:.3f}", value)) {}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  std::string line = "event=";
  line += event;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key();
    line += '=';
    append_value(line, field.value());
  }
  logger().log(to_spdlog(level), line);
}

void set_log_level(Level level) {
  logger().set_level(to_spdlog(level));
}
bool log_enabled(Level level) {
  return logger().should_log(to_spdlog(level));
}

}  // namespace overlay
