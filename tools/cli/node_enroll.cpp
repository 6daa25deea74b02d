#include <ostream>

#include <nlohmann/json.hpp>

#include "overlay/crypto/node_identity.h"
#include "tools/cli/enroll_commands.h"
#include "tools/cli/key_file.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using overlay::Certificate;
using overlay::Result;

// A certificate is valid this long before it was made: the clocks of nodes differ.
constexpr overlay::UnixSeconds kClockSkew = std::chrono::hours(1);

[[nodiscard]] po::options_description enroll_options() {
  using Words = std::vector<std::string>;
  po::options_description options("options");
  options.add_options()                                                                            //
      ("ca", po::value<std::string>()->required(), "folder of ca.key, from causeway ca init")      //
      ("name", po::value<std::string>()->required(), "the node's name, unique in the cluster")     //
      ("id", po::value<unsigned>()->required(), "its id, 1 to 65535, unique in the cluster")       //
      ("provider", po::value<std::string>()->required(), "its cloud provider, such as aws")        //
      ("region", po::value<std::string>()->required(), "its region, such as fra")                  //
      ("zone", po::value<std::string>(), "its zone in the region (default: the region's name)")    //
      ("role", po::value<Words>()->required(), "edge, hub or center; may be given several times")  //
      ("days", po::value<unsigned>()->default_value(365), "how long the certificate is valid")     //
      ("out", po::value<std::string>()->required(), "folder for node.key, node.cert and ca.pub")   //
      ("json", "print the result for programs");
  return options;
}

[[nodiscard]] Result<std::uint8_t> roles_of(const std::vector<std::string>& words) {
  unsigned roles = 0;
  for (const auto& word : words) {
    if (word == "edge")
      roles |= static_cast<unsigned>(overlay::NodeRole::kEdge);
    else if (word == "hub")
      roles |= static_cast<unsigned>(overlay::NodeRole::kHub);
    else if (word == "center")
      roles |= static_cast<unsigned>(overlay::NodeRole::kCenter);
    else
      return overlay::failure("\"" + word + "\" is not a role; write edge, hub or center");
  }
  return static_cast<std::uint8_t>(roles);
}

// The unsigned certificate, for the CA to sign.
[[nodiscard]] Result<Certificate> subject_of(const po::variables_map& values, const overlay::NodeKeys& keys,
                                             overlay::UnixSeconds now) {
  const auto id = values["id"].as<unsigned>();
  const auto days = values["days"].as<unsigned>();
  if (id == 0 || id > 65535) return overlay::failure("the id must be 1 to 65535");
  if (days == 0 || days > 36500) return overlay::failure("the days must be 1 to 36500");
  const auto roles = roles_of(values["role"].as<std::vector<std::string>>());
  if (!roles) return overlay::Unexpected(roles.error());

  Certificate subject;
  subject.node = overlay::NodeId(static_cast<std::uint16_t>(id));
  subject.name = values["name"].as<std::string>();
  subject.provider = values["provider"].as<std::string>();
  subject.region = values["region"].as<std::string>();
  subject.zone = values.count("zone") != 0 ? values["zone"].as<std::string>() : subject.region;
  subject.roles = *roles;
  subject.signing_key = keys.signing.public_key();
  subject.exchange_key = keys.exchange.public_key();
  subject.not_before = now - kClockSkew;
  subject.not_after = now + std::chrono::hours(24) * days;
  return subject;
}

[[nodiscard]] Result<overlay::SigningKeyPair> read_ca(const std::string& folder) {
  const std::string path = folder + "/ca.key";
  const auto text = read_file(path);
  if (!text)
    return overlay::failure(text.error().message + "; make it with: causeway ca init --dir " + folder);
  auto ca = overlay::parse_ca_key(*text);
  if (!ca) return overlay::failure(path + ": " + ca.error().message);
  return ca;
}

[[nodiscard]] overlay::Status write_node(const std::string& folder, const overlay::NodeKeys& keys,
                                         const Certificate& certificate,
                                         const overlay::SigningPublicKey& ca) {
  if (const auto made = make_folder(folder); !made) return made;
  if (const auto key = write_new_file(folder + "/node.key", overlay::to_text(keys), FileAccess::kOwnerOnly);
      !key)
    return key;
  if (const auto written =
          write_new_file(folder + "/node.cert", overlay::to_text(certificate), FileAccess::kEveryone);
      !written)
    return written;
  return write_new_file(folder + "/ca.pub", overlay::ca_to_text(ca), FileAccess::kEveryone);
}

void report(const Certificate& certificate, const std::string& folder, bool as_json, std::ostream& out) {
  const std::string exchange_key = overlay::encode_base64(certificate.exchange_key.bytes());
  if (as_json) {
    out << nlohmann::json{{"name", certificate.name},        {"id", certificate.node.value()},
                          {"exchange_key", exchange_key},    {"not_after", certificate.not_after.count()},
                          {"key", folder + "/node.key"},     {"certificate", folder + "/node.cert"},
                          {"cluster_ca", folder + "/ca.pub"}}
               .dump(2)
        << "\n";
    return;
  }
  out << "wrote " << folder << "/node.key (keep it on the node), node.cert and ca.pub\n"
      << "exchange key, for the seeds of other nodes:\n"
      << "  - {name: " << certificate.name << ", endpoint: \"ADDRESS:PORT\", key: \"" << exchange_key
      << "\"}\n";
}

}  // namespace

ExitCode run_node_enroll(const Command& command, const Arguments& arguments, Context& context) {
  const auto parsed = parse_options(command, arguments, enroll_options(), {}, context);
  if (parsed.is_answered) return parsed.code;

  const auto ca = read_ca(parsed.values["ca"].as<std::string>());
  if (!ca) return fail(context, ca.error().message);
  const auto keys = overlay::NodeKeys::generate(context.random);
  const auto subject = subject_of(parsed.values, keys, context.now);
  if (!subject) return fail(context, subject.error().message, ExitCode::kUsage);
  const auto certificate = overlay::issue_certificate(*ca, *subject);
  if (!certificate) return fail(context, certificate.error().message, ExitCode::kUsage);
  const auto folder = parsed.values["out"].as<std::string>();
  if (const auto written = write_node(folder, keys, *certificate, ca->public_key()); !written)
    return fail(context, written.error().message);
  report(*certificate, folder, parsed.values.count("json") != 0, context.out);
  return ExitCode::kOk;
}

}  // namespace cli
