// The reference of all keys of a configuration, made from the tables (setting.h).
#pragma once

#include <string>

namespace relay {

// For a terminal of 80 columns: `causewayd --help-config`.
[[nodiscard]] std::string config_reference_text();

// In Markdown: conf/REFERENCE.md.
[[nodiscard]] std::string config_reference_page();

}  // namespace relay
