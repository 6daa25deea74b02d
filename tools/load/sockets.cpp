#include "tools/load/sockets.h"

#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "tools/wan/system.h"

namespace load {
namespace {

constexpr int kBuffer = 8 << 20;

void set(const overlay::FileDescriptor& fd, int level, int option, int value) {
  (void)::setsockopt(fd.get(), level, option, &value, sizeof(value));
}

}  // namespace

overlay::Result<overlay::FileDescriptor> open_bound(const overlay::IpAddress& address,
                                                    SocketOptions options) {
  overlay::SocketAddress local;
  const socklen_t length = overlay::to_socket_address({address, 0}, local);
  overlay::FileDescriptor fd(::socket(local.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return wan::system_failure("socket (check the limit of open files: ulimit -n)");
  set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kBuffer);
  set(fd, SOL_SOCKET, SO_SNDBUFFORCE, kBuffer);
  if (options.coalesces) set(fd, SOL_UDP, UDP_GRO, 1);
  if (options.timestamps) set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (::bind(fd.get(), &local.any, length) != 0) return wan::system_failure("bind " + address.to_string());
  return fd;
}

overlay::Status connect_to(const overlay::FileDescriptor& fd, const overlay::Endpoint& remote) {
  overlay::SocketAddress to;
  const socklen_t length = overlay::to_socket_address(remote, to);
  if (::connect(fd.get(), &to.any, length) != 0) return wan::system_failure("connect " + remote.to_string());
  return overlay::ok();
}

overlay::Endpoint local_endpoint(const overlay::FileDescriptor& fd) {
  overlay::SocketAddress local{};
  socklen_t length = sizeof(local);
  if (::getsockname(fd.get(), &local.any, &length) != 0) return {};
  return overlay::to_endpoint(local);
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_max = std::max<rlim_t>(limit.rlim_max, 200'000);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace load
