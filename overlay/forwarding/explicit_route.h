// A path in the data plane: the ids of the nodes after the ingress. The last one is the egress.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "overlay/base/check.h"
#include "overlay/base/ids.h"

namespace overlay {

class ExplicitRoute {
 public:
  // A computed path has at most 4 hops; local repair may extend it to 6.
  static constexpr std::size_t kMaxComputedHops = 4;
  static constexpr std::size_t kMaxHops = 6;

  constexpr ExplicitRoute() = default;
  constexpr explicit ExplicitRoute(std::span<const NodeId> hops) {
    for (const NodeId hop : hops)
      push_back(hop);
  }

  constexpr void push_back(NodeId hop) {
    CHECK(size_ < kMaxHops);
    hops_[size_++] = hop;
  }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr NodeId operator[](std::size_t i) const {
    DCHECK(i < size_);
    return hops_[i];
  }
  // The neighbor that gets the packet first.
  [[nodiscard]] constexpr NodeId first_hop() const { return empty() ? kNoNode : hops_[0]; }
  [[nodiscard]] constexpr NodeId egress() const { return empty() ? kNoNode : hops_[size_ - 1]; }
  [[nodiscard]] constexpr std::span<const NodeId> hops() const { return {hops_.data(), size_}; }
  [[nodiscard]] constexpr bool contains(NodeId node) const {
    for (const NodeId hop : hops())
      if (hop == node) return true;
    return false;
  }
  constexpr bool operator==(const ExplicitRoute&) const = default;

 private:
  std::array<NodeId, kMaxHops> hops_{};
  std::uint8_t size_ = 0;
};

}  // namespace overlay
