// Keeps the hubs that this node has known in `state_dir`, from one life of the process to the next. The file
// is replaced as a whole, by a thread of its own, because a slow disk must not stop the control plane.
// Belongs to the control thread.
#pragma once

#include <cstdint>
#include <future>
#include <string>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/control_plane/known_hubs.h"

namespace relay {

class KnownHubsFile {
 public:
  // Changes within this time are written together.
  static constexpr overlay::Duration kInterval = std::chrono::seconds(5);

  // Creates the folder with mode 0700 if it is absent. An empty name keeps nothing. Errors: the folder cannot
  // be created or written to.
  [[nodiscard]] static overlay::Result<KnownHubsFile> open(const std::string& state_dir);

  // Empty without a file. A damaged file is ignored with a warning.
  [[nodiscard]] KnownHubs load(const overlay::SigningPublicKey& ca);
  // Call it about once a second. Writes the hubs if they have changed.
  void update(const KnownHubs& hubs, overlay::Instant now);
  // Writes a change at once and waits for it: the process ends.
  void finish(const KnownHubs& hubs);

 private:
  void begin_write(const KnownHubs& hubs);
  void note_result(const overlay::Status& written);

  std::string path_;  // empty: keeps nothing
  std::uint64_t written_revision_ = 0;
  overlay::Instant next_write_{};
  std::future<overlay::Status> writing_;
  bool has_failed_ = false;
};

// The folder of the configuration, or else that which systemd has made for the unit; may be empty.
[[nodiscard]] std::string state_directory(const std::string& configured);

}  // namespace relay
