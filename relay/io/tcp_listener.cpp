#include "relay/io/tcp_listener.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <netinet/tcp.h>

#include "overlay/base/check.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/descriptor_reserve.h"

namespace relay {
namespace {

constexpr int kBacklog = 1024;
// Limit of unsent bytes in the kernel. A larger limit only delays media.
constexpr int kUnsentBytes = 32 * 1024;
constexpr int kDeadAfterMs = 30'000;  // data that nobody acknowledges
constexpr int kKeepaliveIdleS = 60;

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

std::string remedy_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process has this port; stop it (`ss -tlpn` names it) or configure another port";
    case EADDRNOTAVAIL:
      return "no interface of this machine has this address (behind a NAT: listen on the machine's own); `ip "
             "address` lists those it has";
    case EACCES:
      return "ports below 1024 need the capability CAP_NET_BIND_SERVICE";
    case EMFILE:
    case ENFILE:
      return "the limit of open files is reached; raise it (`ulimit -n`, LimitNOFILE=)";
    default:
      return "see the system's log";
  }
}

overlay::Unexpected<overlay::Error> open_failure(const overlay::Endpoint& local, int error) {
  return overlay::failure("cannot open TCP port " + local.to_string() + ": " + std::strerror(error) + "; " +
                          remedy_for(error));
}

// Linux 4.15 and newer have it for IPv6. Without it, bind() reports an absent address.
void let_be_absent(int fd, bool is_v4) {
  (void)(is_v4 ? set_option(fd, IPPROTO_IP, IP_FREEBIND, 1) : set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1));
}

overlay::FileDescriptor open_spare() {
  return overlay::FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

overlay::Endpoint local_endpoint(int fd) {
  overlay::SocketAddress address{};
  socklen_t length = sizeof address;
  return ::getsockname(fd, &address.any, &length) == 0 ? overlay::to_endpoint(address) : overlay::Endpoint{};
}

}  // namespace

// Each of these only helps: a connection without is served as well.
void configure_stream(int fd) {
  (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  (void)set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes);
  (void)set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kDeadAfterMs);
  (void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  (void)set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleS);
}

overlay::Result<TcpListener> TcpListener::open(const overlay::Endpoint& local, TcpListenerOptions options) {
  overlay::SocketAddress address{};
  const socklen_t length = overlay::to_socket_address(local, address);
  if (length == 0) return overlay::failure("cannot open a TCP port without an address");

  overlay::FileDescriptor fd(
      ::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.is_open()) return open_failure(local, errno);
  if (options.is_of_client && overlay::is_of_reserve(fd.get())) return open_failure(local, EMFILE);
  const bool is_configured = set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
                             (!options.is_shared || set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) &&
                             (local.address.is_v4() || set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY,
                                                                  options.takes_both_families ? 0 : 1));
  if (options.may_be_absent) let_be_absent(fd.get(), local.address.is_v4());
  if (!is_configured || ::bind(fd.get(), &address.any, length) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return open_failure(local, errno);
  const overlay::Endpoint bound = local_endpoint(fd.get());
  TcpListener listener(std::move(fd), bound, !options.is_of_client);
  if (listener.has_spare_) listener.spare_ = open_spare();
  return listener;
}

std::optional<AcceptedSocket> TcpListener::accept() {
  overlay::SocketAddress address{};
  socklen_t length = sizeof address;
  overlay::FileDescriptor fd(::accept4(fd_.get(), &address.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int error = fd.is_open() ? 0 : errno;
  const bool lacks_descriptor = error == EMFILE || error == ENFILE;
  is_exhausted_ = error == ENOBUFS || error == ENOMEM || (lacks_descriptor && !refuse_one());
  if (!fd.is_open()) return std::nullopt;
  if (overlay::is_of_reserve(fd.get())) {
    ++refused_;
    return std::nullopt;
  }
  configure_stream(fd.get());
  const overlay::Endpoint local = local_endpoint(fd.get());
  return AcceptedSocket{.fd = std::move(fd), .client = overlay::to_endpoint(address), .local = local};
}

// Another thread may take what is given up here.
bool TcpListener::refuse_one() {
  if (!has_spare_) return false;
  spare_.reset();
  const bool is_refused =
      overlay::FileDescriptor(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).is_open();
  spare_ = open_spare();
  if (is_refused) ++refused_;
  return is_refused;
}

}  // namespace relay
