// From the configuration of a node to what its cores are told. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "relay/config/config.h"
#include "relay/control_plane/control_plane.h"
#include "relay/data_plane/data_plane.h"
#include "relay/io/client_streams.h"
#include "relay/node/node_credentials.h"

namespace relay {

// Data planes that the node runs: as configured, or one for each CPU.
[[nodiscard]] std::size_t count_cores(const NodeConfig& config);

// One for each core, in order. Clients' nonces need a key in the configuration.
[[nodiscard]] std::vector<DataPlaneConfig> data_plane_configs(const NodeConfig& config,
                                                              const NodeCredentials& credentials);
// Relay addresses that a NAT in front of the node replaces. `turn` has passed check_public_addresses().
[[nodiscard]] std::vector<AddressMapping> address_mappings(const TurnSection& turn);
// Where the node is controlled and watched, as its own relays would reach it: no peers of TURN clients.
// `config` is what it was started with, `reloaded` what its TURN servers have now.
[[nodiscard]] std::vector<overlay::Endpoint> control_endpoints(
    const NodeConfig& config, const std::optional<TurnSection>& reloaded = std::nullopt);
// The TURN server of each core, in order. `section` has a nonce key.
[[nodiscard]] std::vector<TurnServerConfig> turn_server_configs(const TurnSection& section, std::size_t cores,
                                                                std::span<const overlay::Endpoint> control);
// Whose UDP ports are open, and of these the ones that take more than DTLS.
[[nodiscard]] std::vector<overlay::Endpoint> datagram_listeners(const TurnSection& section);
[[nodiscard]] std::vector<overlay::Endpoint> plain_listeners(const TurnSection& section);
// How often usage is told; nothing: it is not.
[[nodiscard]] std::optional<overlay::Duration> usage_interval(const NodeConfig& config);
// Of each data plane.
[[nodiscard]] StreamPolicy stream_policy(const NodeConfig& config);

// Refers to `credentials`, which must live longer. `epoch` orders this start after all earlier ones of the
// node.
[[nodiscard]] ControlPlaneConfig control_plane_config(const NodeConfig& config,
                                                      const NodeCredentials& credentials,
                                                      std::uint64_t epoch);

}  // namespace relay
