// Translates coturn's settings for listeners, transports, relay addresses and public addresses.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnAddresses {
 public:
  // `own`: addresses of this host, for a file without addresses, where coturn finds them out itself.
  CoturnAddresses(CoturnTranslation& translation, std::vector<overlay::IpAddress> own)
      : into_(translation), own_(std::move(own)) {}

  // False if another part reads the setting, or none does.
  [[nodiscard]] bool read(const CoturnSetting& setting);
  // Call after all settings have been read. Adds the listeners to the configuration.
  void finish();

 private:
  struct External {
    CoturnSetting setting;
    overlay::IpAddress shown;
    std::optional<overlay::IpAddress> local;
  };

  void read_port(const CoturnSetting& setting);
  void read_address(const CoturnSetting& setting);
  void read_external(const CoturnSetting& setting);
  void read_transport(const CoturnSetting& setting);
  void read_proxy(const CoturnSetting& setting);
  void read_auxiliary(const CoturnSetting& setting);
  void read_file(const CoturnSetting& setting);

  void check_ports();
  void choose_addresses();
  void show_external();
  void show(const External& external, const overlay::IpAddress& relay);
  void check_tls();

  CoturnTranslation& into_;
  std::vector<overlay::IpAddress> own_;
  std::vector<External> external_;
  std::map<overlay::AddressFamily, CoturnSetting> shown_by_;  // the settings that are in effect
};

}  // namespace cli
