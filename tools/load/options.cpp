#include "tools/load/options.h"

#include <iostream>
#include <map>

#include <boost/program_options.hpp>

namespace load {
namespace {

namespace po = boost::program_options;

[[nodiscard]] po::options_description describe() {
  po::options_description all("causeway-turnbench --what WHAT --server HOST:PORT --peer ADDRESS [OPTIONS]");
  const auto text = [] { return po::value<std::string>(); };
  all.add_options()("help,h", "print this text")(
      "what", text()->default_value("load"),
      "load (relayed packets), churn (allocations per second) or memory")(
      "server", text()->required(), "address and port of a TURN server, UDP")(
      "user", text()->default_value("bench"), "user name")(
      "password", text()->default_value("bench"), "password")("client-netns", text()->default_value(""),
                                                              "file of the clients' network namespace")(
      "peer-netns", text()->default_value(""), "file of the peers' network namespace")(
      "peer", text()->default_value(""), "address of the peers")(
      "allocations", po::value<std::size_t>()->default_value(1),
      "number of allocations, or of clients at a time (churn)")(
      "payload", po::value<std::size_t>()->default_value(172), "bytes of UDP payload at the peer")(
      "encoding", text()->default_value("channel"), "channel or indication")(
      "direction", text()->default_value("both"), "up (client to peer), down or both")(
      "rate", po::value<double>()->default_value(0),
      "packets/s of each allocation and direction; 0: flat out")(
      "burst", po::value<std::size_t>()->default_value(1), "packets per send call (UDP GSO)")(
      "window", po::value<std::size_t>()->default_value(32),
      "flat out: packets in flight, of each flow and direction")(
      "warm-up", po::value<double>()->default_value(0.5), "seconds before the measurement")(
      "seconds", po::value<double>()->default_value(5), "length of the measurement")(
      "server-core", po::value<int>(), "CPU that only the server uses: report its busy time")(
      "server-pid", po::value<int>(), "process id of a server on this machine: report its CPU time")(
      "network-pid", po::value<std::vector<int>>(), "kernel thread that receives for the server; repeatable");
  return all;
}

template <typename T>
[[nodiscard]] T one_of(const po::variables_map& values, const char* name,
                       const std::map<std::string, T>& choices) {
  const auto found = choices.find(values[name].as<std::string>());
  if (found == choices.end()) throw po::error(std::string("--") + name + " does not accept this value");
  return found->second;
}

template <typename T>
[[nodiscard]] T parsed(const overlay::Result<T>& result) {
  if (!result) throw po::error(result.error().message);
  return *result;
}

[[nodiscard]] overlay::Duration seconds(const po::variables_map& values, const char* name) {
  return overlay::Duration(static_cast<std::int64_t>(values[name].as<double>() * 1e9));
}

void check(const Plan& plan) {
  if (plan.payload < kMinPayload || plan.payload > kMaxPayload)
    throw po::error("--payload must be 16 to 1400 bytes");
  if (plan.allocations == 0 || plan.allocations > 20'000) throw po::error("--allocations must be 1 to 20000");
  if (plan.burst == 0 || plan.burst > 64 || plan.burst * (plan.payload + 64) > 65'000)
    throw po::error("--burst must be 1 to 64 packets with a total below 65000 bytes");
  if (plan.is_paced() && plan.burst > 1) throw po::error("--burst and --rate exclude each other");
  if (plan.subject == Subject::kLoad && plan.peer_address.is_unspecified())
    throw po::error("--peer ADDRESS is missing");
  if (plan.subject == Subject::kMemory && !plan.server_pid)
    throw po::error("--what memory needs --server-pid");
  if (plan.window < plan.burst) throw po::error("--window must hold at least one burst");
}

}  // namespace

std::optional<Plan> parse_options(int argc, char** argv) {
  const auto options = describe();
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  if (values.count("help") != 0) {
    std::cout << options;
    return std::nullopt;
  }
  po::notify(values);
  const auto text = [&](const char* name) { return values[name].as<std::string>(); };
  Plan plan{
      .server = parsed(overlay::Endpoint::parse(text("server"))),
      .credentials = {text("user"), text("password")},
      .client_netns = text("client-netns"),
      .peer_netns = text("peer-netns"),
      .subject = one_of<Subject>(
          values, "what",
          {{"load", Subject::kLoad}, {"churn", Subject::kChurn}, {"memory", Subject::kMemory}}),
      .allocations = values["allocations"].as<std::size_t>(),
      .payload = values["payload"].as<std::size_t>(),
      .encoding = one_of<Encoding>(
          values, "encoding", {{"channel", Encoding::kChannelData}, {"indication", Encoding::kIndication}}),
      .direction =
          one_of<Direction>(values, "direction",
                            {{"up", Direction::kUp}, {"down", Direction::kDown}, {"both", Direction::kBoth}}),
      .rate = values["rate"].as<double>(),
      .burst = values["burst"].as<std::size_t>(),
      .window = values["window"].as<std::size_t>(),
      .warm_up = seconds(values, "warm-up"),
      .length = seconds(values, "seconds")};
  if (!text("peer").empty()) plan.peer_address = parsed(overlay::IpAddress::parse(text("peer")));
  if (values.count("server-core") != 0) plan.server_core = values["server-core"].as<int>();
  if (values.count("server-pid") != 0) plan.server_pid = values["server-pid"].as<int>();
  if (values.count("network-pid") != 0) plan.network_pids = values["network-pid"].as<std::vector<int>>();
  check(plan);
  return plan;
}

}  // namespace load
