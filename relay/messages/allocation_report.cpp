#include "relay/messages/allocation_report.h"

namespace relay {
namespace {

bool is_meant(const std::string& wanted, const overlay::Endpoint& endpoint) {
  return wanted.empty() || wanted == endpoint.address.to_string() || wanted == endpoint.to_string();
}

bool is_of_user(const std::string& wanted, const std::string& username) {
  if (wanted.empty() || wanted == username) return true;
  const auto colon = username.find(':');
  return colon != std::string::npos && username.compare(colon + 1, std::string::npos, wanted) == 0;
}

}  // namespace

bool AllocationFilter::matches(const AllocationReport& allocation) const {
  return is_of_user(user, allocation.username) && is_meant(client, allocation.client) &&
         (is_meant(relayed, allocation.relayed) ||
          (allocation.second_relayed && is_meant(relayed, *allocation.second_relayed))) &&
         (transport.empty() || transport == to_string(allocation.transport)) &&
         (id.empty() || id == allocation.id);
}

}  // namespace relay
