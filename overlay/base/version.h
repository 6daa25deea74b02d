// The version of this build. project() in the top CMakeLists.txt is the only place that states the number;
// the programs, the status document, the metrics, the manual pages and the Debian package take it from there.
#pragma once

#include <string_view>

namespace overlay {

// Semantic version without a prefix: "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace overlay
