#include "tools/load/load_main.h"

#include <iostream>

#include <sys/resource.h>

namespace load {
namespace {

void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

namespace po = boost::program_options;

int run_main(int argc, char** argv, const std::string& name, const po::options_description& options,
             const std::function<overlay::Status(const po::variables_map&)>& run) {
  po::variables_map given;
  try {
    po::store(po::parse_command_line(argc, argv, options), given);
    if (given.count("help") != 0) {
      std::cout << options;
      return 0;
    }
    po::notify(given);
  } catch (const po::error& error) {
    std::cerr << name << ": " << error.what() << '\n' << options;
    return 2;
  }
  raise_file_limit();
  const auto done = run(given);
  if (done) return 0;
  std::cerr << name << ": " << done.error().message << '\n';
  return 1;
}

}  // namespace load
