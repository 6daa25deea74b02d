// What commands did: reload.
#include "tools/cli/format.h"
#include "tools/cli/render.h"

namespace cli {

using nlohmann::json;

std::string render_reload(const json& document) {
  const std::string applied = joined(document, "applied", "\n  ");
  const std::string need_restart = joined(document, "need_restart", "\n  ");
  std::string rendered = applied.empty() ? "nothing changed\n" : "applied:\n  " + applied + "\n";
  if (!need_restart.empty()) rendered += "takes a restart of the daemon:\n  " + need_restart + "\n";
  return rendered;
}

}  // namespace cli
