#include "tests/sim/underlay.h"

#include <memory>

#include "overlay/base/check.h"

namespace sim {
namespace {

// FNV-1a, 64 bits.
constexpr std::uint64_t kFnvPrime = 0x100000001b3;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * kFnvPrime;
}

}  // namespace

HostId Underlay::attach(const overlay::IpAddress& address, DatagramSink& sink) {
  const HostId id(static_cast<std::uint32_t>(hosts_.size()));
  CHECK(hosts_by_address_.emplace(address, id).second);
  hosts_.push_back({.address = address, .sink = &sink});
  return id;
}

UnderlayPath& Underlay::find(HostId from, HostId to) {
  const std::uint64_t stream = std::uint64_t{from.value()} << 32 | to.value();
  // Spread by the golden ratio, so that neighboring streams start far apart.
  return paths_.try_emplace({from, to}, PathConfig{}, seed_ ^ (stream + 1) * 0x9e3779b97f4a7c15)
      .first->second;
}

void Underlay::set_cut(HostId a, HostId b, bool cut) {
  path(a, b).cut = cut;
  path(b, a).cut = cut;
}

void Underlay::send(HostId from, const Datagram& datagram) {
  ++counters_.sent;
  if (tap_) tap_(datagram);
  const auto found = hosts_by_address_.find(datagram.destination.address);
  if (found == hosts_by_address_.end()) {
    ++counters_.unknown_host;
    return;
  }
  UnderlayPath& path = find(from, found->second);
  const auto passage = path.admit(datagram.bytes.size(), events_.now());
  counters_.lost += passage.fate == Fate::kLost ? 1 : 0;
  counters_.cut += passage.fate == Fate::kCut ? 1 : 0;
  counters_.overflowed += passage.fate == Fate::kOverflowed ? 1 : 0;
  if (passage.arrivals.size() > 1) ++counters_.duplicated;
  in_flight_ += passage.arrivals.size();
  for (const SimTime arrival : passage.arrivals) {
    events_.at(arrival, [this, &path, to = found->second, carried = std::make_shared<Datagram>(datagram)] {
      deliver(path, hosts_[to.value()], std::move(*carried));
    });
  }
}

void Underlay::deliver(UnderlayPath& path, const Host& host, Datagram datagram) {
  --in_flight_;
  if (path.config().cut) {
    ++counters_.cut;
    return;
  }
  ++counters_.delivered;
  note(datagram);
  host.sink->receive(std::move(datagram));
}

void Underlay::note(const Datagram& datagram) {
  digest_ = mix(digest_, static_cast<std::uint64_t>(events_.now().time_since_epoch().count()));
  for (const std::uint8_t octet : datagram.destination.address.octets())
    digest_ = mix(digest_, octet);
  for (const std::uint8_t octet : datagram.bytes)
    digest_ = mix(digest_, octet);
}

}  // namespace sim
