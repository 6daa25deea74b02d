// The JSON formats of the WAN: the expanded topology, and the link shapes in topologies and commands.
// tools/lab writes them.
//
//   {"hosts": [{"name": "hub-aws-fra", "netns": "/run/netns/cw-hub-aws-fra", "device": "wan0",
//               "addresses": ["10.78.1.1", "fd78::1:1"], "labels": ["provider:aws", "region:fra"]}, ...],
//    "links": [{"from": "hub-aws-fra", "to": "hub-gcp-fra", "delay_ms": 0.92, "jitter_ms": 0.1}, ...]}
//
// A link is one direction. A pair without a link has no path: its packets count as cut.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "tools/wan/fault.h"
#include "tools/wan/link_shape.h"
#include "tools/wan/network.h"

namespace wan {

// Keys: delay_ms, jitter_ms, loss, burst_loss, burst_length, rate_bps, queue_ms. Unknown keys are
// errors, except for those in `other_keys`.
[[nodiscard]] overlay::Result<LinkShape> parse_shape(const nlohmann::json& from, LinkShape onto,
                                                     std::initializer_list<std::string_view> other_keys);
// The same keys without queue_ms, and with cut.
[[nodiscard]] overlay::Result<Impairment> parse_impairment(
    const nlohmann::json& from, std::initializer_list<std::string_view> other_keys);

[[nodiscard]] nlohmann::json shape_to_json(const LinkShape& shape);
[[nodiscard]] nlohmann::json impairment_to_json(const Impairment& impairment);
[[nodiscard]] nlohmann::json counters_to_json(const LinkCounters& counters);

[[nodiscard]] overlay::Result<Network> parse_topology(std::string_view text, overlay::Random& random);

}  // namespace wan
