// Translates coturn's settings for optional parts of TURN and STUN, and for alternate servers.
#pragma once

#include <vector>

#include "overlay/base/endpoint.h"
#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnProtocol {
 public:
  explicit CoturnProtocol(CoturnTranslation& translation);

  // False if another part reads the setting, or none does.
  [[nodiscard]] bool read(const CoturnSetting& setting);
  // Call after all settings have been read and the listeners are known.
  void finish();

 private:
  void read_mobility(const CoturnSetting& setting);
  void read_alternate(const CoturnSetting& setting);
  void read_discovery(const CoturnSetting& setting);
  void read_software(const CoturnSetting& setting);
  void read_tcp_relay(const CoturnSetting& setting);
  void read_family(const CoturnSetting& setting);

  void finish_discovery();
  void finish_alternates();
  void finish_tcp_relay();
  void finish_family();

  struct Alternate {
    CoturnSetting setting;
    overlay::Endpoint server;
  };

  CoturnTranslation& into_;
  std::vector<Alternate> alternates_;
  std::vector<CoturnSetting> discovery_;
  std::vector<CoturnSetting> ipv4_families_;
  bool names_tcp_relay_ = false;
  bool names_family_ = false;
};

}  // namespace cli
