// One causewayd, wired: the control plane on the thread that runs the node, a data plane on a thread of its
// own for each core, and the mailboxes between them. The one place where cores meet shells.
#pragma once

#include <memory>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/io/event_loop.h"
#include "overlay/io/port_steering.h"
#include "relay/io/tls_identity.h"
#include "relay/node/config.h"
#include "relay/node/control_worker.h"
#include "relay/node/data_plane_worker.h"
#include "relay/node/node_credentials.h"

namespace relay {

class Node {
 public:
  // Opens every port and the admin socket. A failure says which one and what to do; nothing is left open
  // then.
  [[nodiscard]] static overlay::Result<std::unique_ptr<Node>> create(NodeConfig config,
                                                                     NodeCredentials credentials);

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Serves until stop(). Then takes nothing new and returns; ports and the admin socket close with the
  // object.
  void run();
  // Any thread.
  void stop() { control_.stop(); }

  [[nodiscard]] overlay::EventLoop& control_loop() { return control_.loop(); }

 private:
  Node(NodeConfig config, NodeCredentials credentials);
  void connect_mailboxes();
  [[nodiscard]] overlay::Status open_ports();
  [[nodiscard]] overlay::Status open_client_ports(const TurnSection& turn);
  [[nodiscard]] overlay::Status open_client_port(const ListenerConfig& listener);
  void watch_certificate();
  [[nodiscard]] overlay::Status steer_relay_ports();
  [[nodiscard]] overlay::Status steer_relay_ports(const overlay::IpAddress& address);
  void log_started() const;

  NodeConfig config_;
  NodeCredentials credentials_;
  ControlWorker control_;
  std::unique_ptr<TlsIdentity> tls_;                               // what clients are shown; none without TLS
  std::vector<std::unique_ptr<overlay::PortSteering>> steerings_;  // by relay address; or none
  std::vector<std::unique_ptr<DataPlaneWorker>> data_planes_;      // by core
};

}  // namespace relay
