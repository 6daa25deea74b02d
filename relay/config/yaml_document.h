// A configuration file is one YAML document.
#pragma once

#include <optional>
#include <string>

#include "relay/config/config_values.h"

namespace relay {

struct Leftover {
  int line = 0;  // from 1
  Complaint complaint;
};

// What follows the first document of `text` and would be ignored: a second one, or a comma outside of
// brackets. Empty documents may follow. Throws YAML::Exception where `text` is no YAML.
[[nodiscard]] std::optional<Leftover> find_leftover(const std::string& text);

}  // namespace relay
