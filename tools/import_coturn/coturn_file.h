// Reads the lines of a turnserver.conf: "name=value", "name value", a name alone, or a comment that begins
// with '#'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct CoturnSetting {
  int line = 0;  // from 1
  std::string name;
  std::string value;  // without the double quotes around it
  bool has_value = false;

  // A name alone means on; "=0", "=false", "=no" and "=off" mean off.
  [[nodiscard]] bool is_on() const;
  // Whether the value ends with text that looks like a comment. coturn reads it as part of the value.
  [[nodiscard]] bool has_comment() const;
};

struct CoturnFile {
  std::vector<CoturnSetting> settings;
  std::vector<int> malformed;  // lines that are not settings
};

[[nodiscard]] CoturnFile parse_coturn_file(std::string_view text);

}  // namespace cli
