// Each query's document (README.md has their shapes) as text for people. Pure.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace cli {

[[nodiscard]] std::string render_status(const nlohmann::json& document);
[[nodiscard]] std::string render_nodes(const nlohmann::json& document);
[[nodiscard]] std::string render_links(const nlohmann::json& document);
[[nodiscard]] std::string render_paths(const nlohmann::json& document);
[[nodiscard]] std::string render_explain(const nlohmann::json& document);
[[nodiscard]] std::string render_events(const nlohmann::json& document);
[[nodiscard]] std::string render_allocations(const nlohmann::json& document);
[[nodiscard]] std::string render_ended(const nlohmann::json& document);
[[nodiscard]] std::string render_counters(const nlohmann::json& document);
[[nodiscard]] std::string render_validate(const nlohmann::json& document);
[[nodiscard]] std::string render_drain(const nlohmann::json& document);
[[nodiscard]] std::string render_reload(const nlohmann::json& document);

}  // namespace cli
