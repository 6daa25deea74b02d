#include "relay/admin/admin_socket.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace relay {
namespace {

using overlay::failure;

overlay::FileDescriptor new_socket() {
  return overlay::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

overlay::Unexpected<overlay::Error> open_failure(const std::string& path, std::string why) {
  return failure("cannot open the admin socket " + path + ": " + std::move(why));
}

std::string remedy_for(int error, const std::string& path) {
  if (error == ENOENT)
    return "; create the folder " + path.substr(0, path.rfind('/')) + ", or set admin.socket";
  if (error == EACCES || error == EROFS) return "; let this user write to its folder, or set admin.socket";
  return "";
}

// Nothing, a dead socket or a living one may be there; anything else is not ours to remove.
overlay::Status clear_stale_file(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return overlay::ok();
  if (!S_ISSOCK(status.st_mode))
    return open_failure(path, "the file exists and is no socket; move it away, or set admin.socket");
  const overlay::FileDescriptor probe = new_socket();
  const bool is_answered =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno != ECONNREFUSED;
  if (is_answered)
    return open_failure(path, "another process answers there; stop it, or set admin.socket to another path");
  if (::unlink(path.c_str()) != 0) return open_failure(path, std::strerror(errno));
  return overlay::ok();
}

}  // namespace

overlay::Result<AdminSocket> AdminSocket::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return open_failure(path, "a socket's path has 1 to 107 characters; set admin.socket to a shorter one");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (auto cleared = clear_stale_file(path, address); !cleared) return failure(cleared.error().message);

  overlay::FileDescriptor fd = new_socket();
  // Set before bind, so that there is no moment in which others may connect.
  const bool is_bound = fd.is_open() && ::fchmod(fd.get(), S_IRUSR | S_IWUSR) == 0 &&
                        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!is_bound) return open_failure(path, std::strerror(errno) + remedy_for(errno, path));
  struct stat status {};
  if (::listen(fd.get(), SOMAXCONN) != 0 || ::lstat(path.c_str(), &status) != 0)
    return open_failure(path, std::strerror(errno));
  return AdminSocket(std::move(fd), path, status.st_dev, status.st_ino);
}

AdminSocket::~AdminSocket() {
  if (!fd_.is_open()) return;
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
    ::unlink(path_.c_str());
}

overlay::FileDescriptor AdminSocket::accept() const {
  return overlay::FileDescriptor(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

}  // namespace relay
