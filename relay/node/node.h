// One causewayd, wired: the control plane on the thread that runs the node, a data plane on a thread of its
// own for each core, and the mailboxes between them. The one place where cores meet shells.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/io/port_steering.h"
#include "overlay/loop/event_loop.h"
#include "relay/config/config.h"
#include "relay/config/config_load.h"
#include "relay/config/open_listeners.h"
#include "relay/fast_path/fast_path_watch.h"
#include "relay/fast_path/xdp_relay.h"
#include "relay/io/tls_identity.h"
#include "relay/node/control_worker.h"
#include "relay/node/data_plane_worker.h"
#include "relay/node/node_credentials.h"
#include "relay/node/watchdog.h"

namespace relay {

// Whether a listener's ports are free.
[[nodiscard]] overlay::Status check_client_port(const ListenerConfig& listener);
// Whether relayed addresses can be opened: whether they are of this machine.
[[nodiscard]] overlay::Status check_relay_addresses(const TurnSection& turn);

class Node {
 public:
  // Reads the configuration again, with the files that it names.
  using ConfigSource = std::function<ConfigResult()>;

  // Opens every port and the admin socket. A failure says which one and what to do; nothing is left open
  // then. `source` is for reload().
  [[nodiscard]] static overlay::Result<std::unique_ptr<Node>> create(NodeConfig config,
                                                                     NodeCredentials credentials,
                                                                     ConfigSource source);

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Serves until stop(). Then takes nothing new and returns; ports and the admin socket close with the
  // object.
  void run();
  // Any thread.
  void stop() { control_.stop(); }

  // Takes on what the configuration says now, as far as a running node can; no allocation ends. With any
  // error everything stays as it was. In the control loop. The data planes follow:
  // ControlWorker::when_applied() tells when, and so does the log.
  ReloadReport reload();

  // Takes no new allocation, and is empty soon after the deadline. Like reload(), and undrain() too.
  [[nodiscard]] overlay::Result<DrainReport> drain(const DrainRequest& request);
  overlay::Status undrain(const std::string& node);

  [[nodiscard]] overlay::EventLoop& control_loop() { return control_.loop(); }

 private:
  Node(NodeConfig config, NodeCredentials credentials, ConfigSource source);
  void connect_mailboxes();
  [[nodiscard]] overlay::Status open_ports();
  [[nodiscard]] overlay::Status open_client_ports(const TurnSection& turn);
  [[nodiscard]] overlay::Status open_client_port(const ListenerConfig& listener);
  [[nodiscard]] std::optional<StreamListenerConfig> stream_listener(const ListenerConfig& listener) const;
  [[nodiscard]] overlay::Status load_certificate(const TlsConfig& tls);
  void show_certificate(const TlsConfig& tls);
  void watch_certificate();
  void warn_of_dates() const;
  [[nodiscard]] overlay::Status steer_relay_ports();
  [[nodiscard]] overlay::Status steer_relay_ports(const overlay::IpAddress& address);
  [[nodiscard]] overlay::Status attach_xdp();
  void log_started() const;
  // Once a second: tells the service manager unless a data plane stalls.
  void report_liveness();

  // ---- node_reload.cpp ----

  // What keeps a new configuration from being applied.
  [[nodiscard]] std::vector<std::string> check_turn(const TurnSection& turn);
  void apply(const NodeConfig& config);
  [[nodiscard]] ListenerChange listener_change(const TurnSection& before, const TurnSection& after) const;
  // Addresses are translated as they were at start.
  [[nodiscard]] bool is_behind_nat() const;
  void keep_detected_addresses(TurnSection& turn) const;
  [[nodiscard]] bool is_live(const std::string& key, const NodeConfig& loaded) const;
  [[nodiscard]] TurnSection with_nonce_key(TurnSection turn) const;

  // ---- node_drain.cpp ----

  // What keeps a drain, or its end, from being applied: it is meant for another node, or cannot be told.
  [[nodiscard]] overlay::Status check_change(const std::string& node) const;

  const NodeConfig config_;  // at start
  NodeConfig current_;       // after reloads; of use for live keys only
  const Secret own_nonce_key_;
  NodeCredentials credentials_;
  ConfigSource source_;
  ControlWorker control_;
  Watchdog watchdog_;
  OpenListeners open_listeners_;
  std::unique_ptr<TlsIdentity> tls_;                               // what clients are shown; none without TLS
  std::unique_ptr<TlsIdentity> next_tls_;                          // loaded, and not shown yet; or none
  TlsConfig tls_files_;                                            // those it reads
  std::vector<std::unique_ptr<overlay::PortSteering>> steerings_;  // by relay address; or none
  std::unique_ptr<XdpRelay> xdp_;                                  // or none
  std::optional<FastPathWatch> fast_path_watch_;                   // of xdp_
  std::vector<std::unique_ptr<DataPlaneWorker>> data_planes_;      // by core
};

}  // namespace relay
