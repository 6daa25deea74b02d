#include "relay/config/config_error.h"

namespace relay {

std::string ConfigError::to_string() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  text += ": ";
  if (!key.empty()) text += key + ": ";
  return text + what + "; " + remedy;
}

}  // namespace relay
