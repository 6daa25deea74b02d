#include "tools/wan/control_socket.h"

#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tools/wan/system.h"

namespace wan {
namespace {

constexpr std::size_t kMaxClients = 16;
constexpr std::size_t kMaxLine = 64 * 1024;
constexpr std::size_t kMaxUnread = 8 * 1024 * 1024;

bool watch(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

overlay::Result<ControlSocket> ControlSocket::listen(const std::string& path, int epoll, Answer answer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return overlay::failure(path + " is too long for a Unix socket");
  path.copy(address.sun_path, path.size());
  overlay::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.is_open()) return system_failure("socket");
  ::unlink(path.c_str());
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.get(), kMaxClients) != 0 || !watch(epoll, EPOLL_CTL_ADD, listener.get(), EPOLLIN))
    return system_failure(path);
  return ControlSocket(std::move(listener), epoll, std::move(answer));
}

bool ControlSocket::handle(int fd, std::uint32_t events) {
  if (fd == listener_.get()) {
    accept_client();
    return true;
  }
  const auto found = clients_.find(fd);
  if (found == clients_.end()) return false;
  Client& client = found->second;
  bool is_alive = (events & EPOLLERR) == 0;
  if (is_alive && (events & (EPOLLIN | EPOLLHUP)) != 0) is_alive = receive(client);
  if (is_alive) is_alive = flush(client);
  if (!is_alive) clients_.erase(found);
  return true;
}

void ControlSocket::accept_client() {
  overlay::FileDescriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.is_open() || clients_.size() >= kMaxClients) return;
  const int key = fd.get();
  if (watch(epoll_, EPOLL_CTL_ADD, key, EPOLLIN)) clients_.emplace(key, Client{.fd = std::move(fd)});
}

bool ControlSocket::receive(Client& client) {
  std::array<char, 4096> buffer;
  const auto got = ::read(client.fd.get(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  client.in.append(buffer.data(), static_cast<std::size_t>(got));
  return answer_lines(client);
}

bool ControlSocket::answer_lines(Client& client) {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = client.in.find('\n', begin)) != std::string::npos; begin = end + 1) {
    client.out += answer_(std::string_view(client.in).substr(begin, end - begin));
    client.out += '\n';
  }
  client.in.erase(0, begin);
  return client.in.size() <= kMaxLine && client.out.size() <= kMaxUnread;
}

bool ControlSocket::flush(Client& client) const {
  while (!client.out.empty()) {
    const auto sent = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent < 0) break;
    client.out.erase(0, static_cast<std::size_t>(sent));
  }
  const std::uint32_t events = client.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  return watch(epoll_, EPOLL_CTL_MOD, client.fd.get(), events);
}

}  // namespace wan
