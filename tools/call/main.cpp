// causeway-call: one end of a test call, through a TURN server or plain. tools/call/README.md has the
// commands.
#include <csignal>
#include <iostream>
#include <optional>
#include <string>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>

#include "tools/call/call.h"

namespace {

namespace po = boost::program_options;
using overlay::Endpoint;
using overlay::IpAddress;

[[nodiscard]] po::options_description all_options() {
  po::options_description options("causeway-call: one end of a test call");
  options.add_options()("server", po::value<std::string>(), "HOST:PORT of the TURN server (UDP)")(
      "user", po::value<std::string>()->default_value(""), "TURN user name")(
      "password", po::value<std::string>()->default_value(""), "TURN password")(
      "plain", po::value<std::string>(), "LOCAL:PORT of a call without TURN")("help,h", "print this text");
  return options;
}

[[nodiscard]] overlay::Result<call::CallOptions> parse(const po::variables_map& given) {
  const bool is_plain = given.count("plain") != 0;
  if (is_plain == (given.count("server") != 0))
    return overlay::failure("give either --server HOST:PORT or --plain LOCAL:PORT");
  const auto endpoint = Endpoint::parse(given[is_plain ? "plain" : "server"].as<std::string>());
  if (!endpoint) return overlay::Unexpected(endpoint.error());
  if (is_plain) return call::CallOptions{.local = *endpoint};
  const auto anywhere = endpoint->address.is_v4() ? IpAddress::v4({}) : IpAddress::v6({});
  return call::CallOptions{
      .local = {anywhere, 0},
      .server = *endpoint,
      .credentials = {given["user"].as<std::string>(), given["password"].as<std::string>()}};
}

[[nodiscard]] overlay::Status run(const po::variables_map& given) {
  const auto options = parse(given);
  if (!options) return overlay::Unexpected(options.error());
  auto socket = overlay::UdpSocket::open(options->local, {.buffer_bytes = 4 << 20});
  if (!socket) return overlay::Unexpected(socket.error());
  return call::Call(*options, *std::move(socket)).run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = all_options();
  po::variables_map given;
  try {
    po::store(po::parse_command_line(argc, argv, options), given);
  } catch (const po::error& error) {
    std::cerr << "causeway-call: " << error.what() << '\n' << options;
    return 2;
  }
  if (given.count("help") != 0) {
    std::cout << options;
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const auto done = run(given);
  if (done) return 0;
  std::cout << nlohmann::json{{"event", "failed"}, {"message", done.error().message}}.dump() << std::endl;
  return 1;
}
