#include "tools/cli/admin_client.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace cli {
namespace {

constexpr std::size_t kMaxAnswerSize = std::size_t{64} << 20;
// A change is answered when it is in force, or after 5 s.
constexpr time_t kPatienceS = 10;

class Socket {
 public:
  Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

[[nodiscard]] std::string advice(int error, const std::string& path) {
  if (error == ENOENT || error == ECONNREFUSED)
    return "no daemon answers at " + path +
           "; start causewayd, or name its socket (admin.socket in its configuration) with --socket or "
           "CAUSEWAY_SOCKET";
  if (error == EACCES || error == EPERM)
    return "the socket " + path + " is not yours to open; run this as root or as the user of causewayd";
  if (error == EAGAIN || error == EWOULDBLOCK)
    return "the daemon at " + path + " took the question but gave no answer within " +
           std::to_string(kPatienceS) + " s; look at its log";
  return "asking the daemon at " + path + " failed: " + std::strerror(error);
}

[[nodiscard]] bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

overlay::Result<std::string> ask_daemon(const std::string& path, const std::string& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return overlay::failure("\"" + path + "\" is no path for a socket; it needs 1 to 107 characters");
  std::memcpy(address.sun_path, path.data(), path.size());

  const Socket socket;
  const timeval patience{kPatienceS, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      !send_all(socket.fd(), request + "\n"))
    return overlay::failure(advice(errno, path));

  std::string answer;
  char chunk[16384];
  while (answer.size() < kMaxAnswerSize) {
    const ssize_t received = ::recv(socket.fd(), chunk, sizeof chunk, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return overlay::failure(advice(errno, path));
    if (received == 0) return answer;
    answer.append(chunk, static_cast<std::size_t>(received));
    if (answer.back() == '\n') return answer;
  }
  return overlay::failure("the answer of the daemon at " + path + " is too long to be one");
}

}  // namespace cli
