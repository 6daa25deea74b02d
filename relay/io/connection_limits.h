// How many connections one data plane holds, in all and for each source: a single machine must not take every
// place. A source is an IPv4 address or an IPv6 /64, which is what one subscriber has.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "overlay/base/endpoint.h"

namespace relay {

class ConnectionLimits {
 public:
  struct Limits {
    std::size_t in_all = 10'000;
    std::size_t per_source = 256;
  };
  enum class Admission { kAdmitted, kFull, kSourceFull };

  explicit ConnectionLimits(Limits limits) : limits_(limits) {}

  [[nodiscard]] Admission admit(const overlay::IpAddress& client);
  // Takes a release() back, whatever the limits.
  void restore(const overlay::IpAddress& client);
  // Of one that was admitted.
  void release(const overlay::IpAddress& client);
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  Limits limits_;
  std::size_t count_ = 0;
  std::unordered_map<overlay::IpAddress, std::size_t> count_by_source_;
};

}  // namespace relay
