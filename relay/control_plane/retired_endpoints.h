// UDP listeners, or relayed addresses, that a reload has removed while clients still have allocations on
// them. They stay for these clients only, until no data plane needs them. Then all data planes close a
// listener at once, because the kernel redistributes the clients of a shared port whenever one of its sockets
// closes. Owned by the control plane.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "overlay/base/endpoint.h"

namespace relay {

class RetiredEndpoints {
 public:
  explicit RetiredEndpoints(std::size_t data_planes) : reports_(data_planes) {}

  // The steps of a data plane for a new list of listeners. Retired listeners are still open.
  struct Steps {
    std::vector<overlay::Endpoint> open;
    std::vector<overlay::Endpoint> take_back;
    std::vector<overlay::Endpoint> retire;
  };
  [[nodiscard]] Steps steps(std::span<const overlay::Endpoint> before,
                            std::span<const overlay::Endpoint> after) const;

  // Records these steps as done. `generation` numbers the message for the data planes.
  void note_change(const Steps& steps, std::uint64_t generation);

  // A data plane reports the retired listeners on which it has allocations. Returns, and forgets, listeners
  // that no data plane needs any more.
  [[nodiscard]] std::vector<overlay::Endpoint> note_report(std::size_t data_plane, std::uint64_t generation,
                                                           std::span<const overlay::Endpoint> in_use);

  [[nodiscard]] bool empty() const { return retired_.empty(); }
  [[nodiscard]] const std::vector<overlay::Endpoint>& endpoints() const { return retired_; }

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
