// Translates coturn's settings for client authentication, peers and limits.
#pragma once

#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnAccess {
 public:
  explicit CoturnAccess(CoturnTranslation& translation) : into_(translation) {}

  // False if another part reads the setting, or none does.
  [[nodiscard]] bool read(const CoturnSetting& setting);
  // Call after all settings have been read.
  void finish();

 private:
  void read_secret(const CoturnSetting& setting);
  void read_user(const CoturnSetting& setting);
  void read_realm(const CoturnSetting& setting);
  void read_separator(const CoturnSetting& setting);
  void read_peers(const CoturnSetting& setting);
  void read_loopback(const CoturnSetting& setting);
  void read_challenges(const CoturnSetting& setting);
  void read_quota(const CoturnSetting& setting);
  void read_lifetime(const CoturnSetting& setting);
  void read_bandwidth(const CoturnSetting& setting);
  void compare_peers();

  CoturnTranslation& into_;
  bool limits_users_ = false;
};

}  // namespace cli
