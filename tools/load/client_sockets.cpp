#include "tools/load/client_sockets.h"

#include <algorithm>
#include <cerrno>

#include <sys/resource.h>
#include <sys/socket.h>

#include "overlay/base/check.h"
#include "overlay/io/socket_address.h"
#include "tools/load/sockets.h"
#include "tools/wan/system.h"

namespace load {
namespace {

constexpr std::size_t kSpareDescriptors = 256;

std::size_t descriptor_limit() {
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return std::max<std::size_t>(limit.rlim_cur, 2 * kSpareDescriptors);
}

bool bind_to(const overlay::FileDescriptor& fd, const overlay::IpAddress& address) {
  overlay::SocketAddress local{};
  const socklen_t length = overlay::to_socket_address({address, 0}, local);
  return ::bind(fd.get(), &local.any, length) == 0;
}

}  // namespace

ClientSockets::ClientSockets(const overlay::Endpoint& server, const std::optional<overlay::IpAddress>& local)
    : server_(server),
      local_(local),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      most_(descriptor_limit() - kSpareDescriptors) {}

std::size_t ClientSockets::open_ahead(std::size_t count) {
  while (count-- > 0 && open())
    resting_by_end_.emplace(overlay::Instant{}, sockets_.size() - 1);
  return sockets_.size();
}

overlay::Result<std::size_t> ClientSockets::take(std::size_t owner, overlay::Instant now) {
  std::size_t socket = sockets_.size();
  auto rested = resting_by_end_.begin();
  const bool has_rested = rested != resting_by_end_.end() && rested->first <= now;
  if (has_rested || !open()) {
    if (rested == resting_by_end_.end())
      return wan::system_failure("no socket for a client (check the limit of open files: ulimit -n)");
    socket = rested->second;
    resting_by_end_.erase(rested);
  }
  sockets_[socket].owner = owner;
  return socket;
}

void ClientSockets::release(std::size_t socket, overlay::Instant rests_until) {
  sockets_[socket].owner.reset();
  resting_by_end_.emplace(rests_until, socket);
}

bool ClientSockets::open() {
  if (sockets_.size() >= most_) {
    errno = EMFILE;
    return false;
  }
  const int family = server_.address.is_v4() ? AF_INET : AF_INET6;
  overlay::FileDescriptor fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open() || (local_ && !bind_to(fd, *local_)) || !connect_to(fd, server_) ||
      !watch(fd.get(), sockets_.size()))
    return false;
  sockets_.push_back({.fd = std::move(fd), .owner = std::nullopt});
  return true;
}

overlay::Status ClientSockets::watch(int fd, std::size_t id) const {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return overlay::ok();
  return wan::system_failure("epoll");
}

}  // namespace load
