// Values of a document as people read them. A field that is absent or null is "" (a table shows "-"), so that
// a daemon of another version can still be read.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace cli {

[[nodiscard]] std::string text(const nlohmann::json& object, std::string_view key);
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
