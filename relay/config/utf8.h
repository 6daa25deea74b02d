// UTF-8 (RFC 3629), which names and secrets of TURN are written in.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace relay {

// How many characters it has. None: it is no UTF-8, or has control characters in it, which the profiles for
// user names and passwords (RFC 8265) rule out.
[[nodiscard]] std::optional<std::size_t> count_characters(std::string_view text);

}  // namespace relay
