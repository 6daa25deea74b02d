// Node::reload(): a new configuration under live allocations.
#include <algorithm>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/loop/system_clock.h"
#include "relay/config/config_changes.h"
#include "relay/config/public_addresses.h"
#include "relay/node/node.h"
#include "relay/node/plane_configs.h"
#include "relay/node/service_notices.h"

namespace relay {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text.empty() ? "none" : text;
}

bool takes_streams(const ListenerConfig& listener) {
  return listener.takes(overlay::Transport::kTcp) || listener.takes(overlay::Transport::kTls);
}

// An address may have another listener for datagrams.
const ListenerConfig* find_stream_listener(const std::vector<ListenerConfig>& listeners,
                                           const overlay::Endpoint& address) {
  const auto found = std::ranges::find_if(listeners, [&](const ListenerConfig& listener) {
    return listener.address == address && takes_streams(listener);
  });
  return found == listeners.end() ? nullptr : &*found;
}

}  // namespace

ReloadReport Node::reload() {
  notify_reloading(overlay::system_now());
  ReloadReport report;
  auto loaded = source_();
  if (!loaded) {
    for (const ConfigError& error : loaded.error())
      report.errors.push_back(error.to_string());
  } else if (const auto possible = control_.can_change(); !possible)
    report.errors.push_back(possible.error().message);
  else if (config_.turn && loaded->turn) {
    keep_detected_addresses(*loaded->turn);
    report.errors = check_turn(*loaded->turn);
  }
  // Opened anew in any case: rotation may have moved it away.
  auto usage = UsageLog::open(loaded ? loaded->usage_log : current_.usage_log);
  if (!usage) report.errors.push_back(usage.error().message);
  for (const std::string& error : report.errors)
    overlay::log(overlay::Level::kError, "reload_refused", {{"reason", error}});
  if (!report.errors.empty()) {
    notify_ready();
    return report;
  }

  for (const std::string& key : changed_keys(config_, *loaded))
    if (!is_live(key, *loaded)) report.need_restart.push_back(key);
  for (const std::string& key : changed_keys(current_, *loaded))
    if (is_live(key, *loaded)) report.applied.push_back(key);
  apply(*loaded);
  control_.log_usage(std::move(usage).value());
  control_.when_applied([report](const ChangeOutcome& outcome) {
    notify_ready();
    if (!outcome.is_complete()) return log_incomplete("reload", outcome);
    overlay::log(overlay::Level::kInfo, "config_reloaded",
                 {{"applied", joined(report.applied)}, {"need_restart", joined(report.need_restart)}});
  });
  return report;
}

bool Node::is_behind_nat() const {
  return config_.turn && !config_.turn->public_addresses.empty();
}

// What was detected at the start stands for "auto" until a restart.
void Node::keep_detected_addresses(TurnSection& turn) const {
  if (!turn.detects_public_addresses || !is_behind_nat()) return;
  turn.public_addresses = config_.turn->public_addresses;
  turn.detects_public_addresses = false;
}

bool Node::is_live(const std::string& key, const NodeConfig& loaded) const {
  if (key.starts_with("turn.") && !(config_.turn && loaded.turn)) return false;
  if (key.starts_with("turn.tls.")) return !loaded.turn->tls.certificate.empty();
  if (key == "turn.relay_addresses" && is_behind_nat()) return false;
  if (key == "turn.protocol.mobility") return data_planes_.size() == 1;
  return is_live_key(key);
}

std::vector<std::string> Node::check_turn(const TurnSection& turn) {
  const std::vector<overlay::Endpoint> udp = control_.plane().listeners_to_open(datagram_listeners(turn));
  std::vector<std::string> errors = open_listeners_.refusals(turn.all_listeners(), udp);
  const std::vector<ListenerConfig> before = current_.turn->all_listeners();
  for (ListenerConfig listener : turn.all_listeners()) {
    const bool has_streams = find_stream_listener(before, listener.address) != nullptr;
    const bool is_open = std::ranges::find(udp, listener.address) == udp.end();
    std::erase_if(listener.transports, [&](overlay::Transport transport) {
      return overlay::is_datagram(transport) ? is_open : has_streams;
    });
    if (const auto free = check_client_port(listener); !free) errors.push_back(free.error().message);
  }
  if (const auto ours = check_relay_addresses(turn); !ours) errors.push_back(ours.error().message);
  if (errors.empty())
    if (const auto certificate = load_certificate(turn.tls); !certificate)
      errors.push_back(certificate.error().message);
  return errors;
}

void Node::apply(const NodeConfig& config) {
  const NodeConfig before = std::exchange(current_, config);
  overlay::set_log_level(config.log.level);
  if (!config.turn) current_.turn = before.turn;
  if (!config_.turn || !config.turn) return;
  show_certificate(config.turn->tls);
  TurnSection section = with_nonce_key(*config.turn);
  section.public_addresses = config_.turn->public_addresses;
  if (is_behind_nat()) section.relay_addresses = config_.turn->relay_addresses;
  if (data_planes_.size() > 1) section.protocol.mobility = false;  // whatever cores the file has
  TurnReconfiguration turn{
      .servers = {},
      .datagram_listeners = datagram_listeners(section),
      .plain_listeners = plain_listeners(section),
      .relayed_addresses = shown_addresses(section),
      .usage_interval = usage_interval(config),
      .sockets = std::make_shared<const ListenerChange>(listener_change(*before.turn, section))};
  for (TurnServerConfig& server :
       turn_server_configs(section, data_planes_.size(), control_endpoints(config_, section)))
    turn.servers.push_back(std::make_shared<const TurnServerConfig>(std::move(server)));
  control_.reconfigure(turn);
  open_listeners_.change(section.all_listeners());
}

// A listener for connections that is to take other ones is closed and opened again.
ListenerChange Node::listener_change(const TurnSection& before, const TurnSection& after) const {
  ListenerChange change{.open_udp = control_.plane().listeners_to_open(datagram_listeners(after)),
                        .take_dtls = {},
                        .tls = tls_.get(),
                        .close_streams = {},
                        .open_streams = {}};
  const std::vector<ListenerConfig> old_listeners = before.all_listeners();
  const std::vector<ListenerConfig> new_listeners = after.all_listeners();
  for (const ListenerConfig& listener : old_listeners) {
    if (!takes_streams(listener)) continue;
    const ListenerConfig* const same = find_stream_listener(new_listeners, listener.address);
    if (same == nullptr || *same != listener) change.close_streams.push_back(listener.address);
  }
  for (const ListenerConfig& listener : new_listeners) {
    if (listener.takes(overlay::Transport::kDtls) && change.tls != nullptr)
      change.take_dtls.push_back(listener.address);
    if (!takes_streams(listener)) continue;
    const ListenerConfig* const same = find_stream_listener(old_listeners, listener.address);
    if (same != nullptr && *same == listener) continue;
    if (const auto stream = stream_listener(listener)) change.open_streams.push_back(*stream);
  }
  return change;
}

TurnSection Node::with_nonce_key(TurnSection turn) const {
  if (turn.nonce_keys.empty()) turn.nonce_keys.push_back(own_nonce_key_);
  return turn;
}

}  // namespace relay
