// Translates coturn's settings for client authentication and limits.
#pragma once

#include <string>
#include <vector>

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
  void read_database(const CoturnSetting& setting);
  void read_realm(const CoturnSetting& setting);
  void read_separator(const CoturnSetting& setting);
  void read_challenges(const CoturnSetting& setting);
  void read_quota(const CoturnSetting& setting);
  void read_lifetime(const CoturnSetting& setting);
  void read_bandwidth(const CoturnSetting& setting);
  [[nodiscard]] std::string reason_for_no_login() const;

  CoturnTranslation& into_;
  bool limits_users_ = false;
  std::vector<std::string> databases_;  // each as "userdb (line 3)"
};

}  // namespace cli
