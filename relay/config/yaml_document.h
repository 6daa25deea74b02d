// Finds text behind the one YAML document of a configuration file.
#pragma once

#include <optional>
#include <string>

#include "relay/config/config_values.h"

namespace relay {

struct Leftover {
  int line = 0;  // from 1
  Complaint complaint;
};

// The first content behind the first document of `text`: a second document, or a comma outside of brackets.
// It would be ignored. Empty documents may follow. nullopt if there is none. Throws YAML::Exception if `text`
// is not YAML.
[[nodiscard]] std::optional<Leftover> find_leftover(const std::string& text);

}  // namespace relay
