#include "tools/import_coturn/coturn_operation.h"

#include <algorithm>
#include <string>

#include "relay/config/config_values.h"

namespace cli {

using enum ImportOutcome;

bool CoturnOperation::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnOperation> kReaders = {
      {"relay-threads", &CoturnOperation::read_threads},
      {"cpus", &CoturnOperation::read_threads},
      {"verbose", &CoturnOperation::read_verbose},
      {"Verbose", &CoturnOperation::read_verbose},
      {"prometheus", &CoturnOperation::read_prometheus},
      {"prometheus-port", &CoturnOperation::read_prometheus},
  };
  return read_by(*this, kReaders, setting);
}

void CoturnOperation::read_threads(const CoturnSetting& setting) {
  const auto threads = into_.number(setting, relay::CountRange{0, 256});
  if (!threads) return;
  into_.config.cores = static_cast<std::uint16_t>(std::max<std::uint32_t>(*threads, 1));
  const CoturnSetting* const mobility = into_.precedence.find("mobility");
  if (mobility != nullptr && mobility->is_on())
    return into_.note(setting, kAdapted, with_line(*mobility) + " needs a node with one data plane");
  into_.note(setting, kTranslated);
}

// coturn names refused logins and sessions with verbose, and each message with Verbose.
void CoturnOperation::read_verbose(const CoturnSetting& setting) {
  if (!setting.is_on()) return into_.note(setting, kTranslated);
  const bool is_extra = setting.name == "Verbose";
  into_.config.log.level = is_extra ? overlay::Level::kDebug : overlay::Level::kInfo;
  into_.note(setting, kAdapted,
             std::string(is_extra ? "log.level debug shows refused requests, and as info does"
                                  : "log.level info shows") +
                 " refused logins (event=login_refused) with fault and remedy; usage_log has the sessions");
}

// coturn ignores the value of prometheus.
void CoturnOperation::read_prometheus(const CoturnSetting& setting) {
  auto& listen = into_.config.metrics.listen;
  if (!listen) listen = overlay::Endpoint::parse("127.0.0.1:9641").value();
  if (setting.name == "prometheus-port") {
    const auto port = into_.number(setting, relay::CountRange{1, 65535});
    if (!port) return;
    listen->port = static_cast<std::uint16_t>(*port);
  }
  into_.note(
      setting, kAdapted,
      "coturn listens on all addresses; the node on loopback only, see metrics.listen; metrics have other "
      "names");
}

}  // namespace cli
