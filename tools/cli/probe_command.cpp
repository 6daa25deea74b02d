#include "tools/cli/probe_command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "overlay/crypto/keys.h"
#include "tools/probe/probe.h"
#include "tools/render/table.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::array<std::string_view, 1> kPositional{"uri"};
constexpr overlay::UnixSeconds kCredentialsLast{600};
constexpr int kMaxPackets = 200;

[[nodiscard]] po::options_description describe() {
  po::options_description options("options");
  options.add_options()("user", po::value<std::string>(), "user name, with --password")(
      "password", po::value<std::string>(), "")(
      "secret", po::value<std::string>(), "instead: make expiring credentials with this rest_secrets entry")(
      "ca", po::value<std::string>()->default_value(""),
      "PEM file of the CA to trust (default: the system's)")("insecure", "verify no certificate")(
      "peer", po::value<std::string>(),
      "address of this machine to relay to (default: a second allocation on the server)")(
      "packets", po::value<int>()->default_value(20), "to send through, 20 ms apart")(
      "json", "print the reports for programs");
  return options;
}

[[nodiscard]] std::string milliseconds(overlay::Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", overlay::to_s(duration) * 1e3);
  return text.data();
}

[[nodiscard]] json document_of(const probe::ProbeReport& report) {
  json steps = json::array();
  for (const auto& step : report.steps)
    steps.push_back({{"step", step.name},
                     {"ok", step.is_done},
                     {"took_ms", overlay::to_s(step.took) * 1e3},
                     {"detail", step.detail}});
  return {
      {"transport", to_string(report.transport)},
      {"ok", report.is_good()},
      {"sent", report.sent},
      {"returned", report.returned},
      {"round_trip_ms", report.round_trip ? json(overlay::to_s(*report.round_trip) * 1e3) : json(nullptr)},
      {"steps", std::move(steps)}};
}

[[nodiscard]] std::string table_of(const std::vector<probe::ProbeReport>& reports) {
  Table table({"TRANSPORT", "STEP", "RESULT", "ms", "DETAIL"});
  for (const auto& report : reports) {
    const std::string name(to_string(report.transport));
    for (const auto& step : report.steps)
      table.add({name, step.name, step.is_done ? "ok" : "FAILED", milliseconds(step.took), step.detail});
    if (report.round_trip) {
      const std::string lost = std::to_string(report.sent - report.returned) + " lost";
      table.add({name, "round trip", report.is_good() ? "ok" : "FAILED", milliseconds(*report.round_trip),
                 "median; " + lost});
    }
  }
  return table.to_string();
}

template <typename T>
[[nodiscard]] T parsed_or_throw(const overlay::Result<T>& result) {
  if (!result) throw po::error(result.error().message);
  return *result;
}

[[nodiscard]] call::Credentials credentials_of(const po::variables_map& values, overlay::UnixSeconds now) {
  if (values.count("secret") != 0) {
    auto made = rest_credentials(values["secret"].as<std::string>(), "probe", now + kCredentialsLast);
    return {std::move(made.username), std::move(made.password)};
  }
  if (values.count("user") == 0 || values.count("password") == 0)
    throw po::error("--user and --password are needed, or --secret");
  return {values["user"].as<std::string>(), values["password"].as<std::string>()};
}

[[nodiscard]] probe::ProbePlan plan_of(const po::variables_map& values, const probe::TurnUri& uri,
                                       overlay::UnixSeconds now) {
  probe::ProbePlan plan{.host = uri.host,
                        .credentials = credentials_of(values, now),
                        .trust = {values["ca"].as<std::string>(), values.count("insecure") != 0},
                        .packets = values["packets"].as<int>()};
  if (plan.packets < 1 || plan.packets > kMaxPackets) throw po::error("--packets: from 1 to 200");
  if (values.count("peer") != 0)
    plan.peer_address = parsed_or_throw(overlay::IpAddress::parse(values["peer"].as<std::string>()));
  return plan;
}

}  // namespace

RestCredentials rest_credentials(std::string_view secret, std::string_view name,
                                 overlay::UnixSeconds expiry) {
  RestCredentials made{.username = std::to_string(expiry.count()) + ":" + std::string(name)};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto text = overlay::as_bytes(made.username);
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), text.data(), text.size(), digest.data(),
       &size);
  made.password = overlay::encode_base64(overlay::Bytes(digest).first(size));
  return made;
}

ExitCode run_probe_command(const Command& command, const Arguments& arguments, Context& context) {
  const auto parsed = parse_options(command, arguments, describe(), kPositional, context);
  if (parsed.is_answered) return parsed.code;
  const auto uri = probe::parse_turn_uri(parsed.values["uri"].as<std::string>());
  if (!uri) return fail(context, uri.error().message, ExitCode::kUsage);
  probe::ProbePlan plan;
  try {
    plan = plan_of(parsed.values, *uri, context.now);
  } catch (const po::error& error) {
    return fail(context, error.what(), ExitCode::kUsage);
  }
  const auto address = probe::resolve(uri->host);
  if (!address) return fail(context, address.error().message);
  plan.server = {*address, uri->port};

  std::vector<probe::ProbeReport> reports;
  for (const auto transport : uri->transports)
    reports.push_back(probe::run_probe(transport, plan));
  if (parsed.values.count("json") != 0) {
    json document = json::array();
    for (const auto& report : reports)
      document.push_back(document_of(report));
    context.out << json{{"server", plan.server.to_string()}, {"probes", document}}.dump(2) << "\n";
  } else {
    context.out << table_of(reports);
  }
  const bool all_good = std::all_of(reports.begin(), reports.end(),
                                    [](const probe::ProbeReport& report) { return report.is_good(); });
  return all_good ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace cli
