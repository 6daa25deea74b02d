// Applies a new configuration to a running node. No allocation ends. With any error, nothing changes. On the
// control thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/admin/reload_report.h"
#include "relay/config/config.h"
#include "relay/config/config_load.h"
#include "relay/config/open_listeners.h"
#include "relay/node/client_certificate.h"
#include "relay/node/control_worker.h"
#include "relay/node/data_plane_worker.h"

namespace relay {

// Reads the configuration again, with the files that it names.
using ConfigSource = std::function<ConfigResult()>;

class NodeReload {
 public:
  // The state that a reload reads and changes. All references outlive the NodeReload.
  struct Context {
    const NodeConfig& at_start;
    NodeConfig& current;  // after reloads; meaningful for live keys only
    const Secret& own_nonce_key;
    ClientCertificate& certificate;
    OpenListeners& open_listeners;
    ControlWorker& control;
    std::size_t cores = 1;
  };

  NodeReload(Context context, ConfigSource source) : context_(context), source_(std::move(source)) {}

  // Returns at once. Data planes apply the change later: see ControlWorker::when_applied(), and the log.
  ReloadReport reload(bool with_grace);

 private:
  // Reasons why a new configuration cannot be applied.
  [[nodiscard]] std::vector<std::string> check_turn(const TurnSection& turn);
  void apply(const NodeConfig& config, bool with_grace);
  [[nodiscard]] ListenerChange listener_change(const TurnSection& before, const TurnSection& after) const;
  // Address translation is fixed at start.
  [[nodiscard]] bool is_behind_nat() const;
  void keep_detected_addresses(TurnSection& turn) const;
  [[nodiscard]] bool is_live(const std::string& key, const NodeConfig& loaded) const;

  Context context_;
  ConfigSource source_;
};

// The section with `own_nonce_key` where the configuration has no key.
[[nodiscard]] TurnSection with_nonce_key(TurnSection turn, const Secret& own_nonce_key);

}  // namespace relay
