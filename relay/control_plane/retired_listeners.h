// UDP listeners that a reload removed while clients still had allocations on them. They stay open, for those
// clients only, until no data plane needs them; then all data planes close them at once: the kernel spreads
// the clients of a shared port anew whenever one of its sockets closes. Owned by the control plane.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "overlay/base/endpoint.h"

namespace relay {

class RetiredListeners {
 public:
  explicit RetiredListeners(std::size_t data_planes) : reports_(data_planes) {}

  // What a data plane has to do for a new list of listeners. Those that were retired are open still.
  struct Steps {
    std::vector<overlay::Endpoint> open;
    std::vector<overlay::Endpoint> take_back;
    std::vector<overlay::Endpoint> retire;
  };
  [[nodiscard]] Steps steps(std::span<const overlay::Endpoint> before,
                            std::span<const overlay::Endpoint> after) const;

  // The same, done: `generation` numbers the message that tells the data planes.
  void note_change(const Steps& steps, std::uint64_t generation);

  // A data plane reports on which retired listeners it still has allocations. Returns those that nobody needs
  // any more, and forgets them.
  [[nodiscard]] std::vector<overlay::Endpoint> note_report(std::size_t data_plane, std::uint64_t generation,
                                                           std::span<const overlay::Endpoint> in_use);

  [[nodiscard]] bool empty() const { return retired_.empty(); }

 private:
  struct Report {
    std::uint64_t generation = 0;
    std::vector<overlay::Endpoint> in_use;
  };

  std::uint64_t generation_ = 0;
  std::vector<overlay::Endpoint> retired_;
  std::vector<Report> reports_;  // by data plane
};

}  // namespace relay
