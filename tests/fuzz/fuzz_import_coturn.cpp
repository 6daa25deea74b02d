// Any bytes as a turnserver.conf: no line is lost, and nothing crashes on the way to YAML.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"
#include "relay/config/config_load.h"
#include "tools/import_coturn/coturn_file.h"
#include "tools/import_coturn/coturn_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = overlay::as_text({data, size});
  const auto file = cli::parse_coturn_file(text);

  const auto import = cli::import_coturn(text, {});

  const auto of_lines =
      std::ranges::count_if(import.findings, [](const auto& finding) { return finding.line > 0; });
  CHECK(static_cast<std::size_t>(of_lines) == file.settings.size() + file.malformed.size());
  (void)relay::load_config(relay::print_config(import.config, relay::SecretPrinting::kShow),
                           "/fuzz/node.yaml");
  return 0;
}
