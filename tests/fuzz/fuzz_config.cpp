// Any bytes as a configuration file give errors, never a crash. A configuration that loads prints and loads
// again as the same values.
#include <cstddef>
#include <cstdint>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"
#include "relay/config/config_load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = relay::load_config(overlay::as_text({data, size}), "/fuzz/node.yaml");
  if (!config) {
    CHECK(!config.error().empty());
    return 0;
  }
  const auto again =
      relay::load_config(relay::print_config(*config, relay::SecretPrinting::kShow), "/fuzz/node.yaml");
  CHECK(again.has_value());
  CHECK(*again == *config);
  return 0;
}
