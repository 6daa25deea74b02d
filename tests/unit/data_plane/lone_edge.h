// The base of data plane tests: the configuration of an edge with one user, and the network that the edge
// sends into.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "relay/data_plane/data_plane.h"

namespace relay {

inline constexpr overlay::NodeId kSelf{1};
inline constexpr std::string_view kUser = "alice";
inline constexpr std::string_view kPassword = "correct horse";

inline overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

inline const overlay::Endpoint kListener = endpoint("9.9.9.7:3478");

inline TurnServerConfig turn_config() {
  TurnServerConfig turn;
  turn.users = {{std::string(kUser), std::string(kPassword)}};
  turn.nonce_keys = {{1}};
  turn.relay_addresses = {kListener.address};
  return turn;
}

inline DataPlaneConfig edge_with(std::optional<TurnServerConfig> turn) {
  DataPlaneConfig config;
  config.overlay.self = kSelf;
  config.turn_listen = {kListener};
  config.turn = std::move(turn);
  return config;
}

// One of several data planes of such an edge: each has its share of the relay ports.
inline DataPlaneConfig edge_on_core(std::size_t core, std::size_t cores) {
  TurnServerConfig turn = turn_config();
  turn.port_stride = static_cast<std::uint16_t>(cores);
  turn.port_offset = static_cast<std::uint16_t>(core);
  DataPlaneConfig config = edge_with(std::move(turn));
  config.core = core;
  config.cores = cores;
  return config;
}

// Remembers the last datagram.
class LastSent final : public overlay::PacketIo {
 public:
  overlay::PacketBuffer& acquire() override { return buffer_; }
  void send(const overlay::DatagramRoute& sent_by, const overlay::PacketBuffer& buffer) override {
    route = sent_by;
    payload.assign(buffer.bytes().begin(), buffer.bytes().end());
  }
  overlay::Status open_port(const overlay::Endpoint&) override { return overlay::ok(); }
  void close_port(const overlay::Endpoint&) override {}

  overlay::DatagramRoute route;
  overlay::ByteVector payload;

 private:
  overlay::PacketBuffer buffer_;
};

}  // namespace relay
