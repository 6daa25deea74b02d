// One causewayd: the control plane on the thread that calls run(), a data plane with its own thread for each
// core, and the mailboxes between them. The only place that connects cores and shells.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/io/port_steering.h"
#include "overlay/loop/event_loop.h"
#include "relay/config/config.h"
#include "relay/config/open_listeners.h"
#include "relay/fast_path/fast_path_watch.h"
#include "relay/fast_path/xdp_relay.h"
#include "relay/node/awaited_addresses.h"
#include "relay/node/client_certificate.h"
#include "relay/node/control_worker.h"
#include "relay/node/data_plane_worker.h"
#include "relay/node/descriptor_watch.h"
#include "relay/node/host_addresses.h"
#include "relay/node/known_hubs_file.h"
#include "relay/node/node_credentials.h"
#include "relay/node/node_drain.h"
#include "relay/node/node_reload.h"
#include "relay/node/watchdog.h"

namespace relay {

class Node {
 public:
  // Opens all ports and the admin socket. A failure says which one and what to do; all ports are then closed
  // again. reload() uses `source`.
  [[nodiscard]] static overlay::Result<std::unique_ptr<Node>> create(NodeConfig config,
                                                                     NodeCredentials credentials,
                                                                     ConfigSource source);

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Serves until stop(). Ports and the admin socket close with the object.
  void run();
  // Any thread.
  void stop() { control_.stop(); }

  // Applies the configuration of `source`. On the control thread.
  ReloadReport reload(bool with_grace = false);

  [[nodiscard]] overlay::EventLoop& control_loop() { return control_.loop(); }

 private:
  Node(NodeConfig config, NodeCredentials credentials, ConfigSource source, KnownHubsFile known_hubs_file);
  void connect_mailboxes();
  [[nodiscard]] overlay::Status open_ports();
  [[nodiscard]] overlay::Status open_client_ports(const TurnSection& turn);
  [[nodiscard]] overlay::Status open_client_port(const ListenerConfig& listener);
  [[nodiscard]] overlay::Status steer_relay_ports();
  [[nodiscard]] overlay::Status steer_relay_ports(const overlay::IpAddress& address);
  [[nodiscard]] overlay::Status attach_xdp();
  void log_started() const;
  // Once a second: tells the service manager unless a data plane stalls.
  void report_liveness();

  [[nodiscard]] NodeOperations operations();

  const NodeConfig config_;  // at start
  NodeConfig current_;       // after reloads; meaningful for live keys only
  const Secret own_nonce_key_;
  NodeCredentials credentials_;
  KnownHubsFile known_hubs_file_;
  ControlWorker control_;
  std::unique_ptr<HostAddresses> host_addresses_;  // in the loop of control_
  Watchdog watchdog_;
  DescriptorWatch descriptors_;
  AwaitedAddresses awaited_addresses_;
  OpenListeners open_listeners_;
  ClientCertificate certificate_;
  NodeReload reload_;
  NodeDrain drain_;
  std::vector<std::unique_ptr<overlay::PortSteering>> steerings_;  // by relay address; may be empty
  std::unique_ptr<XdpRelay> xdp_;                                  // null without XDP
  std::optional<FastPathWatch> fast_path_watch_;                   // of xdp_
  std::vector<std::unique_ptr<DataPlaneWorker>> data_planes_;      // by core
};

}  // namespace relay
