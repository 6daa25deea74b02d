// Identifiers that several layers share.
#pragma once

#include <cstdint>

#include "overlay/base/strong_id.h"

namespace overlay {

// A node of the cluster, unique and certified by the cluster CA. 0 means "no node" and is never assigned.
using NodeId = StrongId<struct NodeIdTag, std::uint16_t>;
inline constexpr NodeId kNoNode{};

// The receiver's index of one link session. The sender copies it into every link frame.
using SessionIndex = StrongId<struct SessionIndexTag, std::uint32_t>;

// Counts path-table or forwarding-table versions of one node.
using Generation = StrongId<struct GenerationTag, std::uint64_t>;

}  // namespace overlay
