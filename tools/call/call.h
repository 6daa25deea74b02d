// One end of a call: its socket, its TURN client (absent in a plain call), its streams, and its commands. One
// thread; runs until a stop command.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/io/udp_socket.h"
#include "tools/turn_client/media.h"
#include "tools/turn_client/turn_client.h"

namespace call {

struct CallOptions {
  overlay::Endpoint local;                  // the unspecified address and port 0: chosen by the kernel
  std::optional<overlay::Endpoint> server;  // nullopt: a plain call
  Credentials credentials;
};

class Call {
 public:
  Call(const CallOptions& options, overlay::UdpSocket socket);

  // Reads commands from standard input and prints one JSON line for each event.
  [[nodiscard]] overlay::Status run();

 private:
  void wait();
  void receive_all();
  void receive_one(overlay::Bytes datagram, const overlay::Endpoint& source, overlay::Instant now);
  void read_commands();
  void obey(std::string_view line);
  void obey(const nlohmann::json& command);
  void start(const nlohmann::json& command);
  void report(const nlohmann::json& window) const;
  void announce();
  void send_media(overlay::Instant now);
  void flush_turn();
  void send_to(const overlay::Endpoint& destination, overlay::Bytes bytes) const;
  [[nodiscard]] bool is_done() const;

  CallOptions options_;
  overlay::UdpSocket socket_;
  std::optional<TurnClient> turn_;
  std::optional<overlay::Endpoint> peer_;
  std::vector<MediaSender> senders_;
  std::vector<MediaReceiver> receivers_;
  std::string input_;
  bool is_allocation_told_ = false;
  bool is_peer_told_ = false;
  bool is_stopping_ = false;
};

}  // namespace call
