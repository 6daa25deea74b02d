// Translates coturn's settings for threads, log and metrics.
#pragma once

#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnOperation {
 public:
  explicit CoturnOperation(CoturnTranslation& translation) : into_(translation) {}

  // False if another part reads the setting, or none does.
  [[nodiscard]] bool read(const CoturnSetting& setting);

 private:
  void read_threads(const CoturnSetting& setting);
  void read_verbose(const CoturnSetting& setting);
  void read_prometheus(const CoturnSetting& setting);

  CoturnTranslation& into_;
};

}  // namespace cli
