// What becomes of those settings of coturn that need no look at their value.
#pragma once

#include <string_view>

#include "tools/import_coturn/coturn_import.h"

namespace cli {

struct CoturnReason {
  std::string_view name;
  ImportOutcome outcome;
  std::string_view why;
};

// Nothing for a setting that is translated, or not known.
[[nodiscard]] const CoturnReason* find_coturn_reason(std::string_view name);

}  // namespace cli
