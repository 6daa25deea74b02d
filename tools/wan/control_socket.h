// The Unix socket for commands: answers lines and never waits for a slow client. Owned by the WAN's only
// thread. The loop of the WAN watches the descriptors that `watch` names.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace wan {

class ControlSocket {
 public:
  using Answer = std::function<std::string(std::string_view line)>;

  // Replaces a socket that a dead process left at `path`.
  [[nodiscard]] static overlay::Result<ControlSocket> listen(const std::string& path, int epoll,
                                                             Answer answer);

  // True when `fd` was one of this socket's.
  bool handle(int fd, std::uint32_t events);

 private:
  struct Client {
    overlay::FileDescriptor fd;
    std::string in;
    std::string out;
  };

  ControlSocket(overlay::FileDescriptor listener, int epoll, Answer answer)
      : listener_(std::move(listener)), epoll_(epoll), answer_(std::move(answer)) {}
  void accept_client();
  // Each returns false when the client must be closed.
  [[nodiscard]] bool receive(Client& client);
  [[nodiscard]] bool answer_lines(Client& client);
  [[nodiscard]] bool flush(Client& client) const;

  overlay::FileDescriptor listener_;
  int epoll_;
  Answer answer_;
  std::map<int, Client> clients_;
};

}  // namespace wan
