#include "tools/bench/allocation_churn.h"

#include <array>

#include <sys/epoll.h>

#include "overlay/base/check.h"
#include "overlay/io/file_descriptor.h"
#include "overlay/io/system_clock.h"
#include "tools/bench/receiver.h"
#include "tools/bench/sockets.h"
#include "tools/call/turn_client.h"
#include "tools/wan/system.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr overlay::Duration kResendCheck = 50ms;
constexpr int kEvents = 64;

struct Client {
  overlay::FileDescriptor socket;
  call::TurnClient turn;
};

class Churn {
 public:
  explicit Churn(const Plan& plan) : plan_(plan) {
    for (std::size_t i = 0; i < plan.allocations; ++i)
      clients_.push_back({{}, call::TurnClient(plan.credentials)});
  }

  [[nodiscard]] overlay::Result<ChurnReport> run();

 private:
  void spend(Instant until);
  void receive(Client& client);
  void advance(Client& client);
  void begin(Client& client);
  static void flush(Client& client);

  std::vector<Client> clients_;
  const Plan& plan_;
  Receiver receiver_;
  overlay::FileDescriptor epoll_;
  Instant now_;
  std::uint64_t done_ = 0;
  std::uint64_t failures_ = 0;
  std::string failure_;
};

overlay::Result<ChurnReport> Churn::run() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  const ServerMeter meter(plan_);
  now_ = overlay::system_now();
  for (Client& client : clients_)
    begin(client);
  spend(now_ + plan_.warm_up);

  const Instant from = now_;
  const auto use_before = meter.read();
  const auto done_before = done_;
  const auto failures_before = failures_;
  spend(now_ + plan_.length);
  return ChurnReport{.allocations = done_ - done_before,
                     .failures = failures_ - failures_before,
                     .failure = failure_,
                     .seconds = overlay::to_s(now_ - from),
                     .server = ServerMeter::between(use_before, meter.read())};
}

void Churn::spend(Instant until) {
  Instant check_at = now_ + kResendCheck;
  while (now_ < until) {
    std::array<epoll_event, kEvents> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, 0);
    for (int i = 0; i < count; ++i)
      receive(clients_[events[static_cast<std::size_t>(i)].data.u64]);
    now_ = overlay::system_now();
    if (now_ < check_at) continue;
    check_at = now_ + kResendCheck;
    for (Client& client : clients_) {
      client.turn.handle_timeout(now_);
      advance(client);
    }
  }
}

void Churn::receive(Client& client) {
  receiver_.receive(client.socket.get(),
                    [&](overlay::Bytes datagram, std::int64_t) { client.turn.receive(datagram, now_); });
  advance(client);
}

void Churn::advance(Client& client) {
  if (client.turn.failure()) {
    ++failures_;
    failure_ = *client.turn.failure();
    return begin(client);
  }
  if (client.turn.is_closed()) {
    ++done_;
    return begin(client);
  }
  if (client.turn.relayed() && !client.turn.is_closing()) client.turn.close(now_);
  flush(client);
}

// With a new socket: a server may know the old one's address for a while.
void Churn::begin(Client& client) {
  const int family = plan_.server.address.is_v4() ? AF_INET : AF_INET6;
  client.socket.reset(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  epoll_event event{.events = EPOLLIN,
                    .data = {.u64 = static_cast<std::uint64_t>(&client - clients_.data())}};
  CHECK(connect_to(client.socket, plan_.server).has_value());
  CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.socket.get(), &event) == 0);
  client.turn = call::TurnClient(plan_.credentials);
  client.turn.allocate(now_);
  flush(client);
}

void Churn::flush(Client& client) {
  for (const auto& datagram : client.turn.take_outgoing())
    (void)::send(client.socket.get(), datagram.data(), datagram.size(), 0);
}

}  // namespace

overlay::Result<ChurnReport> run_churn(const Plan& plan) {
  std::optional<wan::NetnsVisit> visit;
  if (!plan.client_netns.empty()) {
    auto entered = wan::NetnsVisit::enter(plan.client_netns);
    if (!entered) return overlay::failure(entered.error().message);
    visit.emplace(std::move(*entered));
  }
  return Churn(plan).run();
}

}  // namespace bench
