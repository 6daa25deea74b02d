// A program under test as a child process, with its output in files.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/integration/node/temporary_folder.h"

namespace relay {

class DaemonProcess {
 public:
  DaemonProcess(const std::string& program, std::vector<std::string> arguments);
  // Kills it if it still runs.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // False when the process ended, or ten seconds passed, before the text appeared on standard error.
  [[nodiscard]] bool has_said(const std::string& text);
  void terminate();
  void hang_up();  // SIGHUP
  // Waits for its end, at most ten seconds: -1 when it had to be killed or a signal ended it.
  int exit_code();

  [[nodiscard]] std::string output() const { return read("out"); }
  [[nodiscard]] std::string errors() const { return read("err"); }

 private:
  [[nodiscard]] std::string read(const std::string& name) const;
  bool has_ended();

  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool has_ended_ = false;
};

}  // namespace relay
