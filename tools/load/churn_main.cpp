// causeway-churn: many TURN clients that come and go. Prints a line of JSON each second until standard input
// ends.
#include <iostream>
#include <string>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include "overlay/loop/system_clock.h"
#include "tools/load/churn.h"
#include "tools/load/load_main.h"

namespace {

namespace po = boost::program_options;
using namespace std::chrono_literals;

[[nodiscard]] po::options_description all_options() {
  po::options_description options(
      "causeway-churn: many TURN clients that come and go, until standard input ends");
  auto add = options.add_options();
  add("server", po::value<std::string>()->required(), "HOST:PORT of the TURN server (UDP)");
  add("local", po::value<std::string>()->required(), "address of the clients and of their peer");
  add("user", po::value<std::string>()->required(), "user name");
  add("password", po::value<std::string>()->required(), "password");
  add("allocations", po::value<std::size_t>()->default_value(2000), "allocations at a time");
  add("mean-life", po::value<double>()->default_value(60.0),
      "mean lifetime of an allocation in seconds; 0: no end");
  add("starts", po::value<double>()->default_value(200.0),
      "clients that start in each second, until there are enough");
  add("vanishing", po::value<double>()->default_value(0.1),
      "share of clients that end without deleting their allocation");
  add("packets", po::value<double>()->default_value(1.0), "packets per second of each allocation");
  add("size", po::value<std::size_t>()->default_value(172), "bytes of payload of each packet");
  add("bare", po::bool_switch(), "the server is causeway-bare-echo: send ChannelData only");
  add("help,h", "print this text");
  return options;
}

[[nodiscard]] overlay::Result<load::ChurnOptions> parse(const po::variables_map& given) {
  const auto server = overlay::Endpoint::parse(given["server"].as<std::string>());
  if (!server) return overlay::Unexpected(server.error());
  const auto local = overlay::IpAddress::parse(given["local"].as<std::string>());
  if (!local) return overlay::Unexpected(local.error());
  const auto life = given["mean-life"].as<double>();
  const auto starts = given["starts"].as<double>();
  if (!(starts > 0)) return overlay::failure("--starts: write a number above 0");
  return load::ChurnOptions{
      .server = *server,
      .local = *local,
      .credentials = {given["user"].as<std::string>(), given["password"].as<std::string>()},
      .allocations = given["allocations"].as<std::size_t>(),
      .mean_life =
          life == 0 ? std::nullopt : std::optional(overlay::Duration(static_cast<std::int64_t>(1e9 * life))),
      .vanishing = given["vanishing"].as<double>(),
      .packets_per_second = given["packets"].as<double>(),
      .packet_size = given["size"].as<std::size_t>(),
      .is_bare = given["bare"].as<bool>(),
      .start_every = overlay::Duration(static_cast<std::int64_t>(1e9 / starts))};
}

void print(const load::ChurnCounts& counts) {
  std::cout << nlohmann::json{{"live", counts.live},         {"allocated", counts.allocated},
                              {"released", counts.released}, {"vanished", counts.vanished},
                              {"failed", counts.failed},     {"failures", counts.failures},
                              {"sent", counts.sent},         {"received", counts.received}}
                   .dump()
            << std::endl;
}

[[nodiscard]] bool input_ended() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  char ignored[256];
  return ::poll(&input, 1, 0) > 0 && ::read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

[[nodiscard]] overlay::Status run(const load::ChurnOptions& options) {
  const auto churn = load::Churn::make(options);
  if (!churn) return overlay::Unexpected(churn.error());
  overlay::Instant next_line = overlay::system_now() + 1s;
  while (!input_ended()) {
    const auto until = overlay::system_now() + 50ms;
    while (overlay::system_now() < until)
      (*churn)->run_once();
    if (overlay::system_now() < next_line) continue;
    next_line += 1s;
    print((*churn)->counts());
  }
  (*churn)->stop();
  while (!(*churn)->is_quiet())
    (*churn)->run_once();
  print((*churn)->counts());
  return overlay::ok();
}

}  // namespace

int main(int argc, char** argv) {
  return load::run_main(argc, argv, "causeway-churn", all_options(),
                        [](const po::variables_map& given) -> overlay::Status {
                          const auto options = parse(given);
                          if (!options) return overlay::Unexpected(options.error());
                          return run(*options);
                        });
}
