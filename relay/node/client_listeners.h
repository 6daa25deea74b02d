// Checks before a listener or a relayed address is opened, and the configuration of a stream listener.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/result.h"
#include "relay/config/config.h"
#include "relay/io/client_streams.h"
#include "relay/io/tls_identity.h"

namespace relay {

// Fails when another process has a port of the listener, and with ListenWhen::kStart when the host lacks its
// address.
[[nodiscard]] overlay::Status check_client_port(const ListenerConfig& listener, ListenWhen when);

// With ListenWhen::kStart, fails when the host lacks a relay address.
[[nodiscard]] overlay::Status check_relay_addresses(const TurnSection& turn, ListenWhen when);

// With ListenWhen::kStart, fails when the host lacks the address.
[[nodiscard]] overlay::Status check_address(const overlay::IpAddress& address, ListenWhen when);

// nullopt for a listener without TCP and TLS. `tls` may be null: the listener then accepts no TLS. `tls`
// outlives the listener.
[[nodiscard]] std::optional<StreamListenerConfig> stream_listener(const ListenerConfig& listener,
                                                                  const TlsIdentity* tls);

[[nodiscard]] bool accepts_streams(const ListenerConfig& listener);

// The listener for TCP or TLS at `address`; null if there is none. One address may have another listener for
// UDP.
[[nodiscard]] const ListenerConfig* find_stream_listener(const std::vector<ListenerConfig>& listeners,
                                                         const overlay::Endpoint& address);

}  // namespace relay
