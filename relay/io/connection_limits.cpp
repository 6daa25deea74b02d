#include "relay/io/connection_limits.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace relay {
namespace {

overlay::IpAddress source_of(const overlay::IpAddress& client) {
  if (!client.is_v6()) return client;
  overlay::ByteArray<16> subscriber{};
  std::ranges::copy(client.octets().first(8), subscriber.begin());
  return overlay::IpAddress::v6(subscriber);
}

}  // namespace

ConnectionLimits::Admission ConnectionLimits::admit(const overlay::IpAddress& client) {
  if (count_ >= limits_.in_all) return Admission::kFull;
  const overlay::IpAddress source = source_of(client);
  const auto found = count_by_source_.find(source);
  if (found != count_by_source_.end() && found->second >= limits_.per_source) return Admission::kSourceFull;
  restore(client);
  return Admission::kAdmitted;
}

void ConnectionLimits::restore(const overlay::IpAddress& client) {
  ++count_by_source_[source_of(client)];
  ++count_;
}

void ConnectionLimits::release(const overlay::IpAddress& client) {
  const auto found = count_by_source_.find(source_of(client));
  CHECK(found != count_by_source_.end());
  if (--found->second == 0) count_by_source_.erase(found);
  --count_;
}

}  // namespace relay
