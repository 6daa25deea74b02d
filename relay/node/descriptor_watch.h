// Tells the operator when clients have used up the file descriptors, and when that is over. Owned by the
// node, on the control thread.
#pragma once

#include <cstddef>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/config/config.h"

namespace relay {

// The descriptors that a node with this configuration opens before it serves a client, and the reserve of the
// operator.
[[nodiscard]] std::size_t descriptors_at_start(const NodeConfig& config);
// The same with as many allocations and connections of clients as the configuration admits.
[[nodiscard]] std::size_t needed_descriptors(const NodeConfig& config);

class DescriptorWatch {
 public:
  // The scarcity is over when descriptors were free for this time without a break.
  static constexpr overlay::Duration kOverAfter = std::chrono::seconds(5);

  // Fails if the limit leaves no descriptor for clients. Call it before the first event loop exists.
  [[nodiscard]] static overlay::Status check_start(const NodeConfig& config);
  // Logs descriptors_too_few if the limit is below what the configuration may need.
  static void check_limit(const NodeConfig& config);

  // Whether the next descriptor would be one of the reserve. Call it once a second; logs one event when the
  // reserve is reached and one when that is over.
  void note(bool is_exhausted, overlay::Instant now);
  [[nodiscard]] bool is_exhausted() const { return is_exhausted_; }

  // Opens and closes a descriptor.
  [[nodiscard]] static bool has_only_reserve();

 private:
  bool is_exhausted_ = false;
  overlay::Instant free_since_{};
};

}  // namespace relay
