// An error of a configuration file for its operator: the place, the fault and the remedy.
#pragma once

#include <string>
#include <vector>

namespace relay {

struct ConfigError {
  std::string file;
  int line = 0;        // from 1; 0: about the whole file
  std::string key;     // "overlay.probe.fast", "turn.users[2].password"; empty: about the whole file
  std::string what;    // "\"10\" has no unit"
  std::string remedy;  // "write a number with ms, s, m or h, for example 10ms"

  // "edge.yaml:12: overlay.probe.fast: \"10\" has no unit; write ..."
  [[nodiscard]] std::string to_string() const;
};

using ConfigErrors = std::vector<ConfigError>;

}  // namespace relay
