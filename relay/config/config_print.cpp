#include "relay/config/config_load.h"
#include "relay/config/node_settings.h"
#include "relay/config/settings_printer.h"

namespace relay {

std::string print_config(const NodeConfig& config, SecretPrinting secrets) {
  return SettingsPrinter(secrets).print(config);
}

}  // namespace relay
