#include "tools/load/flow.h"

#include <poll.h>
#include <sys/socket.h>

#include "overlay/loop/system_clock.h"
#include "tools/load/receiver.h"
#include "tools/load/sockets.h"
#include "tools/wan/system.h"

namespace load {
namespace {

using namespace std::chrono_literals;
using overlay::FileDescriptor;
using overlay::Status;

// Flows that exchange requests at a time; few, so that no receive queue overflows.
constexpr std::size_t kAtOnce = 32;
constexpr overlay::Duration kGiveUp = 20s;

[[nodiscard]] bool is_ready(const call::TurnClient& turn, Readiness wanted) {
  switch (wanted) {
    case Readiness::kAllocated:
      return turn.relayed().has_value();
    case Readiness::kPeerReady:
      return turn.is_peer_ready();
    case Readiness::kClosed:
      return turn.is_closed();
  }
  return false;
}

void exchange(Flow& flow, Receiver& receiver) {
  const auto now = overlay::system_now();
  const auto take = [&](overlay::Bytes datagram, std::int64_t) { flow.turn.receive(datagram, now); };
  while (receiver.receive(flow.client.get(), take) > 0) {
  }
  flow.turn.handle_timeout(now);
  for (const auto& datagram : flow.turn.take_outgoing())
    (void)::send(flow.client.get(), datagram.data(), datagram.size(), 0);
}

// Exchanges requests and answers until all flows are ready.
[[nodiscard]] Status talk(std::span<Flow> flows, Readiness wanted, Receiver& receiver) {
  const auto give_up_at = overlay::system_now() + kGiveUp;
  for (;;) {
    std::vector<pollfd> waiting;
    for (auto& flow : flows) {
      exchange(flow, receiver);
      if (flow.turn.failure()) return overlay::failure(*flow.turn.failure());
      if (!is_ready(flow.turn, wanted)) waiting.push_back({flow.client.get(), POLLIN, 0});
    }
    if (waiting.empty()) return overlay::ok();
    if (overlay::system_now() > give_up_at) return overlay::failure("the server did not answer within 20 s");
    (void)::poll(waiting.data(), waiting.size(), 50);
  }
}

template <typename Begin>
[[nodiscard]] Status in_groups(std::vector<Flow>& flows, Readiness wanted, Begin begin) {
  Receiver receiver;
  for (std::size_t first = 0; first < flows.size(); first += kAtOnce) {
    const std::span group(flows.data() + first, std::min(kAtOnce, flows.size() - first));
    for (auto& flow : group)
      begin(flow);
    if (auto done = talk(group, wanted, receiver); !done) return done;
  }
  return overlay::ok();
}

[[nodiscard]] overlay::Result<std::vector<FileDescriptor>> open_side(const std::string& netns,
                                                                     const overlay::IpAddress& address,
                                                                     std::size_t count, const Plan& plan) {
  std::optional<wan::NetnsVisit> visit;
  if (!netns.empty()) {
    auto entered = wan::NetnsVisit::enter(netns);
    if (!entered) return overlay::failure(entered.error().message);
    visit.emplace(std::move(*entered));
  }
  std::vector<FileDescriptor> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    auto fd = open_bound(address, {.coalesces = !plan.is_paced(), .timestamps = plan.is_paced()});
    if (!fd) return overlay::failure(fd.error().message);
    sockets.push_back(std::move(*fd));
  }
  return sockets;
}

[[nodiscard]] overlay::Result<std::vector<Flow>> open_sockets(const Plan& plan, bool with_peer) {
  const auto any = plan.server.address.is_v4() ? overlay::IpAddress::v4({}) : overlay::IpAddress::v6({});
  auto clients = open_side(plan.client_netns, any, plan.allocations, plan);
  if (!clients) return overlay::failure(clients.error().message);
  auto peers = open_side(plan.peer_netns, plan.peer_address, with_peer ? plan.allocations : 0, plan);
  if (!peers) return overlay::failure(peers.error().message);

  std::vector<Flow> flows;
  for (auto& client : *clients) {
    if (auto done = connect_to(client, plan.server); !done) return overlay::failure(done.error().message);
    flows.push_back({std::move(client), {}, {}, call::TurnClient(plan.credentials)});
  }
  for (std::size_t i = 0; i < peers->size(); ++i) {
    flows[i].peer_endpoint = local_endpoint((*peers)[i]);
    flows[i].peer = std::move((*peers)[i]);
  }
  return flows;
}

}  // namespace

overlay::Result<std::vector<Flow>> open_flows(const Plan& plan, bool with_peer) {
  auto flows = open_sockets(plan, with_peer);
  if (!flows) return flows;
  const auto allocated =
      in_groups(*flows, Readiness::kAllocated, [](Flow& flow) { flow.turn.allocate(overlay::system_now()); });
  if (!allocated) return overlay::failure(allocated.error().message);
  if (!with_peer) return flows;

  using Access = call::TurnClient::Access;
  const auto access = plan.encoding == Encoding::kChannelData ? Access::kChannel : Access::kPermission;
  const auto ready = in_groups(*flows, Readiness::kPeerReady, [&](Flow& flow) {
    flow.turn.set_peer(flow.peer_endpoint, overlay::system_now(), access);
  });
  if (!ready) return overlay::failure(ready.error().message);
  for (auto& flow : *flows)
    if (auto done = connect_to(flow.peer, *flow.turn.relayed()); !done)
      return overlay::failure(done.error().message);
  return flows;
}

Status close_flows(std::vector<Flow>& flows) {
  return in_groups(flows, Readiness::kClosed, [](Flow& flow) { flow.turn.close(overlay::system_now()); });
}

}  // namespace load
