// A client of RFC 6062 for tests of TCP allocations and of their connections.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {

inline constexpr std::string_view kClient = "192.0.2.10:40000";
inline constexpr std::string_view kDataConnection = "192.0.2.10:40001";
inline constexpr std::string_view kPeer = "8.8.8.8:5000";

inline TurnServerConfig tcp_config() {
  TurnServerConfig config = sample_config();
  config.tcp_relay = {.is_enabled = true, .connections = 4, .connections_per_allocation = 2};
  return config;
}

inline void add_tcp(StunWriter& writer) {
  writer.add_u32(StunAttribute::kRequestedTransport, 6u << 24);
}

// A client with a control connection.
class TcpClient : public TurnClient {
 public:
  explicit TcpClient(World& world, std::string_view address = kClient, std::string user = "alice")
      : TurnClient(world, address, std::move(user)), world_(world) {
    use(overlay::Transport::kTcp);
  }

  Answer allocate_tcp() {
    const Answer answer = ask(StunMethod::kAllocate, add_tcp);
    if (answer.is_success()) relayed_tcp = answer.address(StunAttribute::kXorRelayedAddress);
    return answer;
  }
  // The verdict on a Connect; an answer comes only if it fails at once.
  Outcome connect(std::string_view peer) {
    return send(sign(StunMethod::kConnect, [&](StunWriter& writer) { add_peer(writer, peer); }));
  }
  Answer bind_to(ConnectionId id) {
    return ask(StunMethod::kConnectionBind,
               [&](StunWriter& writer) { writer.add_u32(StunAttribute::kConnectionId, id.value); });
  }
  // A connection that waits for ConnectionBind.
  ConnectionId connected(std::string_view peer) {
    EXPECT_EQ(connect(peer).verdict.action, TurnAction::kReplyLater);
    const ConnectionId id = world_.peers.connecting.back().id;
    overlay::PacketBuffer buffer;
    EXPECT_EQ(world_.server.on_peer_connected(id, buffer, world_.now).action, TurnAction::kReplyToClient);
    return id;
  }

  overlay::Endpoint relayed_tcp;

 private:
  World& world_;
};

}  // namespace relay::testing
