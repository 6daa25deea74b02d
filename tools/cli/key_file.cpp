#include "tools/cli/key_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {
namespace {

constexpr std::size_t kMaxFileSize = 64 * 1024;

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

[[nodiscard]] overlay::Unexpected<overlay::Error> system_failure(const std::string& what,
                                                                 const std::string& path) {
  return overlay::failure(what + " " + path + " failed: " + std::strerror(errno));
}

}  // namespace

overlay::Status write_new_file(const std::string& path, std::string_view text, FileAccess access) {
  const mode_t mode = access == FileAccess::kOwnerOnly ? 0600 : 0644;
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.is_open() && errno == EEXIST)
    return overlay::failure(path + " exists already; choose another folder, or move the old file away");
  if (!file.is_open()) return system_failure("creating", path);
  while (!text.empty()) {
    const ssize_t written = ::write(file.fd(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_failure("writing", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return overlay::ok();
}

overlay::Result<std::string> read_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_failure("opening", path);
  std::string text(kMaxFileSize, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

overlay::Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return overlay::ok();
  return system_failure("making the folder", path);
}

}  // namespace cli
