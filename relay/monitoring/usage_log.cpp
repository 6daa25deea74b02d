#include "relay/monitoring/usage_log.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "overlay/base/log.h"

namespace relay {
namespace {

// A reader of a pipe may be slow. A ready pipe accepts up to PIPE_BUF bytes at once and whole (POSIX, write).
// Files are always ready. Returns the error message, or nullopt.
std::optional<std::string> write_at_once(int fd, std::string_view piece) {
  while (!piece.empty()) {
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) == 0) return "its reader does not keep up";
    const ssize_t written = ::write(fd, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::strerror(errno);
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

}  // namespace

overlay::Result<UsageLog> UsageLog::open(const std::string& to) {
  UsageLog log(to == "stdout" ? std::string() : to);
  if (!log.path_.empty())
    if (auto opened = log.reopen(); !opened) return overlay::failure(opened.error().message);
  return log;
}

overlay::Result<std::optional<UsageLog>> UsageLog::open(const UsageLogSection& section) {
  if (section.to.empty()) return std::optional<UsageLog>();
  auto log = open(section.to);
  if (!log) return overlay::failure("usage_log.to: " + log.error().message);
  return std::optional(std::move(log).value());
}

// Usage names users: for the owner and the group only.
overlay::Status UsageLog::reopen() {
  constexpr mode_t kMode = S_IRUSR | S_IWUSR | S_IRGRP;
  // Not to wait for the reader of a named pipe.
  file_.reset(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kMode));
  if (file_.is_open()) return overlay::ok();
  if (errno == ENXIO)
    return overlay::failure(path_ + " is a named pipe that nobody reads: start its reader first");
  return overlay::failure(path_ + " cannot be written: " + std::strerror(errno) +
                          "; name a file in a folder that this user may write to");
}

bool UsageLog::is_in_place() const {
  struct stat at_path {};
  struct stat opened {};
  return file_.is_open() && ::stat(path_.c_str(), &at_path) == 0 && ::fstat(file_.get(), &opened) == 0 &&
         at_path.st_ino == opened.st_ino && at_path.st_dev == opened.st_dev;
}

void UsageLog::write(std::span<const UsageRecord> records, overlay::UnixSeconds wall) {
  if (records.empty()) return;
  if (!path_.empty() && !is_in_place())
    if (const auto opened = reopen(); !opened) return complain(opened.error().message);
  const int fd = path_.empty() ? STDOUT_FILENO : file_.get();
  std::string piece;
  for (const UsageRecord& record : records) {
    const std::string line = usage_line(record, wall);
    if (piece.size() + line.size() > PIPE_BUF) {
      if (const auto error = write_at_once(fd, piece)) return complain(*error);
      piece.clear();
    }
    piece += line;
  }
  if (const auto error = write_at_once(fd, piece)) return complain(*error);
  has_complained_ = false;
}

void UsageLog::complain(const std::string& reason) {
  if (!has_complained_) overlay::log(overlay::Level::kError, "usage_lost", {{"reason", reason}});
  has_complained_ = true;
}

}  // namespace relay
