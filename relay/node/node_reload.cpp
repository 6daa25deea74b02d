#include "relay/node/node_reload.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/loop/system_clock.h"
#include "relay/config/config_changes.h"
#include "relay/config/public_addresses.h"
#include "relay/node/client_listeners.h"
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

}  // namespace

ReloadReport NodeReload::reload(bool with_grace) {
  notify_reloading(overlay::system_now());
  ReloadReport report;
  auto loaded = source_();
  if (!loaded) {
    for (const ConfigError& error : loaded.error())
      report.errors.push_back(error.to_string());
  } else if (const auto possible = context_.control.can_change(); !possible)
    report.errors.push_back(possible.error().message);
  else if (context_.at_start.turn && loaded->turn) {
    keep_detected_addresses(*loaded->turn);
    report.errors = check_turn(*loaded->turn);
  }
  // Opened again even without a change: log rotation may have renamed the file.
  auto usage = UsageLog::open(loaded ? loaded->usage_log : context_.current.usage_log);
  if (!usage) report.errors.push_back(usage.error().message);
  for (const std::string& error : report.errors)
    overlay::log(overlay::Level::kError, "reload_refused", {{"reason", error}});
  if (!report.errors.empty()) {
    notify_ready();
    return report;
  }

  for (const std::string& key : changed_keys(context_.at_start, *loaded))
    if (!is_live(key, *loaded)) report.need_restart.push_back(key);
  for (const std::string& key : changed_keys(context_.current, *loaded))
    if (is_live(key, *loaded)) report.applied.push_back(key);
  apply(*loaded, with_grace);
  context_.control.log_usage(std::move(usage).value());
  context_.control.when_applied([report](const ChangeOutcome& outcome) {
    notify_ready();
    if (!outcome.is_complete()) return log_incomplete("reload", outcome);
    overlay::log(overlay::Level::kInfo, "config_reloaded",
                 {{"applied", joined(report.applied)}, {"need_restart", joined(report.need_restart)}});
  });
  return report;
}

bool NodeReload::is_behind_nat() const {
  return context_.at_start.turn && !context_.at_start.turn->public_addresses.empty();
}

// `auto` keeps the addresses that were detected at start.
void NodeReload::keep_detected_addresses(TurnSection& turn) const {
  if (!turn.detects_public_addresses || !is_behind_nat()) return;
  turn.public_addresses = context_.at_start.turn->public_addresses;
  turn.detects_public_addresses = false;
}

bool NodeReload::is_live(const std::string& key, const NodeConfig& loaded) const {
  if (key.starts_with("turn.") && !(context_.at_start.turn && loaded.turn)) return false;
  if (key.starts_with("turn.tls.")) return !loaded.turn->tls.certificate.empty();
  if (key == "turn.relay_addresses" && is_behind_nat()) return false;
  if (key == "turn.protocol.mobility") return context_.cores == 1;
  return is_live_key(key);
}

std::vector<std::string> NodeReload::check_turn(const TurnSection& turn) {
  const std::vector<overlay::Endpoint> udp =
      context_.control.plane().listeners_to_open(datagram_listeners(turn));
  std::vector<std::string> errors = context_.open_listeners.refusals(turn.all_listeners(), udp);
  const std::vector<ListenerConfig> before = context_.current.turn->all_listeners();
  for (ListenerConfig listener : turn.all_listeners()) {
    const bool has_streams = find_stream_listener(before, listener.address) != nullptr;
    const bool is_open = std::ranges::find(udp, listener.address) == udp.end();
    std::erase_if(listener.transports, [&](overlay::Transport transport) {
      return overlay::is_datagram(transport) ? is_open : has_streams;
    });
    if (const auto free = check_client_port(listener, context_.at_start.listen_when); !free)
      errors.push_back(free.error().message);
  }
  if (const auto ours = check_relay_addresses(turn, context_.at_start.listen_when); !ours)
    errors.push_back(ours.error().message);
  if (errors.empty())
    if (const auto certificate = context_.certificate.load(turn.tls); !certificate)
      errors.push_back(certificate.error().message);
  return errors;
}

void NodeReload::apply(const NodeConfig& config, bool with_grace) {
  const NodeConfig before = std::exchange(context_.current, config);
  overlay::set_log_level(config.log.level);
  if (!config.turn) context_.current.turn = before.turn;
  if (!context_.at_start.turn || !config.turn) return;
  context_.certificate.show(config.turn->tls);
  context_.control.monitor_tls(config.turn->tls.certificate.empty() ? nullptr
                                                                    : context_.certificate.identity());
  TurnSection section = with_nonce_key(*config.turn, context_.own_nonce_key);
  section.public_addresses = context_.at_start.turn->public_addresses;
  if (is_behind_nat()) section.relay_addresses = context_.at_start.turn->relay_addresses;
  if (context_.cores > 1) section.protocol.mobility = false;  // the number of cores is fixed at start
  TurnReconfiguration turn{
      .servers = {},
      .datagram_listeners = datagram_listeners(section),
      .plain_listeners = plain_listeners(section),
      .relayed_addresses = shown_addresses(section),
      .usage_interval = usage_interval(config),
      .ends_disallowed = !with_grace,
      .sockets = std::make_shared<const ListenerChange>(listener_change(*before.turn, section))};
  for (TurnServerConfig& server :
       turn_server_configs(section, context_.cores, control_endpoints(context_.at_start, section)))
    turn.servers.push_back(std::make_shared<const TurnServerConfig>(std::move(server)));
  context_.control.reconfigure(turn);
  context_.open_listeners.change(section.all_listeners());
}

// A listener for connections whose settings differ is closed and opened again.
ListenerChange NodeReload::listener_change(const TurnSection& before, const TurnSection& after) const {
  ListenerChange change{.open_udp = context_.control.plane().listeners_to_open(datagram_listeners(after)),
                        .take_dtls = {},
                        .tls = context_.certificate.identity(),
                        .close_streams = {},
                        .open_streams = {}};
  const std::vector<ListenerConfig> old_listeners = before.all_listeners();
  const std::vector<ListenerConfig> new_listeners = after.all_listeners();
  for (const ListenerConfig& listener : old_listeners) {
    if (!accepts_streams(listener)) continue;
    const ListenerConfig* const same = find_stream_listener(new_listeners, listener.address);
    if (same == nullptr || *same != listener) change.close_streams.push_back(listener.address);
  }
  for (const ListenerConfig& listener : new_listeners) {
    if (listener.takes(overlay::Transport::kDtls) && change.tls != nullptr)
      change.take_dtls.push_back(listener.address);
    if (!accepts_streams(listener)) continue;
    const ListenerConfig* const same = find_stream_listener(old_listeners, listener.address);
    if (same != nullptr && *same == listener) continue;
    if (const auto stream = stream_listener(listener, context_.certificate.identity()))
      change.open_streams.push_back(*stream);
  }
  return change;
}

TurnSection with_nonce_key(TurnSection turn, const Secret& own_nonce_key) {
  if (turn.nonce_keys.empty()) turn.nonce_keys.push_back(own_nonce_key);
  return turn;
}

}  // namespace relay
