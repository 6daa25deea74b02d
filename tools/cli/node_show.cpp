#include <array>
#include <ctime>
#include <optional>
#include <ostream>

#include <nlohmann/json.hpp>

#include "overlay/crypto/node_identity.h"
#include "tools/cli/enroll_commands.h"
#include "tools/cli/key_file.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;
using overlay::Certificate;

constexpr std::array<std::string_view, 1> kPositional{"certificate"};

[[nodiscard]] std::string civil_time(overlay::UnixSeconds time) {
  const std::time_t seconds = time.count();
  std::tm civil{};
  if (gmtime_r(&seconds, &civil) == nullptr) return std::to_string(time.count());
  char text[64];
  std::strftime(text, sizeof text, "%F %T UTC", &civil);
  return text;
}

[[nodiscard]] json roles_of(const Certificate& certificate) {
  json roles = json::array();
  if (certificate.has_role(overlay::NodeRole::kEdge)) roles.push_back("edge");
  if (certificate.has_role(overlay::NodeRole::kHub)) roles.push_back("hub");
  if (certificate.has_role(overlay::NodeRole::kCenter)) roles.push_back("center");
  return roles;
}

// "valid", or why it is not; without a CA, only the times can be judged.
[[nodiscard]] std::string standing_of(const Certificate& certificate,
                                      const std::optional<overlay::SigningPublicKey>& ca,
                                      overlay::UnixSeconds now) {
  if (ca) {
    const auto verified = overlay::verify_certificate(certificate, *ca, now);
    return verified ? "valid" : overlay::to_string(verified.error());
  }
  if (now < certificate.not_before) return overlay::to_string(overlay::CertificateError::kNotYetValid);
  if (now >= certificate.not_after) return overlay::to_string(overlay::CertificateError::kExpired);
  return "in its time; give --ca ca.pub to check who signed it";
}

[[nodiscard]] json document_of(const Certificate& certificate, const std::string& standing) {
  return {{"name", certificate.name},
          {"id", certificate.node.value()},
          {"roles", roles_of(certificate)},
          {"provider", certificate.provider},
          {"region", certificate.region},
          {"zone", certificate.zone},
          {"not_before", certificate.not_before.count()},
          {"not_after", certificate.not_after.count()},
          {"signing_key", overlay::encode_base64(certificate.signing_key.bytes())},
          {"exchange_key", overlay::encode_base64(certificate.exchange_key.bytes())},
          {"standing", standing}};
}

void print(const Certificate& certificate, const std::string& standing, std::ostream& out) {
  std::string roles;
  for (const auto& role : roles_of(certificate))
    roles += (roles.empty() ? "" : ", ") + role.get<std::string>();
  out << "node          " << certificate.name << " (id " << certificate.node.value() << ")\n"
      << "role          " << roles << "\n"
      << "where         " << certificate.provider << "/" << certificate.region << "/" << certificate.zone
      << "\n"
      << "valid         " << civil_time(certificate.not_before) << " to " << civil_time(certificate.not_after)
      << "\n"
      << "standing      " << standing << "\n"
      << "signing key   " << overlay::encode_base64(certificate.signing_key.bytes()) << "\n"
      << "exchange key  " << overlay::encode_base64(certificate.exchange_key.bytes()) << "\n";
}

template <typename Parse>
[[nodiscard]] auto read_as(const std::string& path, Parse parse) -> decltype(parse(std::string_view{})) {
  const auto text = read_file(path);
  if (!text) return overlay::Unexpected(text.error());
  auto parsed = parse(std::string_view(*text));
  if (!parsed) return overlay::failure(path + ": " + parsed.error().message);
  return parsed;
}

}  // namespace

ExitCode run_node_show(const Command& command, const Arguments& arguments, Context& context) {
  po::options_description options("options");
  options.add_options()("ca", po::value<std::string>(), "ca.pub: check that its CA signed the certificate")(
      "json", "print the certificate for programs");
  const auto parsed = parse_options(command, arguments, std::move(options), kPositional, context);
  if (parsed.is_answered) return parsed.code;

  const auto certificate =
      read_as(parsed.values["certificate"].as<std::string>(), overlay::parse_certificate);
  if (!certificate) return fail(context, certificate.error().message);
  std::optional<overlay::SigningPublicKey> ca;
  if (parsed.values.count("ca") != 0) {
    const auto read = read_as(parsed.values["ca"].as<std::string>(), overlay::parse_ca);
    if (!read) return fail(context, read.error().message);
    ca = *read;
  }
  const std::string standing = standing_of(*certificate, ca, context.now);
  if (parsed.values.count("json") != 0)
    context.out << document_of(*certificate, standing).dump(2) << "\n";
  else
    print(*certificate, standing, context.out);
  return ca && standing != "valid" ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace cli
