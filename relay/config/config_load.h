// Reads a configuration from YAML and prints it back. load_config() and print_config() are pure.
// load_config_file() and read_referenced_files() read files, at the start, at a reload and for
// --check-config.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/config/config.h"
#include "relay/config/config_error.h"

namespace relay {

// Of a configuration, and of a file with secrets.
inline constexpr std::size_t kMaxConfigFileBytes = 1 << 20;

using ConfigResult = overlay::Result<NodeConfig, ConfigErrors>;

// Reports every error at once, in the order of lines. Relative paths count from the folder of `file_name`.
[[nodiscard]] ConfigResult load_config(std::string_view text, std::string_view file_name,
                                       Purpose purpose = Purpose::kShow);

// Effective values as YAML. With kShow, load_config() returns an equal NodeConfig.
[[nodiscard]] std::string print_config(const NodeConfig& config, SecretPrinting secrets);

// Reads the file, then load_config().
[[nodiscard]] ConfigResult load_config_file(const std::string& path, Purpose purpose = Purpose::kShow);

// Moves the contents of rest_secrets_file and nonce_keys_file into the configuration. Checks that the node's
// key, certificate and CA can be read and that nobody but the owner can read a secret.
[[nodiscard]] ConfigResult read_referenced_files(NodeConfig config, std::string_view file_name);

}  // namespace relay
