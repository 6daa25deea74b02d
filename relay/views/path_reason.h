// Why a path is not the active one, in words: the term that it lost on, with both paths' values. Pure.
#pragma once

#include <string>
#include <vector>

#include "routing/path_table.h"
#include "routing/topology.h"

namespace relay {

// "a", "a and b", "a, b and c"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);
// "provider gcp", "node hub-aws-fra", ...
[[nodiscard]] std::vector<std::string> shared_words(const routing::Topology& topology,
                                                    const routing::SharedRisk& shared);
// One of the terms in tools/cli/README.md; empty for the chosen path.
[[nodiscard]] std::string lost_on(const routing::RankedPath& path, const routing::RankedPath& active);
[[nodiscard]] std::string why_not(const routing::Topology& topology, overlay::NodeId source,
                                  const routing::RankedPath& path, const routing::RankedPath& active);
// The same; of a standby, what it is there for comes before what it lacks.
[[nodiscard]] std::string why(const routing::Topology& topology, overlay::NodeId source,
                              const routing::RankedPath& path, const routing::RankedPath& active);

}  // namespace relay
