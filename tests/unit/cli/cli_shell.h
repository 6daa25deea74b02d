// A command line against a daemon that gives a prepared answer.
#pragma once

#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tools/cli/command.h"

namespace cli {

struct Shell {
  std::string answer = "{}";
  int rounds = 1;  // of --watch
  bool out_is_terminal = false;
  std::string socket;
  nlohmann::json request;
  overlay::SeededRandom random{7};
  std::ostringstream out;
  std::ostringstream err;

  ExitCode run(const Arguments& words) {
    Context context{
        .out = out,
        .err = err,
        .default_socket = "/run/causeway/admin.sock",
        .ask = [this](const std::string& path, const std::string& line) -> overlay::Result<std::string> {
          socket = path;
          request = nlohmann::json::parse(line);
          return answer;
        },
        .pause = [this](overlay::Duration) { return --rounds > 0; },
        .out_is_terminal = out_is_terminal,
        .random = random};
    return cli::run(words, context);
  }
};

}  // namespace cli
