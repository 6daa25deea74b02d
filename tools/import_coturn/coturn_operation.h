// How the process runs and what it tells: of coturn's settings.
#pragma once

#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnOperation {
 public:
  explicit CoturnOperation(CoturnTranslation& translation) : into_(translation) {}

  // False: a setting of another part, or of none.
  [[nodiscard]] bool read(const CoturnSetting& setting);
  // After all settings.
  void finish();

 private:
  void read_threads(const CoturnSetting& setting);
  void read_verbose(const CoturnSetting& setting);
  void read_prometheus(const CoturnSetting& setting);

  CoturnTranslation& into_;
  bool has_prometheus_ = false;
  bool has_prometheus_port_ = false;
};

}  // namespace cli
