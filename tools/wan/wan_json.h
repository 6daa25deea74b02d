// The JSON that the WAN speaks: the expanded topology that it starts from, and shapes of links within it and
// within commands. Written by tools/lab.
//
//   {"hosts": [{"name": "hub-aws-fra", "netns": "/run/netns/cw-hub-aws-fra", "device": "wan0",
//               "addresses": ["10.78.1.1", "fd78::1:1"], "labels": ["provider:aws", "region:fra"]}, ...],
//    "links": [{"from": "hub-aws-fra", "to": "hub-gcp-fra", "delay_ms": 0.92, "jitter_ms": 0.1}, ...]}
//
// A link is one direction. Pairs without a link have no path: their packets count as cut.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "tools/wan/fault.h"
#include "tools/wan/link_shape.h"
#include "tools/wan/network.h"

namespace wan {

// Keys: delay_ms, jitter_ms, loss, burst_loss, burst_length, rate_bps, queue_ms; unknown ones are errors,
// except for those in `other_keys`.
[[nodiscard]] overlay::Result<LinkShape> parse_shape(const nlohmann::json& from, LinkShape onto,
                                                     std::initializer_list<std::string_view> other_keys);
// The same keys but queue_ms, and cut.
[[nodiscard]] overlay::Result<Impairment> parse_impairment(
    const nlohmann::json& from, std::initializer_list<std::string_view> other_keys);

[[nodiscard]] nlohmann::json shape_to_json(const LinkShape& shape);
[[nodiscard]] nlohmann::json impairment_to_json(const Impairment& impairment);
[[nodiscard]] nlohmann::json counters_to_json(const LinkCounters& counters);

[[nodiscard]] overlay::Result<Network> parse_topology(std::string_view text, overlay::Random& random);

}  // namespace wan
