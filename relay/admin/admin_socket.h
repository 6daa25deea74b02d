// The Unix socket file of the admin server: created for its owner only, never over the top of somebody
// else's.
#pragma once

#include <string>

#include <sys/types.h>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace relay {

class AdminSocket {
 public:
  // Removes what a dead daemon left at `path`. Fails when a living one answers there, or when the file is no
  // socket.
  [[nodiscard]] static overlay::Result<AdminSocket> open(const std::string& path);

  AdminSocket(AdminSocket&&) noexcept = default;
  AdminSocket& operator=(AdminSocket&&) = delete;
  // Removes the file, if it is still this socket's.
  ~AdminSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] overlay::FileDescriptor accept() const;

 private:
  AdminSocket(overlay::FileDescriptor fd, std::string path, dev_t device, ino_t inode)
      : fd_(std::move(fd)), path_(std::move(path)), device_(device), inode_(inode) {}

  overlay::FileDescriptor fd_;
  std::string path_;
  dev_t device_;
  ino_t inode_;
};

}  // namespace relay
