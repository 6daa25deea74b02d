#include "tools/probe/probe.h"

#include <algorithm>
#include <functional>

#include <netdb.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"
#include "tools/probe/leg.h"

namespace probe {
namespace {

using namespace std::chrono_literals;
using overlay::Duration;
using overlay::Endpoint;
using overlay::Result;
using overlay::Status;

constexpr std::size_t kPayload = 172;  // 20 ms of G.711 in RTP
constexpr Duration kApart = 20ms;

// A peer of our own: sends back what it gets.
class Echo {
 public:
  [[nodiscard]] Result<Endpoint> open(const overlay::IpAddress& address) {
    overlay::SocketAddress local;
    socklen_t length = overlay::to_socket_address({address, 0}, local);
    fd_.reset(::socket(local.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::bind(fd_.get(), &local.any, length) != 0)
      return overlay::failure(address.to_string() +
                              " is no address of this machine: give --peer one that is");
    length = sizeof(local);
    ::getsockname(fd_.get(), &local.any, &length);
    return overlay::to_endpoint(local);
  }
  void answer() {
    overlay::ByteArray<2048> buffer;
    overlay::SocketAddress from;
    socklen_t length = sizeof(from);
    for (;;) {
      const auto size = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, &from.any, &length);
      if (size < 0) return;
      (void)::sendto(fd_.get(), buffer.data(), static_cast<std::size_t>(size), 0, &from.any, length);
    }
  }

 private:
  overlay::FileDescriptor fd_;
};

class Probe {
 public:
  Probe(Transport transport, const ProbePlan& plan) : plan_(plan), report_{.transport = transport} {}

  [[nodiscard]] ProbeReport run() {
    (void)(step("connect", [this] { return connect(); }) && step("allocate", [this] { return allocate(); }) &&
           step("bind channel", [this] { return bind(); }) &&
           step("send through", [this] { return relay(); }) &&
           step("give back", [this] { return give_back(); }));
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool step(const char* name, const std::function<Result<std::string>()>& act) {
    const auto began = overlay::system_now();
    deadline_ = began + plan_.patience;
    const auto outcome = act();
    report_.steps.push_back({.name = name,
                             .is_done = outcome.has_value(),
                             .took = overlay::system_now() - began,
                             .detail = outcome ? *outcome : outcome.error().message});
    return outcome.has_value();
  }

  [[nodiscard]] Result<std::string> connect();
  [[nodiscard]] Result<std::string> allocate();
  [[nodiscard]] Result<std::string> bind();
  [[nodiscard]] Result<std::string> relay();
  [[nodiscard]] Result<std::string> give_back();
  void return_packets();

  [[nodiscard]] Status talk_until(std::string_view late, const std::function<bool()>& is_done) {
    return probe::talk_until(legs_, deadline_, late, is_done);
  }
  [[nodiscard]] Leg& caller() { return legs_.front(); }

  const ProbePlan& plan_;
  ProbeReport report_;
  overlay::Instant deadline_;
  std::vector<Leg> legs_;  // the second is the peer, unless that is an echo of ours
  Echo echo_;
};

Result<std::string> Probe::connect() {
  const std::size_t wanted = plan_.peer_address ? 1 : 2;
  while (legs_.size() < wanted) {
    auto connection = Connection::open(report_.transport, plan_.server, deadline_);
    if (!connection) return overlay::failure(connection.error().message);
    if (is_secure(report_.transport))
      if (auto done = connection->secure(plan_.host, plan_.trust, deadline_); !done)
        return overlay::failure(done.error().message);
    legs_.push_back({std::move(*connection), call::TurnClient(plan_.credentials)});
  }
  const std::string security = caller().connection.security();
  return plan_.server.to_string() + (security.empty() ? "" : ", " + security);
}

Result<std::string> Probe::allocate() {
  for (Leg& leg : legs_)
    leg.turn.allocate(overlay::system_now());
  const auto done =
      talk_until("no answer to Allocate: a firewall, another port, or a server that is down", [&] {
        return std::all_of(legs_.begin(), legs_.end(), [](const Leg& leg) { return leg.turn.relayed(); });
      });
  if (!done) return overlay::failure(done.error().message);
  std::string text = "relayed " + caller().turn.relayed()->to_string();
  if (const auto& mapped = caller().turn.mapped()) text += ", seen as " + mapped->to_string();
  return text;
}

Result<std::string> Probe::bind() {
  if (plan_.peer_address) {
    const auto peer = echo_.open(*plan_.peer_address);
    if (!peer) return overlay::failure(peer.error().message);
    caller().turn.set_peer(*peer, overlay::system_now());
  } else {
    caller().turn.set_peer(*legs_[1].turn.relayed(), overlay::system_now());
    legs_[1].turn.set_peer(*caller().turn.relayed(), overlay::system_now());
  }
  const auto done = talk_until("no answer to ChannelBind", [&] {
    return std::all_of(legs_.begin(), legs_.end(), [](const Leg& leg) { return leg.turn.is_peer_ready(); });
  });
  if (done) return std::string(plan_.peer_address ? "to our own socket" : "to a second allocation");
  std::string why = done.error().message;
  if (why.find("403") != std::string::npos)
    why += plan_.peer_address
               ? "; allow this address (turn.peers.allow), or give --peer another"
               : "; the server denies its own relay addresses: give --peer ADDRESS, of this machine";
  return overlay::failure(why);
}

// Returns the packets that the peer has received.
void Probe::return_packets() {
  echo_.answer();
  if (legs_.size() < 2) return;
  for (; !legs_[1].media.empty(); legs_[1].media.pop_front())
    (void)legs_[1].send_to_peer(legs_[1].media.front());
}

Result<std::string> Probe::relay() {
  std::vector<overlay::Instant> sent_at;
  std::vector<Duration> round_trips;
  const auto collect = [&] {
    return_packets();
    for (auto& media = caller().media; !media.empty(); media.pop_front()) {
      const std::size_t number = media.front().empty() ? sent_at.size() : media.front()[0];
      if (number < sent_at.size()) round_trips.push_back(overlay::system_now() - sent_at[number]);
    }
    return round_trips.size() >= sent_at.size();
  };
  for (int i = 0; i < plan_.packets; ++i) {
    overlay::ByteVector payload(kPayload);
    payload[0] = static_cast<std::uint8_t>(i);
    sent_at.push_back(overlay::system_now());
    if (auto sent = caller().send_to_peer(payload); !sent) return overlay::failure(sent.error().message);
    const auto next = sent_at.back() + kApart;
    const auto done = probe::talk_until(legs_, next, "", [&] {
      (void)collect();
      return false;
    });
    if (!done && !done.error().message.empty()) return overlay::failure(done.error().message);
  }
  (void)probe::talk_until(legs_, overlay::system_now() + 1s, "", collect);

  report_.sent = plan_.packets;
  report_.returned = static_cast<int>(std::min(round_trips.size(), sent_at.size()));
  if (round_trips.empty())
    return overlay::failure("no packet came back: the relay's ports may be filtered (turn.relay_ports)");
  std::nth_element(round_trips.begin(), round_trips.begin() + std::ssize(round_trips) / 2, round_trips.end());
  report_.round_trip = round_trips[round_trips.size() / 2];
  return std::to_string(report_.returned) + " of " + std::to_string(report_.sent) + " packets came back";
}

Result<std::string> Probe::give_back() {
  for (Leg& leg : legs_)
    leg.turn.close(overlay::system_now());
  const auto done = talk_until("no answer to Refresh", [&] {
    return std::all_of(legs_.begin(), legs_.end(), [](const Leg& leg) { return leg.turn.is_closed(); });
  });
  if (!done) return overlay::failure(done.error().message);
  return std::string("Refresh with lifetime 0");
}

}  // namespace

ProbeReport run_probe(Transport transport, const ProbePlan& plan) {
  return Probe(transport, plan).run();
}

Result<overlay::IpAddress> resolve(const std::string& host) {
  if (auto address = overlay::IpAddress::parse(host)) return address;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (error != 0) return overlay::failure(host + ": " + ::gai_strerror(error));
  overlay::SocketAddress address{};
  if (found->ai_family == AF_INET)
    address.v4 = *reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  else
    address.v6 = *reinterpret_cast<const sockaddr_in6*>(found->ai_addr);
  ::freeaddrinfo(found);
  return overlay::to_endpoint(address).address;
}

}  // namespace probe
