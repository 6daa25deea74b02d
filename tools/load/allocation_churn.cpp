#include "tools/load/allocation_churn.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/resource.h>

#include "overlay/base/check.h"
#include "overlay/loop/file_descriptor.h"
#include "overlay/loop/system_clock.h"
#include "tools/load/receiver.h"
#include "tools/load/sockets.h"
#include "tools/turn_client/turn_client.h"
#include "tools/wan/system.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr overlay::Duration kResendCheck = 50ms;
constexpr int kEvents = 64;

// Clients take turns with these, so that a server has forgotten the address of a socket by the time it is
// used again: Debian's coturn takes more than a second. Fewer where descriptors or ports run out.
constexpr std::size_t kMostSockets = 20'000;
constexpr std::size_t kLeastSocketsEach = 4;
constexpr std::size_t kSpareDescriptors = 256;

std::size_t descriptor_limit() {
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return std::max<std::size_t>(limit.rlim_cur, 2 * kSpareDescriptors);
}

struct Socket {
  overlay::FileDescriptor fd;
  std::size_t client = 0;  // whose it is, or was
};

struct Client {
  call::TurnClient turn;
  std::optional<std::size_t> socket;
  bool is_waiting = false;  // to send
};

class Churn {
 public:
  explicit Churn(const Plan& plan) : plan_(plan) {
    for (std::size_t i = 0; i < plan.allocations; ++i)
      clients_.push_back({.turn = call::TurnClient(plan.credentials)});
  }

  [[nodiscard]] overlay::Result<ChurnReport> run();

 private:
  [[nodiscard]] overlay::Status open_sockets();
  [[nodiscard]] bool open_socket();
  void spend(Instant until);
  void receive(std::size_t socket);
  void advance(Client& client);
  void begin(Client& client);
  void send_later(Client& client);
  void flush();

  std::vector<Client> clients_;
  std::vector<Socket> sockets_;
  std::deque<std::size_t> unused_;  // longest first
  std::vector<Client*> waiting_;    // to send
  const Plan& plan_;
  Receiver receiver_;
  overlay::FileDescriptor epoll_;
  Instant now_;
  std::uint64_t done_ = 0;
  std::uint64_t failures_ = 0;
  std::string failure_;
};

overlay::Result<ChurnReport> Churn::run() {
  if (auto opened = open_sockets(); !opened) return overlay::failure(opened.error().message);
  const ServerMeter meter(plan_);
  now_ = overlay::system_now();
  for (Client& client : clients_)
    begin(client);
  flush();
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

overlay::Status Churn::open_sockets() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  const std::size_t most = std::min(kMostSockets, descriptor_limit() - kSpareDescriptors);
  while (sockets_.size() < most && open_socket())
    unused_.push_back(sockets_.size() - 1);
  if (sockets_.size() >= kLeastSocketsEach * clients_.size()) return overlay::ok();
  return wan::system_failure("only " + std::to_string(sockets_.size()) + " sockets (a limit? ulimit -n)");
}

bool Churn::open_socket() {
  const int family = plan_.server.address.is_v4() ? AF_INET : AF_INET6;
  overlay::FileDescriptor fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = sockets_.size()}};
  if (!fd.is_open() || !connect_to(fd, plan_.server) ||
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0)
    return false;
  sockets_.push_back({.fd = std::move(fd)});
  return true;
}

void Churn::spend(Instant until) {
  Instant check_at = now_ + kResendCheck;
  while (now_ < until) {
    std::array<epoll_event, kEvents> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, 0);
    for (int i = 0; i < count; ++i)
      receive(events[static_cast<std::size_t>(i)].data.u64);
    flush();
    now_ = overlay::system_now();
    if (now_ < check_at) continue;
    check_at = now_ + kResendCheck;
    for (Client& client : clients_) {
      client.turn.handle_timeout(now_);
      advance(client);
    }
    flush();
  }
}

// What comes late, for a client that has gone on, is thrown away.
void Churn::receive(std::size_t socket) {
  Client& client = clients_[sockets_[socket].client];
  const bool is_late = client.socket != socket;
  receiver_.receive(sockets_[socket].fd.get(), [&](overlay::Bytes datagram, std::int64_t) {
    if (!is_late) client.turn.receive(datagram, now_);
  });
  if (!is_late) advance(client);
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
  send_later(client);
}

// With another socket: a server may know the old one's address for a while.
void Churn::begin(Client& client) {
  if (client.socket) unused_.push_back(*client.socket);
  client.socket = unused_.front();
  unused_.pop_front();
  sockets_[*client.socket].client = static_cast<std::size_t>(&client - clients_.data());
  client.turn = call::TurnClient(plan_.credentials);
  client.turn.allocate(now_);
  send_later(client);
}

void Churn::send_later(Client& client) {
  if (std::exchange(client.is_waiting, true)) return;
  waiting_.push_back(&client);
}

// What the clients have to say after a look at all sockets leaves in one go: as from many clients, who do not
// wait for each other.
void Churn::flush() {
  for (Client* const client : waiting_) {
    client->is_waiting = false;
    for (const auto& datagram : client->turn.take_outgoing())
      (void)::send(sockets_[*client->socket].fd.get(), datagram.data(), datagram.size(), 0);
  }
  waiting_.clear();
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
