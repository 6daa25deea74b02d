// Makes the configurations of the data planes, TURN servers and control plane from the configuration of a
// node. Pure.
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

// Number of data planes of the node: as configured, or one for each CPU, but not more than there are pairs of
// relay ports.
[[nodiscard]] std::size_t count_cores(const NodeConfig& config);

// One configuration for each core, in order. `config` has a nonce key.
[[nodiscard]] std::vector<DataPlaneConfig> data_plane_configs(const NodeConfig& config,
                                                              const NodeCredentials& credentials);
// The relay addresses that a NAT in front of the node replaces. `turn` has passed check_public_addresses().
[[nodiscard]] std::vector<AddressMapping> address_mappings(const TurnSection& turn);
// Addresses of this host that the node listens on or relays from. Empty if all are unspecified.
[[nodiscard]] std::vector<overlay::IpAddress> own_addresses(const NodeConfig& config);
// Addresses and ports that control and monitor the node, as its own relays would reach them. TURN clients
// must not have them as peers. `config`: of the start; `reloaded`: of the TURN servers now, after a reload.
[[nodiscard]] std::vector<overlay::Endpoint> control_endpoints(
    const NodeConfig& config, const std::optional<TurnSection>& reloaded = std::nullopt);
// One configuration for each core, in order. `section` has a nonce key.
[[nodiscard]] std::vector<TurnServerConfig> turn_server_configs(const TurnSection& section, std::size_t cores,
                                                                std::span<const overlay::Endpoint> control);
// Listeners with a UDP port; and those of them that have UDP, not only DTLS.
[[nodiscard]] std::vector<overlay::Endpoint> datagram_listeners(const TurnSection& section);
[[nodiscard]] std::vector<overlay::Endpoint> plain_listeners(const TurnSection& section);
// Interval of the usage log; nullopt if there is none.
[[nodiscard]] std::optional<overlay::Duration> usage_interval(const NodeConfig& config);
// The limits of client connections on each data plane.
[[nodiscard]] StreamPolicy stream_policy(const NodeConfig& config);

// Keeps a reference to `credentials`. `epoch` must be greater than at all earlier starts of the node.
[[nodiscard]] ControlPlaneConfig control_plane_config(const NodeConfig& config,
                                                      const NodeCredentials& credentials,
                                                      std::uint64_t epoch);

}  // namespace relay
