// causeway-flood: sends spoofed datagrams at a steady rate. Prints one line of JSON at its end.
#include <algorithm>
#include <iostream>
#include <string>
#include <thread>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "overlay/loop/system_clock.h"
#include "tools/load/flood.h"
#include "tools/load/load_main.h"

namespace {

namespace po = boost::program_options;
using namespace std::chrono_literals;

constexpr overlay::Duration kTick = 1ms;
constexpr double kMostTicksToCatchUp = 10.0;

[[nodiscard]] po::options_description all_options() {
  po::options_description options("causeway-flood: sends datagrams from spoofed addresses");
  auto add = options.add_options();
  add("server", po::value<std::string>()->required(), "HOST:PORT of the TURN server or node");
  add("payload", po::value<std::string>()->default_value("allocates"), "allocates or handshakes");
  add("sources", po::value<std::string>()->default_value("198.18.0.0/15"),
      "prefix of the spoofed source addresses");
  add("rate", po::value<double>()->default_value(100'000.0), "packets per second");
  add("seconds", po::value<double>()->default_value(30.0), "length of the flood");
  add("help,h", "print this text");
  return options;
}

[[nodiscard]] overlay::Status run(const po::variables_map& given) {
  const auto server = overlay::Endpoint::parse(given["server"].as<std::string>());
  if (!server) return overlay::Unexpected(server.error());
  const auto sources = overlay::IpPrefix::parse(given["sources"].as<std::string>());
  if (!sources) return overlay::Unexpected(sources.error());
  const auto payload = given["payload"].as<std::string>();
  if (payload != "allocates" && payload != "handshakes")
    return overlay::failure("--payload is allocates or handshakes, not \"" + payload + "\"");
  auto flood = load::Flood::open(
      *server, *sources,
      payload == "allocates" ? load::FloodPayload::kAllocates : load::FloodPayload::kHandshakes);
  if (!flood) return overlay::Unexpected(flood.error());

  overlay::SeededRandom random(1);
  const double per_tick = given["rate"].as<double>() * overlay::to_ms(kTick) / 1000.0;
  const overlay::Instant began = overlay::system_now();
  const overlay::Duration duration(static_cast<std::int64_t>(1e9 * given["seconds"].as<double>()));
  std::size_t sent = 0;
  double due = 0.0;  // packets; bounded, so that a stalled host sends no large burst
  overlay::Instant last = began;
  while (overlay::system_now() - began < duration) {
    const overlay::Instant now = overlay::system_now();
    due += std::min(overlay::to_ms(now - last) / overlay::to_ms(kTick), kMostTicksToCatchUp) * per_tick;
    last = now;
    const auto count = static_cast<std::size_t>(due);
    sent += flood->send(count, random);
    due -= static_cast<double>(count);
    std::this_thread::sleep_until(std::chrono::steady_clock::now() + kTick / 2);
  }
  const double seconds = overlay::to_ms(overlay::system_now() - began) / 1000.0;
  std::cout << nlohmann::json{{"sent", sent},
                              {"seconds", seconds},
                              {"per_second", static_cast<double>(sent) / seconds}}
                   .dump()
            << std::endl;
  return overlay::ok();
}

}  // namespace

int main(int argc, char** argv) {
  return load::run_main(argc, argv, "causeway-flood", all_options(), run);
}
