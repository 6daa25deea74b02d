// Translates coturn's rules for peers: allowed-peer-ip, denied-peer-ip, allow-loopback-peers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overlay/base/ip_prefix.h"
#include "tools/import_coturn/coturn_translation.h"

namespace cli {

class CoturnPeers {
 public:
  explicit CoturnPeers(CoturnTranslation& translation) : into_(translation) {}

  // False if another part reads the setting, or none does.
  [[nodiscard]] bool read(const CoturnSetting& setting);
  // Call after all settings have been read. In coturn an allowed block takes precedence over every denied
  // one.
  void finish();

 private:
  struct Rule {
    CoturnSetting setting;
    std::vector<overlay::IpPrefix> blocks;
  };

  void read_range(const CoturnSetting& setting);
  void read_loopback(const CoturnSetting& setting);
  void allow(const Rule& rule);
  void deny(const Rule& rule);
  // The reason why coturn denies the block although a rule allows it; nullopt if coturn does not.
  [[nodiscard]] std::optional<std::string> reason_against(const overlay::IpPrefix& block) const;
  // The rule that allows the whole block; nullptr if there is none.
  [[nodiscard]] const Rule* rule_for(const overlay::IpPrefix& block) const;
  // Notes the outcome for a rule of which coturn ignores some blocks, or all.
  void note(const Rule& rule, std::size_t ignored, const std::string& why);
  void compare_private();

  CoturnTranslation& into_;
  std::vector<Rule> allowed_;
  std::vector<Rule> denied_;
};

}  // namespace cli
