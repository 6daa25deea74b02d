// What is wrong with a configuration file, where, and what to do about it: written for the operator.
#pragma once

#include <string>
#include <vector>

namespace relay {

struct ConfigError {
  std::string file;
  int line = 0;        // from 1; 0: the file as a whole
  std::string key;     // "overlay.probe.fast", "turn.users[2].password"; empty: the file as a whole
  std::string what;    // "\"10\" has no unit"
  std::string remedy;  // "write a number with ms, s, m or h, for example 10ms"

  // "edge.yaml:12: overlay.probe.fast: \"10\" has no unit; write ..."
  [[nodiscard]] std::string to_string() const;
};

using ConfigErrors = std::vector<ConfigError>;

}  // namespace relay
