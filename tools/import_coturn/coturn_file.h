// The lines of a turnserver.conf: "name=value", "name value" or a name alone, and comments that begin with
// '#'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct CoturnSetting {
  int line = 0;  // from 1
  std::string name;
  std::string value;  // without the quotes around it
  bool has_value = false;

  // A name alone switches on; "=0", "=false", "=no", "=off" switch off.
  [[nodiscard]] bool is_on() const;
};

struct CoturnFile {
  std::vector<CoturnSetting> settings;
  std::vector<int> malformed;  // lines that are neither
};

[[nodiscard]] CoturnFile parse_coturn_file(std::string_view text);

}  // namespace cli
