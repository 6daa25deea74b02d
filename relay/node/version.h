// Which causewayd this is.
#pragma once

#include <string_view>

namespace relay {

// As the build was told: "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace relay
