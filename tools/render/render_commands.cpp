// Renders the results of drain and reload.
#include "tools/render/format.h"
#include "tools/render/render.h"

namespace cli {

using nlohmann::json;

std::string render_drain(const json& document) {
  const std::string elsewhere = joined(document, "alternatives", ", ");
  return "draining: " + text(document, "allocations") + " allocations end in " + age(document, "deadline_s") +
         "; new clients are " + (elsewhere.empty() ? "refused" : "sent to " + elsewhere) +
         "\n`causeway status` shows what remains\n";
}

std::string render_reload(const json& document) {
  const std::string applied = joined(document, "applied", "\n  ");
  const std::string need_restart = joined(document, "need_restart", "\n  ");
  std::string rendered = applied.empty() ? "nothing changed\n" : "applied:\n  " + applied + "\n";
  if (!need_restart.empty()) rendered += "takes a restart of the daemon:\n  " + need_restart + "\n";
  return rendered;
}

}  // namespace cli
