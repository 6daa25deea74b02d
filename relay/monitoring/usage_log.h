// Where usage lines go: a file that log rotation may move away, or standard output. Belongs to one thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/config/config.h"
#include "relay/messages/usage_record.h"

namespace relay {

class UsageLog {
 public:
  // `to`: a path, or "stdout". Fails when the file cannot be written.
  [[nodiscard]] static overlay::Result<UsageLog> open(const std::string& to);
  // nullopt: the log is off.
  [[nodiscard]] static overlay::Result<std::optional<UsageLog>> open(const UsageLogSection& section);

  // Whole lines, without waiting for who reads them. Opens the file anew when it is not at its path any more;
  // what cannot be written is lost, and the log says so once.
  void write(std::span<const UsageRecord> records, overlay::UnixSeconds wall);

 private:
  explicit UsageLog(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] overlay::Status reopen();
  [[nodiscard]] bool is_in_place() const;
  void complain(const std::string& reason);

  std::string path_;  // empty: standard output
  overlay::FileDescriptor file_;
  bool has_complained_ = false;
};

}  // namespace relay
