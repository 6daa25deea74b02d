#include "tests/integration/node/daemon_process.h"

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "overlay/base/check.h"

namespace relay {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);  // on a busy machine, under a sanitizer
constexpr auto kLookInterval = std::chrono::milliseconds(10);

template <typename Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLookInterval);
  }
  return true;
}

}  // namespace

DaemonProcess::DaemonProcess(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> words;
  for (std::string& argument : arguments)
    words.push_back(argument.data());
  words.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder_.file("out").c_str(), flags, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, folder_.file("err").c_str(), flags, 0600);
  const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  CHECK(failed == 0);
}

DaemonProcess::~DaemonProcess() {
  if (has_ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool DaemonProcess::has_ended() {
  if (!has_ended_) has_ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return has_ended_;
}

bool DaemonProcess::has_said(const std::string& text) {
  const auto is_there = [&] { return errors().find(text) != std::string::npos; };
  return becomes_true([&] { return is_there() || has_ended(); }) && is_there();
}

void DaemonProcess::terminate() {
  if (!has_ended()) ::kill(pid_, SIGTERM);
}

void DaemonProcess::hang_up() {
  if (!has_ended()) ::kill(pid_, SIGHUP);
}

int DaemonProcess::exit_code() {
  if (!becomes_true([this] { return has_ended(); })) return -1;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

std::string DaemonProcess::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(folder_.file(name)).rdbuf();
  return text.str();
}

}  // namespace relay
