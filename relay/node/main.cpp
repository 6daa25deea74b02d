// The daemon `causewayd`. Exit codes: 0 stopped by a signal or answered, 1 wrong configuration or a start
// that failed, 2 wrong command line.
#include <array>
#include <climits>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <boost/program_options.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "overlay/base/keyed_hash.h"
#include "overlay/base/log.h"
#include "overlay/base/version.h"
#include "overlay/loop/signals.h"
#include "overlay/loop/system_clock.h"
#include "overlay/loop/system_random.h"
#include "relay/config/config_load.h"
#include "relay/config/config_reference.h"
#include "relay/io/tls_identity.h"
#include "relay/node/node.h"
#include "relay/node/node_credentials.h"
#include "relay/node/public_address_lookup.h"

namespace relay {
namespace {

namespace options = boost::program_options;

enum ExitCode : int { kOk = 0, kFailed = 1, kUsage = 2 };

options::options_description described_options() {
  options::options_description description("Options");
  auto add = description.add_options();
  add("config", options::value<std::string>()->value_name("FILE")->default_value("/etc/causeway/node.yaml"),
      "the node's configuration");
  add("check-config", "list every error of the configuration and of the files it names, and stop");
  add("print-config", "print the effective configuration, without secrets, and stop");
  add("show-secrets", "with --print-config: print secrets too");
  add("help-config", options::value<std::string>()->value_name("FORMAT")->implicit_value("text"),
      "print every key of a configuration with its values, default and meaning, and stop; FORMAT: text or "
      "markdown");
  add("version", "print the version and stop");
  add("help", "print this and stop");
  return description;
}

int print_help() {
  std::cout << "causewayd - a node of a Causeway relay network\n\nUsage: causewayd [--config FILE]\n\n"
            << described_options()
            << "\nWhile it runs, ask it with `causeway status`. SIGHUP and\n`causeway reload` read the "
               "configuration again; SIGTERM and SIGINT stop it.\n";
  return kOk;
}

int print_config_help(const std::string& format) {
  if (format != "text" && format != "markdown") {
    std::cerr << "causewayd: --help-config=" << format << " is not a format; write text or markdown\n";
    return kUsage;
  }
  std::cout << (format == "text" ? config_reference_text() : config_reference_page());
  return kOk;
}

int report(const ConfigErrors& errors) {
  for (const ConfigError& error : errors)
    std::cerr << error.to_string() << '\n';
  return kFailed;
}

int print_effective(const std::string& file, SecretPrinting secrets) {
  const auto config = load_config_file(file);
  if (!config) return report(config.error());
  std::cout << print_config(*config, secrets);
  return kOk;
}

ConfigResult load_completely(const std::string& file) {
  auto config = load_config_file(file, Purpose::kUse);
  if (!config) return config;
  return read_referenced_files(std::move(config).value(), file);
}

overlay::UnixSeconds civil_time() {
  return overlay::system_wall_clock().at(overlay::system_now());
}

overlay::Result<NodeCredentials> credentials_for(const NodeConfig& config) {
  if (config.overlay) return load_credentials(config.node, civil_time());
  std::array<char, HOST_NAME_MAX + 1> host_name{};
  (void)::gethostname(host_name.data(), host_name.size() - 1);
  overlay::SystemRandom random;
  return make_lone_credentials(host_name.data(), random);
}

overlay::Status check_tls(const NodeConfig& config) {
  if (!config.turn || config.turn->tls.certificate.empty()) return overlay::ok();
  const auto loaded = TlsContext::load(config.turn->tls.certificate.path, config.turn->tls.key.path);
  if (!loaded) return overlay::failure(loaded.error().message);
  if (const auto dates = (*loaded)->check_dates(civil_time()); !dates)
    std::cerr << "warning: certificate " << config.turn->tls.certificate.path << ' ' << dates.error().message
              << '\n';
  return overlay::ok();
}

// Chromium uses its nonce at the alternate server too, and gives up when that server does not accept the
// nonce.
bool lacks_common_nonce_keys(const NodeConfig& config) {
  return config.turn && config.turn->nonce_keys.empty() &&
         !(config.turn->alternatives.empty() && config.turn->tls_alternatives.empty());
}

int check(const std::string& file) {
  const auto config = load_completely(file);
  if (!config) return report(config.error());
  if (const auto credentials = credentials_for(*config); !credentials) {
    std::cerr << file << ": " << credentials.error().message << '\n';
    return kFailed;
  }
  if (const auto tls = check_tls(*config); !tls) {
    std::cerr << file << ": turn.tls: " << tls.error().message << '\n';
    return kFailed;
  }
  if (lacks_common_nonce_keys(*config))
    std::cerr << file
              << ": turn.alternatives: Chromium does not follow to a node with other nonce keys; "
                 "write the same nonce_keys on all of them\n";
  std::cout << file << ": the configuration is complete\n";
  return kOk;
}

// Every allocation needs a descriptor. The default soft limit is 1024, for programs with select().
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

overlay::Result<std::unique_ptr<Node>> start(NodeConfig config, const std::string& file) {
  auto credentials = credentials_for(config);
  if (!credentials) return overlay::failure(credentials.error().message);
  if (config.turn)
    if (const auto detected = detect_public_addresses(*config.turn); !detected)
      return overlay::failure(detected.error().message);
  return Node::create(std::move(config), std::move(credentials).value(),
                      [file] { return load_completely(file); });
}

int serve(const std::string& file) {
  auto config = load_completely(file);
  if (!config) return report(config.error());
  overlay::set_log_level(config->log.level);
  if (lacks_common_nonce_keys(*config))
    overlay::log(overlay::Level::kWarning, "nonce_keys_not_common", {{"key", "turn.nonce_keys"}});
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();

  overlay::Signals signals({SIGTERM, SIGINT, SIGHUP});
  auto node = start(std::move(config).value(), file);
  if (!node) {
    overlay::log(overlay::Level::kError, "node_start_failed", {{"reason", node.error().message}});
    return kFailed;
  }
  signals.deliver_to(node.value()->control_loop(), [&node](int number) {
    if (number == SIGHUP)
      (void)node.value()->reload();
    else
      node.value()->stop();
  });
  node.value()->run();
  signals.release();  // of the node's loop
  return kOk;
}

int run(int argc, const char* const* argv) {
  options::variables_map values;
  try {
    options::store(options::command_line_parser(argc, argv).options(described_options()).positional({}).run(),
                   values);
  } catch (const options::error& error) {
    std::cerr << "causewayd: " << error.what() << "; causewayd --help lists the options\n";
    return kUsage;
  }
  const std::string file = values["config"].as<std::string>();
  if (values.contains("help")) return print_help();
  if (values.contains("help-config")) return print_config_help(values["help-config"].as<std::string>());
  if (values.contains("version")) return std::cout << "causewayd " << overlay::version() << '\n', kOk;
  if (values.contains("check-config")) return check(file);
  if (values.contains("print-config"))
    return print_effective(file,
                           values.contains("show-secrets") ? SecretPrinting::kShow : SecretPrinting::kHide);
  return serve(file);
}

}  // namespace
}  // namespace relay

int main(int argc, char** argv) {
  overlay::SystemRandom random;
  overlay::set_hash_key(overlay::HashKey::draw(random));
  return relay::run(argc, argv);
}
