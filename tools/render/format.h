// Values of a document as people read them. A field that is absent or null is "" (a table shows "-"), so that
// a daemon of another version can still be read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace cli {

// Code points, which is columns for the letters and arrows that we print.
[[nodiscard]] std::size_t width(std::string_view text);

[[nodiscard]] std::string text(const nlohmann::json& object, std::string_view key);
// At most `columns` of it; what is longer ends in "…".
[[nodiscard]] std::string start_of_text(const nlohmann::json& object, std::string_view key,
                                        std::size_t columns);
// A number with `decimals` digits after the point.
[[nodiscard]] std::string number(const nlohmann::json& object, std::string_view key, int decimals);
// A ratio of 0 to 1 as per cent, without the sign.
[[nodiscard]] std::string percent(const nlohmann::json& object, std::string_view key);
// Seconds as "3d 4h", "5m 12s" or "0.4s".
[[nodiscard]] std::string age(const nlohmann::json& object, std::string_view key);
// A list of words.
[[nodiscard]] std::string joined(const nlohmann::json& object, std::string_view key,
                                 std::string_view separator);
// The array under `key`, or an empty one.
[[nodiscard]] const nlohmann::json& array(const nlohmann::json& object, std::string_view key);

}  // namespace cli
