#include "relay/fast_path/fast_path_watch.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"

namespace relay {
namespace {

const char* remedy(bool is_veth) {
  return is_veth ? "give its far end NAPI (ethtool -K FAR_END gro on), or take it out of packet_io.xdp"
                 : "its driver cannot do better: take it out of packet_io.xdp";
}

const char* remedy_for_vlans(bool is_veth) {
  return is_veth ? "take it out of packet_io.xdp"
                 : "let its frames keep their tags (ethtool -K DEVICE rxvlan off), or take it out of "
                   "packet_io.xdp";
}

void tell(const NetworkDevice& device, const InterfaceWatch::Verdict& verdict, overlay::Duration pause) {
  using enum overlay::Level;
  switch (verdict.state) {
    case InterfaceState::kOpen:
      return overlay::log(kInfo, "fast_path_opened", {{"interface", device.name()}});
    case InterfaceState::kDown:
      return overlay::log(kInfo, "fast_path_closed",
                          {{"interface", device.name()}, {"reason", to_string(verdict.state)}});
    case InterfaceState::kRefuses:
      return overlay::log(kWarning, "fast_path_closed",
                          {{"interface", device.name()},
                           {"reason", to_string(verdict.state)},
                           {"sent", verdict.sent},
                           {"remedy", remedy(device.is_veth())}});
    case InterfaceState::kHidesVlans:
      return overlay::log(kWarning, "fast_path_closed",
                          {{"interface", device.name()},
                           {"reason", to_string(verdict.state)},
                           {"remedy", remedy_for_vlans(device.is_veth())}});
    case InterfaceState::kThrowsAway:
      return overlay::log(kWarning, "fast_path_closed",
                          {{"interface", device.name()},
                           {"reason", to_string(verdict.state)},
                           {"sent", verdict.sent},
                           {"thrown_away", verdict.thrown_away},
                           {"pause_s", overlay::to_s(pause)},
                           {"remedy", remedy(device.is_veth())}});
  }
}

}  // namespace

overlay::Status FastPathWatch::add(const std::string& interface, InterfacePlace place, overlay::Instant now) {
  auto device = NetworkDevice::open(interface);
  if (!device) return overlay::failure(device.error().message);
  Watched& added = watched_.emplace_back(Watched{.device = std::move(device).value(), .place = place});
  look_at(added, now);
  return overlay::ok();
}

void FastPathWatch::on_second(overlay::Instant now) {
  for (Watched& watched : watched_)
    look_at(watched, now);
}

void FastPathWatch::look_at(Watched& watched, overlay::Instant now) {
  const InterfaceWatch::Verdict verdict = watched.watch.on_sample(take_sample(watched), now);
  relay_.set_open(watched.place, verdict.state == InterfaceState::kOpen);
  relay_.losses().thrown_away += verdict.thrown_away;
  if (std::exchange(watched.state, verdict.state) == verdict.state) return;
  tell(watched.device, verdict, watched.watch.paused_until() - now);
  relay_.losses().closed = static_cast<std::uint64_t>(std::ranges::count_if(
      watched_, [](const Watched& each) { return each.state != InterfaceState::kOpen; }));
}

// A removed interface is down. The driver's counters change only under traffic.
InterfaceSample FastPathWatch::take_sample(Watched& watched) {
  const std::uint64_t sent = relay_.sent(watched.place);
  const NetworkDevice::State state = watched.device.state().value_or(NetworkDevice::State{});
  if (std::exchange(watched.sent, sent) != sent || sent == 0)
    watched.xdp_errors = watched.device.xdp_errors();
  return {.is_up = state.is_up,
          .takes_frames = state.takes_frames,
          .hides_vlans = state.hides_vlans,
          .sent = sent,
          .thrown_away = state.dropped + watched.xdp_errors};
}

}  // namespace relay
