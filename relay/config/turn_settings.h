// The tables of the section turn and of the sections within it.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "relay/config/config.h"
#include "relay/config/setting.h"
#include "relay/config/value_kinds.h"

namespace relay {

inline constexpr CountValue kAnyCount{0, 10'000'000};
inline constexpr CountValue kAnyCountButZero{1, 10'000'000};

inline constexpr Word<overlay::Transport> kTransports[] = {{overlay::Transport::kUdp, "udp"},
                                                           {overlay::Transport::kTcp, "tcp"},
                                                           {overlay::Transport::kTls, "tls"},
                                                           {overlay::Transport::kDtls, "dtls"}};

template <>
inline constexpr auto kSettings<ListenerConfig> = std::tuple{
    setting("address", &ListenerConfig::address, EndpointValue{}, Applies::kLive,
            "The address and port for clients.")
        .required("write the address and port for clients, for example 192.0.2.1:5349"),
    setting(
        "transports", &ListenerConfig::transports,
        ListOf{ChoiceValue<overlay::Transport>{kTransports, "a transport"}}, Applies::kLive,
        "The transports that clients may use there. UDP and DTLS share a port, and TCP and TLS share one: "
        "the first byte selects the protocol.")
        .required("write the transports that clients may use there, for example [tls, dtls]"),
    setting("proxy_protocol_from", &ListenerConfig::proxy_protocol_from, ListOf{PrefixValue{}},
            Applies::kLive,
            "Proxies whose streams begin with a PROXY protocol v2 header, which names the client."),
    setting("https_backend", &ListenerConfig::https_backend, OptionalValue{EndpointValue{}}, Applies::kLive,
            "The web server that receives, unopened, every TLS connection that is not for TURN."),
    setting(
        "proxy_protocol_to_backend", &ListenerConfig::proxy_protocol_to_backend, SwitchValue{},
        Applies::kLive,
        "Whether each connection to `https_backend` begins with a PROXY protocol v2 header that names the "
        "client."),
};

template <>
inline constexpr auto kSettings<TlsConfig> = std::tuple{
    setting("certificate", &TlsConfig::certificate, FileValue{}, Applies::kLive,
            "PEM file with the server's certificate, then its chain. The node reads a changed file without a "
            "reload.")
        .required("name the PEM file of the server's certificate and its chain"),
    setting("key", &TlsConfig::key, FileValue{}, Applies::kLive,
            "PEM file with the key of the certificate, with mode 0600 (0640 if root owns it).")
        .required("name the PEM file of the certificate's key"),
};

template <>
inline constexpr auto kSettings<TurnUser> = std::tuple{
    setting("name", &TurnUser::name, UserNameValue{}, Applies::kLive, "The user name that clients send.")
        .required("write the user name that clients send"),
    setting(
        "key", &TurnUser::key, UserKeyValue{}, Applies::kLive,
        "The MD5 digest of NAME:REALM:PASSWORD, in place of a password. With one such user, all users sign "
        "with MD5.")
        .by_default("none"),
    setting("password", &TurnUser::password, PasswordValue{}, Applies::kLive,
            "The password of the user. Required without a `key`."),
};

template <>
inline constexpr auto kSettings<PeerRules> = std::tuple{
    setting(
        "allow", &PeerRules::allow, ListOf{PrefixValue{}}, Applies::kLive,
        "Peers that clients may send to although the built-in rules deny them. An address of the node's own "
        "host needs a rule for exactly this address, such as 10.0.0.7/32. The node's own control ports "
        "stay denied. The longest matching block decides."),
    setting(
        "deny", &PeerRules::deny, ListOf{PrefixValue{}}, Applies::kLive,
        "Peers that clients may not send to. Private, loopback, link-local and metadata addresses are denied "
        "anyway."),
};

template <>
inline constexpr auto kSettings<LifetimeConfig> = std::tuple{
    setting("default", &LifetimeConfig::initial,
            DurationValue{std::chrono::minutes(1), std::chrono::hours(24)}, Applies::kLive,
            "The shortest lifetime that an allocation is granted when its client asks for one (RFC 8656 "
            "section 7.2)."),
    setting("unasked", &LifetimeConfig::unasked,
            DurationValue{std::chrono::seconds(30), std::chrono::hours(24)}, Applies::kLive,
            "The lifetime for clients that send no LIFETIME, as browsers do. With a shorter one, clients "
            "refresh more often and notice a drain earlier.")
        .by_default("the value of `default`"),
    setting("max", &LifetimeConfig::longest, DurationValue{std::chrono::minutes(1), std::chrono::hours(24)},
            Applies::kLive, "The longest lifetime that a client can ask for."),
};

template <>
inline constexpr auto kSettings<LimitsConfig> = std::tuple{
    setting(
        "allocations_per_tenant", &LimitsConfig::allocations_per_tenant, kAnyCount, Applies::kLive,
        "Allocations of one tenant of REST-style usernames \"<expiry>:<tenant>:<session>\". 0: no limit."),
    setting("allocations_per_source", &LimitsConfig::allocations_per_source, kAnyCount, Applies::kLive,
            "Allocations from one IPv4 address or IPv6 /64. 0: no limit."),
    setting("permissions", &LimitsConfig::permissions, CountValue{1, 4096}, Applies::kLive,
            "Permissions of one allocation."),
    setting("channels", &LimitsConfig::channels, CountValue{1, 4096}, Applies::kLive,
            "Channel bindings of one allocation."),
    setting("new_peers_per_second", &LimitsConfig::new_peers_per_second, kAnyCount, Applies::kLive,
            "New peers of one allocation per second. Ten seconds' worth may come at once. 0: no limit."),
    setting(
        "bandwidth_per_allocation", &LimitsConfig::bandwidth_per_allocation, BandwidthValue{}, Applies::kLive,
        "Payload of one allocation, in each direction. The node drops packets above the limit. `none`: no "
        "limit."),
    setting("bandwidth_per_tenant", &LimitsConfig::bandwidth_per_tenant, BandwidthValue{}, Applies::kLive,
            "Payload of all allocations of one tenant, in each direction. `none`: no limit."),
    setting("bandwidth_burst", &LimitsConfig::bandwidth_burst,
            DurationValue{std::chrono::milliseconds(1), std::chrono::minutes(1)}, Applies::kLive,
            "Payload that may come at once after a pause, as a duration at the limit."),
    setting(
        "challenges_per_second", &LimitsConfig::challenges_per_second, kAnyCount, Applies::kLive,
        "Answers 401 and 438 per second over UDP to one IPv4 /24 or IPv6 /56, on each data plane. Twice as "
        "many may leave at once. The limit keeps forged requests from turning the node into an amplifier. "
        "0: no limit."),
    setting("handshakes_per_second", &LimitsConfig::handshakes_per_second, kAnyCount, Applies::kRestart,
            "TLS and DTLS handshakes per second, on each data plane. More of them wait, and networks take "
            "turns. Handshakes use the CPU time of the thread that relays media. 0: no limit."),
};

template <>
inline constexpr auto kSettings<ProtocolConfig> = std::tuple{
    setting("rest_sha256", &ProtocolConfig::rest_sha256, SwitchValue{}, Applies::kLive,
            "Whether passwords of REST-style usernames may be HMAC-SHA256 as well as HMAC-SHA1."),
    setting("mobility", &ProtocolConfig::mobility, SwitchValue{}, Applies::kLive,
            "Whether allocations follow clients whose address changes (RFC 8016). Needs `cores: 1`."),
    setting(
        "nat_discovery", &ProtocolConfig::nat_discovery, SwitchValue{}, Applies::kLive,
        "Whether clients can discover the behavior of their NAT (RFC 5780). Needs UDP at two addresses with "
        "two ports each."),
    setting("strict_channel_range", &ProtocolConfig::strict_channel_range, SwitchValue{}, Applies::kLive,
            "Whether channel numbers are limited to 0x4000-0x4FFF (RFC 8656) instead of 0x4000-0x7FFF (RFC "
            "5766). turnutils_uclient 4.6 needs the wider range."),
};

template <>
inline constexpr auto kSettings<TcpRelayConfig> = std::tuple{
    setting("enabled", &TcpRelayConfig::is_enabled, SwitchValue{}, Applies::kLive,
            "Whether clients may ask for TCP allocations (RFC 6062). Not together with bandwidth limits."),
    setting("connections", &TcpRelayConfig::connections, CountValue{1, 100'000}, Applies::kLive,
            "TCP connections with peers, of the whole node."),
    setting("connections_per_allocation", &TcpRelayConfig::connections_per_allocation, CountValue{1, 1'000},
            Applies::kLive, "TCP connections with peers, of one allocation."),
};

inline constexpr Word<DefaultFamily> kDefaultFamilies[] = {{DefaultFamily::kClient, "client"},
                                                           {DefaultFamily::kIpv4, "ipv4"}};

// nullopt stands for "auto".
inline constexpr ConvertedAccess<TurnSection, std::vector<std::optional<overlay::IpAddress>>>
    kPublicAddresses{.get =
                         [](const TurnSection& turn) {
                           std::vector<std::optional<overlay::IpAddress>> given(turn.public_addresses.begin(),
                                                                                turn.public_addresses.end());
                           if (turn.detects_public_addresses) given.emplace_back();
                           return given;
                         },
                     .set =
                         // NOLINTNEXTLINE(performance-unnecessary-value-param): the table passes values
                     [](TurnSection& turn, std::vector<std::optional<overlay::IpAddress>> given) {
                       turn.public_addresses.clear();
                       turn.detects_public_addresses = false;
                       for (const auto& address : given)
                         if (address)
                           turn.public_addresses.push_back(*address);
                         else
                           turn.detects_public_addresses = true;
                     }};

template <>
inline constexpr auto kSettings<TurnSection> = std::tuple{
    setting("listen", &TurnSection::listen, ListOf{EndpointValue{}}, Applies::kLive,
            "Addresses and ports for clients, each for UDP and TCP. Required without `listeners`."),
    subsection_list("listeners", &TurnSection::listeners, Applies::kLive,
                    "More addresses and ports for clients, each with its transports."),
    subsection("tls", &TurnSection::tls, "The certificate for TLS and DTLS."),
    setting(
        "relay_addresses", &TurnSection::relay_addresses, ListOf{AddressValue{}}, Applies::kLive,
        "Own addresses that the node relays from: at most one of each family. Behind a NAT, a change needs "
        "a restart.")
        .by_default("the first address of each family that clients call"),
    setting(
        "public_addresses", kPublicAddresses,
        ListOf{word_or<std::optional<overlay::IpAddress>>("auto", AddressValue{})}, Applies::kRestart,
        "Addresses that clients and peers see in place of the relay addresses, if a 1:1 NAT stands in front "
        "of the node. `auto`: the node asks `stun_servers` at the start."),
    setting("stun_servers", &TurnSection::stun_servers, ListOf{EndpointValue{}}, Applies::kRestart,
            "Servers that tell the node its public addresses, such as the TURN ports of other edges."),
    setting("allow_private_relay_addresses", &TurnSection::allow_private_relay_addresses, SwitchValue{},
            Applies::kRestart,
            "Whether clients may be shown a private relay address, as in laboratories and closed networks."),
    setting("relay_ports", &TurnSection::relay_ports, PortRangeValue{}, Applies::kLive,
            "UDP ports of relayed addresses. Each data plane needs at least two of them."),
    setting(
        "shared_relay_ports", &TurnSection::shared_relay_ports, CountValue{0, 1024}, Applies::kLive,
        "Relay ports that clients share, of each relay address and data plane. The peer's address selects "
        "the client, so clients of one port need different peers. 0: each client has its own port."),
    setting(
        "default_address_family", &TurnSection::default_family,
        ChoiceValue<DefaultFamily>{kDefaultFamilies, "a default for an address family"}, Applies::kLive,
        "Family of the relayed address of clients that ask for none, as browsers do. `client`: the family "
        "in which the client calls. `ipv4`: RFC 8656 section 7.2."),
    setting("realm", &TurnSection::realm, RealmValue{}, Applies::kLive, "The realm that clients log in to."),
    setting(
        "software", &TurnSection::software, word_or<std::string>("off", SoftwareValue{}), Applies::kLive,
        "The SOFTWARE attribute of every answer (RFC 8489 section 14.14). It tells everybody which server "
        "runs here and makes every answer larger. `off`: answers carry none."),
    setting(
        "rest_secrets", &TurnSection::rest_secrets, ListOf{RestSecretValue{}}, Applies::kLive,
        "Secrets that sign expiring REST-style usernames. Any of them admits a client. Clients need one of "
        "`rest_secrets`, `rest_secrets_file` and `users`."),
    setting("rest_secrets_file", &TurnSection::rest_secrets_file, FileValue{}, Applies::kLive,
            "File with one such secret per line, with mode 0600 (0640 if root owns it)."),
    subsection_list("users", &TurnSection::users, Applies::kLive, "Users that log in by name and password."),
    setting(
        "nonce_keys", &TurnSection::nonce_keys, ListOf{NonceKeyValue{}}, Applies::kLive,
        "Keys that sign nonces, newest first. With the same keys, a nonce of one edge is valid at another. "
        "Empty: the node draws a key at the start."),
    setting("nonce_keys_file", &TurnSection::nonce_keys_file, FileValue{}, Applies::kLive,
            "File with one such key per line, with mode 0600 (0640 if root owns it)."),
    subsection("peers", &TurnSection::peers, "The peers that clients may send to."),
    subsection("lifetime", &TurnSection::lifetime, "Lifetimes of allocations."),
    subsection("limits", &TurnSection::limits, "Limits for tenants, sources and single allocations."),
    setting("alternatives", &TurnSection::alternatives, ListOf{EndpointValue{}}, Applies::kLive,
            "Other edges that clients are sent to (300) when this node is full or drained. Name one of each "
            "family that clients call, and give all edges the same `nonce_keys`."),
    setting(
        "tls_alternatives", &TurnSection::tls_alternatives, ListOf{EndpointValue{}}, Applies::kLive,
        "The same for clients on TLS and DTLS: ports with both transports, and certificates that name the "
        "address."),
    subsection("protocol", &TurnSection::protocol, "Optional parts of the protocol."),
    subsection("tcp_relay", &TurnSection::tcp_relay, "Relaying of TCP (RFC 6062)."),
    setting("max_allocations", &TurnSection::max_allocations, kAnyCountButZero, Applies::kLive,
            "Allocations of the whole node, divided evenly among its data planes."),
    setting("max_allocations_per_user", &TurnSection::max_allocations_per_user, kAnyCountButZero,
            Applies::kLive, "Allocations of one user name."),
    setting("max_connections", &TurnSection::max_connections, kAnyCountButZero, Applies::kRestart,
            "TCP and TLS connections of clients, of the whole node. As many DTLS associations are allowed in "
            "addition. One IPv4 /24 or IPv6 /48 gets half of them, one IPv6 /56 a quarter. When there is no "
            "place, the oldest connection without an allocation ends."),
    setting("max_connections_per_source", &TurnSection::max_connections_per_source, kAnyCountButZero,
            Applies::kRestart, "Connections from one IPv4 address or IPv6 /64, on each data plane."),
};

}  // namespace relay
