// From YAML to NodeConfig and back. load_config() and print_config() are pure; the two functions below them
// read the files that a configuration names, at start and for --check-config.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/config/config.h"
#include "relay/config/config_error.h"

namespace relay {

using ConfigResult = overlay::Result<NodeConfig, ConfigErrors>;

// What a configuration is loaded for. One to go into use must not have the secret of the examples.
enum class Purpose { kShow, kUse };

// Reports every error at once, in the order of lines. Relative paths count from the folder of `file_name`.
[[nodiscard]] ConfigResult load_config(std::string_view text, std::string_view file_name,
                                       Purpose purpose = Purpose::kShow);

enum class SecretPrinting { kHide, kShow };

// Effective values as YAML; with kShow, load_config() gives an equal NodeConfig back.
[[nodiscard]] std::string print_config(const NodeConfig& config, SecretPrinting secrets);

// Reads the file, then load_config().
[[nodiscard]] ConfigResult load_config_file(const std::string& path, Purpose purpose = Purpose::kShow);

// Moves the contents of rest_secrets_file and nonce_keys_file into the configuration, and checks that the
// node's key, certificate and CA can be read and that nobody but their owner can read a secret.
[[nodiscard]] ConfigResult read_referenced_files(NodeConfig config, std::string_view file_name);

}  // namespace relay
