// The settings of a turnserver.conf that coturn ignores because of another setting of the file. The rules are
// those of coturn 4.6.1 (mainrelay.c, userdb.c); for settings that only newer versions have, those of the
// newer version.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tools/import_coturn/coturn_file.h"

namespace cli {

// Refers to the file, which must live longer.
class CoturnPrecedence {
 public:
  explicit CoturnPrecedence(const CoturnFile& file);

  // The last setting with this name; nullptr if the file has none.
  [[nodiscard]] const CoturnSetting* find(std::string_view name) const;
  // The setting that stands for a shared secret, which excludes users by name; nullptr if the file has none.
  [[nodiscard]] const CoturnSetting* shared_secret() const;
  // The reason why coturn ignores the setting; nullopt if coturn obeys it.
  [[nodiscard]] std::optional<std::string> reason_to_ignore(const CoturnSetting& setting) const;

 private:
  [[nodiscard]] const CoturnSetting* find_on(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> by_login(const CoturnSetting& setting) const;
  [[nodiscard]] std::optional<std::string> by_repetition(const CoturnSetting& setting) const;
  [[nodiscard]] std::optional<std::string> by_pair(const CoturnSetting& setting) const;

  std::map<std::string_view, const CoturnSetting*> last_by_name_;
  std::map<std::string_view, int> last_line_by_user_;
};

// "realm (line 3)".
[[nodiscard]] std::string with_line(const CoturnSetting& setting);

}  // namespace cli
