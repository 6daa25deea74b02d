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
  void read_key_password(const CoturnSetting& setting);

  void check_ports();
  void choose_addresses();
  [[nodiscard]] std::string reason_for_no_address() const;
  void note_wildcards();
  void show_external();
  void show(const External& external, const overlay::IpAddress& relay);
  void check_tls();
  void note_tls_port();

  CoturnTranslation& into_;
  std::vector<overlay::IpAddress> own_;
  std::vector<External> external_;
  std::vector<CoturnSetting> wildcards_;  // relay-ip=0.0.0.0 and relay-ip=::
  std::vector<CoturnSetting> files_;      // cert and pkey, at most one of each
  std::optional<CoturnSetting> tls_port_;
  std::map<overlay::AddressFamily, CoturnSetting> shown_by_;  // the settings that are in effect
};

}  // namespace cli
