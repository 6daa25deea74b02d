// The outcome of coturn's settings for which the value does not matter.
#pragma once

#include <string_view>

#include "tools/import_coturn/coturn_import.h"

namespace cli {

struct CoturnReason {
  std::string_view name;
  ImportOutcome outcome;
  std::string_view why;
};

// nullptr for a setting that is translated, and for an unknown one.
[[nodiscard]] const CoturnReason* find_coturn_reason(std::string_view name);

}  // namespace cli
