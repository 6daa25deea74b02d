// causeway-wan TOPOLOGY.json --control SOCKET: the user-space WAN of the lab. tools/lab starts it.
#include <cstring>
#include <iostream>
#include <random>
#include <string>

#include "overlay/base/random.h"
#include "tools/wan/system.h"
#include "tools/wan/wan_json.h"
#include "tools/wan/wan_loop.h"

namespace {

overlay::Status run(const std::string& topology_path, const std::string& socket_path) {
  auto text = wan::read_text_file(topology_path);
  if (!text) return overlay::Unexpected(text.error());
  overlay::SeededRandom random(std::random_device{}());
  auto network = wan::parse_topology(*text, random);
  if (!network) return overlay::failure(topology_path + ": " + network.error().message);
  wan::WanLoop loop(*network);
  return loop.run(socket_path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || std::strcmp(argv[2], "--control") != 0) {
    std::cerr << "usage: causeway-wan TOPOLOGY.json --control SOCKET\n"
                 "Carries packets between the TUN devices of the hosts in the file; tools/lab starts it.\n";
    return 2;
  }
  const auto done = run(argv[1], argv[3]);
  if (done) return 0;
  std::cerr << "causeway-wan: " << done.error().message << '\n';
  return 1;
}
