// What Node::reload() did.
#pragma once

#include <string>
#include <vector>

namespace relay {

struct ReloadReport {
  std::vector<std::string> errors;        // if there are any, nothing changed
  std::vector<std::string> applied;       // keys
  std::vector<std::string> need_restart;  // keys whose values in the file differ from those at start
};

}  // namespace relay
