// UTF-8 (RFC 3629), the encoding of names and secrets of TURN.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace relay {

// The number of characters; nullopt if the text is not UTF-8 or has control characters. The profiles for user
// names and passwords (RFC 8265) forbid control characters.
[[nodiscard]] std::optional<std::size_t> count_characters(std::string_view text);

}  // namespace relay
