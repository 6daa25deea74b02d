#include "relay/node/known_hubs_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "overlay/base/log.h"
#include "overlay/loop/file_descriptor.h"

namespace relay {
namespace {

constexpr const char* kFileName = "known-hubs";

overlay::Status errno_of(const std::string& what) {
  return overlay::failure(what + ": " + std::strerror(errno));
}

overlay::Status write_whole(int fd, overlay::Bytes content) {
  while (!content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return overlay::failure(std::strerror(errno));
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return overlay::ok();
}

// A reader sees the old file or the new one, also after a loss of power.
overlay::Status replace_file(const std::string& path, overlay::Bytes content) {
  const std::string fresh = path + ".new";
  overlay::FileDescriptor file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return errno_of(fresh);
  if (auto written = write_whole(file.get(), content); !written) return written;
  if (::fsync(file.get()) != 0) return errno_of(fresh);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return errno_of(path);
  const overlay::FileDescriptor folder(
      ::open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open() && ::fsync(folder.get()) != 0) return errno_of(path);
  return overlay::ok();
}

overlay::ByteVector read_at_most(const std::string& path, std::size_t limit) {
  std::ifstream file(path, std::ios::binary);
  overlay::ByteVector content(limit);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  return content;
}

}  // namespace

std::string state_directory(const std::string& configured) {
  if (!configured.empty()) return configured;
  const char* const of_systemd = std::getenv("STATE_DIRECTORY");
  const std::string folders = of_systemd == nullptr ? "" : of_systemd;
  return folders.substr(0, folders.find(':'));
}

overlay::Result<KnownHubsFile> KnownHubsFile::open(const std::string& state_dir) {
  KnownHubsFile file;
  if (state_dir.empty()) return file;
  if (::mkdir(state_dir.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return overlay::failure("state_dir: " + state_dir + " cannot be made: " + std::strerror(errno) +
                            "; make the folder, or name another one");
  if (::access(state_dir.c_str(), W_OK | X_OK) != 0)
    return overlay::failure("state_dir: " + state_dir + " cannot be written to: " + std::strerror(errno) +
                            "; give it to the user of the daemon, or name another folder");
  file.path_ = state_dir + "/" + kFileName;
  return file;
}

KnownHubs KnownHubsFile::load(const overlay::SigningPublicKey& ca) {
  if (path_.empty() || !std::filesystem::exists(path_)) return {};
  auto hubs = KnownHubs::decode(read_at_most(path_, KnownHubs::kMaxFileBytes + 1), ca);
  if (!hubs) {
    overlay::log(overlay::Level::kWarning, "known_hubs_ignored",
                 {{"file", path_}, {"reason", hubs.error().message}});
    return {};
  }
  written_revision_ = hubs->revision();
  overlay::log(overlay::Level::kInfo, "known_hubs_read", {{"file", path_}, {"hubs", hubs->size()}});
  return std::move(hubs).value();
}

void KnownHubsFile::update(const KnownHubs& hubs, overlay::Instant now) {
  if (writing_.valid()) {
    if (writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    note_result(writing_.get());
  }
  if (path_.empty() || hubs.revision() == written_revision_ || now < next_write_) return;
  next_write_ = now + kInterval;
  begin_write(hubs);
}

void KnownHubsFile::finish(const KnownHubs& hubs) {
  if (writing_.valid()) note_result(writing_.get());
  if (path_.empty() || hubs.revision() == written_revision_) return;
  begin_write(hubs);
  note_result(writing_.get());
}

void KnownHubsFile::begin_write(const KnownHubs& hubs) {
  written_revision_ = hubs.revision();
  writing_ = std::async(std::launch::async,
                        [path = path_, content = hubs.encode()] { return replace_file(path, content); });
}

// A failure is logged once, until a write succeeds. The next change tries again.
void KnownHubsFile::note_result(const overlay::Status& written) {
  if (written.has_value()) {
    has_failed_ = false;
    return;
  }
  if (!std::exchange(has_failed_, true))
    overlay::log(overlay::Level::kWarning, "known_hubs_not_written",
                 {{"file", path_}, {"reason", written.error().message}});
}

}  // namespace relay
