// Compares the two opinions of a datagram; each difference is either one of the accepted ones, which are
// listed here with their reasons, or a finding.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/turn_differential/opinions.h"

namespace differential {

enum class Aspect { kChannelData, kIsMessage, kType, kTransaction, kAttribute, kAddress, kIntegrity };

struct Difference {
  Aspect aspect;
  bool we_have_it = false;      // we accept, see or verify, and the library does not; or the other way round
  std::uint16_t attribute = 0;  // of kAttribute and kAddress
  std::string text;
};

struct AcceptedDifference {
  std::string_view name;
  std::string_view reason;
  bool (*explains)(const Difference& difference, overlay::Bytes datagram);
};

[[nodiscard]] std::span<const AcceptedDifference> accepted_differences();

[[nodiscard]] std::vector<Difference> differences(overlay::Bytes datagram);
// nullopt: a finding.
[[nodiscard]] const AcceptedDifference* explanation(const Difference& difference, overlay::Bytes datagram);

}  // namespace differential
