#include <ostream>

#include "overlay/crypto/node_identity.h"
#include "tools/cli/enroll_commands.h"
#include "tools/cli/key_file.h"

namespace cli {
namespace {

namespace po = boost::program_options;

[[nodiscard]] overlay::Status write_ca(const std::string& folder, const overlay::SigningKeyPair& ca) {
  if (const auto made = make_folder(folder); !made) return made;
  if (const auto key =
          write_new_file(folder + "/ca.key", overlay::ca_key_to_text(ca), FileAccess::kOwnerOnly);
      !key)
    return key;
  return write_new_file(folder + "/ca.pub", overlay::ca_to_text(ca.public_key()), FileAccess::kEveryone);
}

}  // namespace

ExitCode run_ca_init(const Command& command, const Arguments& arguments, Context& context) {
  po::options_description options("options");
  options.add_options()("dir", po::value<std::string>()->required(), "folder for ca.key and ca.pub");
  const auto parsed = parse_options(command, arguments, std::move(options), {}, context);
  if (parsed.is_answered) return parsed.code;

  const auto folder = parsed.values["dir"].as<std::string>();
  const auto written = write_ca(folder, overlay::SigningKeyPair::generate(context.random));
  if (!written) return fail(context, written.error().message);
  context.out << "wrote " << folder << "/ca.key: whoever has it can make nodes; keep it off the nodes\n"
              << "wrote " << folder << "/ca.pub\n"
              << "next: causeway node enroll --ca " << folder << " ...\n";
  return ExitCode::kOk;
}

}  // namespace cli
