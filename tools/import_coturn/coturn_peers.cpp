#include "tools/import_coturn/coturn_peers.h"

#include <algorithm>

#include "tools/import_coturn/address_range.h"

namespace cli {
namespace {

using enum ImportOutcome;
using overlay::IpPrefix;

IpPrefix prefix(std::string_view text) {
  return IpPrefix::parse(text).value();
}

bool is_within(const IpPrefix& block, const IpPrefix& wide) {
  return block.length >= wide.length && wide.contains(block.address);
}

bool is_within_one(const IpPrefix& block, std::initializer_list<std::string_view> wide) {
  return std::ranges::any_of(wide, [&](std::string_view text) { return is_within(block, prefix(text)); });
}

void add(std::vector<IpPrefix>& blocks, const IpPrefix& block) {
  if (std::ranges::find(blocks, block) == blocks.end()) blocks.push_back(block);
}

}  // namespace

bool CoturnPeers::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnPeers> kReaders = {
      {"allowed-peer-ip", &CoturnPeers::read_range},
      {"denied-peer-ip", &CoturnPeers::read_range},
      {"allow-loopback-peers", &CoturnPeers::read_loopback},
  };
  return read_by(*this, kReaders, setting);
}

void CoturnPeers::read_range(const CoturnSetting& setting) {
  auto blocks = blocks_of(setting.value);
  if (!blocks) return into_.note_malformed(setting, blocks.error().message);
  const bool is_allowed = setting.name == "allowed-peer-ip";
  const bool is_block = setting.value.find('/') != std::string::npos;
  if (is_block && is_allowed)
    return into_.note(
        setting, kDropped,
        "coturn knows no blocks and ignores the line: write " + range_of(blocks->front()) + " to allow it");
  (is_allowed ? allowed_ : denied_).push_back({setting, std::move(blocks).value()});
}

void CoturnPeers::read_loopback(const CoturnSetting& setting) {
  if (!setting.is_on()) return into_.note(setting, kNotNeeded, "loopback peers are denied by default");
  for (const char* const block : {"127.0.0.0/8", "::1/128"})
    add(into_.turn().peers.allow, prefix(block));
  into_.note(setting, kTranslated,
             "clients can reach the services of this host: remove turn.peers.allow if that is not intended");
}

void CoturnPeers::finish() {
  for (const Rule& rule : allowed_)
    allow(rule);
  for (const Rule& rule : denied_)
    deny(rule);
  compare_private();
}

std::optional<std::string> CoturnPeers::reason_against(const IpPrefix& block) const {
  const auto is_on = [&](std::string_view name) {
    const CoturnSetting* const setting = into_.precedence.find(name);
    return setting != nullptr && setting->is_on();
  };
  if (is_within_one(block, {"127.0.0.0/8", "::1/128"}) && !is_on("allow-loopback-peers"))
    return "coturn denies loopback peers without allow-loopback-peers";
  if (is_within_one(block, {"224.0.0.0/4", "ff00::/8"}) && is_on("no-multicast-peers"))
    return "coturn denies multicast peers because of no-multicast-peers";
  if (is_within_one(block, {"0.0.0.0/32", "::/128"})) return "coturn never sends to 0.0.0.0 and ::";
  return std::nullopt;
}

void CoturnPeers::allow(const Rule& rule) {
  std::size_t ignored = 0;
  std::string why;
  for (const IpPrefix& block : rule.blocks)
    if (const auto reason = reason_against(block)) {
      ++ignored;
      why = *reason;
    } else {
      add(into_.turn().peers.allow, block);
    }
  note(rule, ignored, why);
}

void CoturnPeers::deny(const Rule& rule) {
  std::size_t ignored = 0;
  std::string why;
  for (const IpPrefix& block : rule.blocks)
    if (const Rule* const allowing = rule_for(block)) {
      ++ignored;
      why =
          with_line(allowing->setting) + " allows " + block.to_string() +
          ", and coturn looks at allowed peers first: remove the allowed range if peers there must be denied";
    } else {
      add(into_.turn().peers.deny, block);
    }
  note(rule, ignored, why);
}

const CoturnPeers::Rule* CoturnPeers::rule_for(const IpPrefix& block) const {
  if (reason_against(block)) return nullptr;
  const auto found = std::ranges::find_if(allowed_, [&](const Rule& rule) {
    return std::ranges::any_of(rule.blocks, [&](const IpPrefix& wide) { return is_within(block, wide); });
  });
  return found == allowed_.end() ? nullptr : &*found;
}

void CoturnPeers::note(const Rule& rule, std::size_t ignored, const std::string& why) {
  const bool is_block = rule.setting.value.find('/') != std::string::npos;
  if (ignored == 0 && is_block)
    return into_.note(rule.setting, kAdapted,
                      "coturn knows no blocks and ignores the line; the node denies the block");
  if (ignored == 0) return into_.note(rule.setting, kTranslated);
  into_.note(rule.setting, ignored == rule.blocks.size() ? kDropped : kAdapted, why);
}

// coturn allows private peers by default, and the node does not.
void CoturnPeers::compare_private() {
  const auto& deny = into_.turn().peers.deny;
  const auto is_decided = [&](std::string_view text) {
    return std::ranges::find(deny, prefix(text)) != deny.end() || rule_for(prefix(text)) != nullptr;
  };
  if (is_decided("10.0.0.0/8") && is_decided("172.16.0.0/12") && is_decided("192.168.0.0/16")) return;
  into_.note(
      "denied-peer-ip", kAdapted,
      "coturn lets clients send to private addresses by default; here only to those in turn.peers.allow: "
      "add media servers of your own network");
}

}  // namespace cli
