// Connected UDP sockets for clients that come and go, watched by one epoll. A released socket stays open and
// rests: its 5-tuple is used again only when the server has forgotten it. Used by one thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include <sys/epoll.h>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"

namespace load {

class ClientSockets {
 public:
  // Binds each socket to `local`; with nullopt the kernel chooses the address.
  ClientSockets(const overlay::Endpoint& server, const std::optional<overlay::IpAddress>& local);

  // Opens up to `count` sockets, fewer at the limit of descriptors or ports. Returns the number opened.
  std::size_t open_ahead(std::size_t count);
  // The socket for the client `owner`: the one that has rested longest, or a new one. At the limit of
  // descriptors it returns a socket that still rests. An error when there is no socket at all.
  [[nodiscard]] overlay::Result<std::size_t> take(std::size_t owner, overlay::Instant now);
  void release(std::size_t socket, overlay::Instant rests_until);

  [[nodiscard]] int fd(std::size_t socket) const { return sockets_[socket].fd.get(); }
  // The client that uses the socket; nullopt while the socket rests.
  [[nodiscard]] std::optional<std::size_t> owner(std::size_t socket) const { return sockets_[socket].owner; }

  // Adds another descriptor to the epoll; wait() reports it as kOther.
  static constexpr std::size_t kOther = ~std::size_t{0};
  [[nodiscard]] overlay::Status watch_other(int fd) { return watch(fd, kOther); }
  // Waits at most `longest` (0: returns at once) and calls on_ready(socket) for each readable socket.
  template <typename OnReady>
  void wait(overlay::Duration longest, OnReady on_ready) const {
    std::array<epoll_event, kEvents> events;
    const auto ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(longest).count());
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, ms);
    for (int i = 0; i < count; ++i)
      on_ready(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
  }

 private:
  static constexpr int kEvents = 256;

  struct Socket {
    overlay::FileDescriptor fd;
    std::optional<std::size_t> owner;
  };

  [[nodiscard]] bool open();
  [[nodiscard]] overlay::Status watch(int fd, std::size_t id) const;

  overlay::Endpoint server_;
  std::optional<overlay::IpAddress> local_;
  overlay::FileDescriptor epoll_;
  std::size_t most_;
  std::vector<Socket> sockets_;
  std::multimap<overlay::Instant, std::size_t> resting_by_end_;
};

}  // namespace load
