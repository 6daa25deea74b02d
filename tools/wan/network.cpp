#include "tools/wan/network.h"

#include <algorithm>
#include <cstring>

#include "overlay/base/check.h"

namespace wan {
namespace {

using overlay::Bytes;
using overlay::IpAddress;
using overlay::Unexpected;

template <std::size_t N>
[[nodiscard]] overlay::ByteArray<N> array_at(Bytes packet, std::size_t offset) {
  overlay::ByteArray<N> out;
  std::memcpy(out.data(), packet.data() + offset, N);
  return out;
}

[[nodiscard]] HostIndex host_index(std::size_t value) {
  return HostIndex(static_cast<std::uint16_t>(value));
}

}  // namespace

// RFC 791 section 3.1, RFC 8200 section 3.
IpAddress destination_of(Bytes packet) {
  if (packet.empty()) return {};
  const int version = packet[0] >> 4;
  if (version == 4 && packet.size() >= 20) return IpAddress::v4(array_at<4>(packet, 16));
  if (version == 6 && packet.size() >= 40) return IpAddress::v6(array_at<16>(packet, 24));
  return {};
}

Network::Network(std::vector<Host> hosts, overlay::Random& random)
    : hosts_(std::move(hosts)), links_(hosts_.size() * hosts_.size()), random_(random) {
  CHECK(hosts_.size() <= UINT16_MAX);
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    for (const auto& address : hosts_[i].addresses)
      hosts_by_address_.emplace(address, host_index(i));
}

Link& Network::link(HostIndex from, HostIndex to) {
  return links_[index(from, to)];
}

const Link& Network::link(HostIndex from, HostIndex to) const {
  return links_[index(from, to)];
}

void Network::set_base(HostIndex from, HostIndex to, const LinkShape& base) {
  link(from, to).base = base;
  reshape(from, to);
}

Network::Admission Network::admit(HostIndex from, Bytes packet, overlay::Instant now) {
  const IpAddress destination = destination_of(packet);
  const auto found = hosts_by_address_.find(destination);
  if (found == hosts_by_address_.end()) {
    const auto reason =
        destination.family() == overlay::AddressFamily::kNone ? DropReason::kMalformed : DropReason::kNoHost;
    count_stray(reason);
    return Unexpected(reason);
  }
  Link& used = link(from, found->second);
  ++used.counters.received;
  const auto arrival = used.model.admit(now, packet.size(), random_);
  if (arrival) return Transit{found->second, *arrival};
  used.counters.drop(arrival.error());
  return Unexpected(arrival.error());
}

bool Network::may_arrive(HostIndex from, HostIndex to) {
  Link& used = link(from, to);
  if (!used.model.shape().is_cut) return true;
  used.counters.drop(DropReason::kCut);
  return false;
}

void Network::count_delivered(HostIndex from, HostIndex to, std::size_t bytes) {
  auto& counters = link(from, to).counters;
  ++counters.delivered;
  counters.delivered_bytes += bytes;
}

void Network::count_dropped(HostIndex from, HostIndex to, DropReason reason) {
  link(from, to).counters.drop(reason);
}

void Network::count_stray(DropReason reason) {
  ++stray_.received;
  stray_.drop(reason);
}

overlay::Status Network::add_faults(std::vector<Fault> faults) {
  if (faults_.size() + faults.size() > kMaxFaults)
    return overlay::failure("more than " + std::to_string(kMaxFaults) + " faults at a time: heal some first");
  std::move(faults.begin(), faults.end(), std::back_inserter(faults_));
  reshape_all();
  return overlay::ok();
}

std::size_t Network::heal(std::string_view a, std::string_view b) {
  const auto healed = std::erase_if(faults_, [&](const Fault& fault) { return fault.is_named(a, b); });
  reshape_all();
  return healed;
}

std::size_t Network::heal_all() {
  const auto healed = faults_.size();
  faults_.clear();
  reshape_all();
  return healed;
}

void Network::reshape_all() {
  for (std::size_t from = 0; from < hosts_.size(); ++from)
    for (std::size_t to = 0; to < hosts_.size(); ++to)
      reshape(host_index(from), host_index(to));
}

void Network::reshape(HostIndex from, HostIndex to) {
  Link& reshaped = link(from, to);
  LinkShape shape = reshaped.base;
  for (const auto& fault : faults_)
    if (fault.touches(from, to)) shape = impaired(shape, fault.effect);
  reshaped.model.reshape(shape);
}

}  // namespace wan
