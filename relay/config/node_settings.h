// The tables of every section but turn, and the table of the whole document. Sections are read in the order
// of the rows: a section may be checked against the sections above it.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "relay/config/config.h"
#include "relay/config/setting.h"
#include "relay/config/turn_settings.h"
#include "relay/config/value_kinds.h"

namespace relay {

enum class Role : std::uint8_t { kEdge, kHub };

inline constexpr Word<Role> kRoles[] = {{Role::kEdge, "edge"}, {Role::kHub, "hub"}};

inline constexpr ConvertedAccess<NodeSection, std::vector<Role>> kRolesOfNode{
    .get =
        [](const NodeSection& node) {
          std::vector<Role> roles;
          if (node.is_edge) roles.push_back(Role::kEdge);
          if (node.is_hub) roles.push_back(Role::kHub);
          return roles;
        },
    .set =
        // NOLINTNEXTLINE(performance-unnecessary-value-param): the table passes values
    [](NodeSection& node, std::vector<Role> roles) {
      for (const Role role : roles)
        (role == Role::kEdge ? node.is_edge : node.is_hub) = true;
    }};

template <>
inline constexpr auto kSettings<NodeSection> = std::tuple{
    setting("roles", kRolesOfNode, ListOf{ChoiceValue<Role>{kRoles, "a role"}}, Applies::kRestart,
            "The work of this node: an edge serves TURN clients, a hub carries media between other nodes. "
            "Required with an overlay section; without one the node is an edge.")
        .by_default("edge, without an overlay section"),
    setting(
        "identity", &NodeSection::identity, FileValue{}, Applies::kRestart,
        "The node's private key, written by `causeway node enroll`, with mode 0600 (0640 if root owns it). "
        "Required with an overlay section."),
    setting(
        "certificate", &NodeSection::certificate, FileValue{}, Applies::kRestart,
        "The node's certificate, written by `causeway node enroll`. It holds the node's name, id, provider, "
        "region and roles. Required with an overlay section."),
    setting(
        "cluster_ca", &NodeSection::cluster_ca, FileValue{}, Applies::kRestart,
        "The public key of the cluster's CA. The node accepts neighbors with certificates of this CA only. "
        "Required with an overlay section."),
};

template <>
inline constexpr auto kSettings<SeedConfig> = std::tuple{
    setting("name", &SeedConfig::name, NodeNameValue{}, Applies::kRestart,
            "The node name in the hub's certificate.")
        .required("write the node name in the seed's certificate"),
    setting("endpoint", &SeedConfig::endpoint, EndpointValue{}, Applies::kRestart,
            "The hub's overlay address.")
        .required("write the seed's overlay address, for example 192.0.2.1:7000"),
    setting("key", &SeedConfig::exchange_key, ExchangeKeyValue{}, Applies::kRestart,
            "The hub's exchange key, as `causeway node show node.cert` prints it.")
        .required("write the seed's exchange key, from causeway node show node.cert"),
};

template <>
inline constexpr auto kSettings<ProbeConfig> = std::tuple{
    setting("fast", &ProbeConfig::fast, DurationValue{std::chrono::milliseconds(1), std::chrono::seconds(1)},
            Applies::kRestart, "Interval of probes on links that carry flows or are a standby for flows."),
    setting("idle", &ProbeConfig::idle,
            DurationValue{std::chrono::milliseconds(10), std::chrono::seconds(10)}, Applies::kRestart,
            "Interval of probes on all other links. At least `fast`."),
};

template <>
inline constexpr auto kSettings<LivenessConfig> = std::tuple{
    setting(
        "suspect_after", &LivenessConfig::suspect_after, CountValue{2, 20}, Applies::kRestart,
        "Missed probe intervals that make a link suspect. The flows of a suspect link are duplicated onto "
        "the standby."),
    setting("confirm_after", &LivenessConfig::confirm_after,
            DurationValue{std::chrono::milliseconds(10), std::chrono::seconds(10)}, Applies::kRestart,
            "Silence after which a suspect link is down and its flows move to the standby."),
    setting("hold_up", &LivenessConfig::hold_up,
            DurationValue{std::chrono::milliseconds(100), std::chrono::minutes(1)}, Applies::kRestart,
            "Time that a link must be up again before flows use it. A link without alternative is used at "
            "once. Routing waits longer with each flap."),
};

template <>
inline constexpr auto kSettings<OverlaySection> = std::tuple{
    setting("listen", &OverlaySection::listen, ListOf{EndpointValue{}}, Applies::kRestart,
            "UDP addresses and ports for neighbors.")
        .required("write the address and UDP port for neighbors, for example 192.0.2.1:7000"),
    setting("advertise", &OverlaySection::advertise, ListOf{EndpointValue{}}, Applies::kRestart,
            "One or two addresses and ports that neighbors dial, if a NAT stands in front of the node or "
            "`listen` has "
            "more than two.")
        .by_default("those of `listen`"),
    subsection_list("seeds", &OverlaySection::seeds, Applies::kRestart,
                    "Hubs that the node dials first. The node learns all other nodes from them."),
    setting("homes", &OverlaySection::homes, CountValue{1, 8}, Applies::kRestart,
            "Number of hubs that an edge keeps links to, of several providers."),
    subsection("probe", &OverlaySection::probe, "How often links are measured."),
    subsection("liveness", &OverlaySection::liveness, "When a link counts as failed and as repaired."),
};

template <>
inline constexpr auto kSettings<AdminSection> = std::tuple{
    setting("socket", &AdminSection::socket, SocketValue{}, Applies::kRestart,
            "The Unix socket that the `causeway` program connects to."),
};

template <>
inline constexpr auto kSettings<MetricsSection> = std::tuple{
    setting(
        "listen", &MetricsSection::listen, OptionalValue{EndpointValue{}}, Applies::kRestart,
        "TCP address and port of the HTTP server with /metrics, /healthz and /readyz. Use an address that "
        "only your monitoring reaches. Without this key there is no server."),
};

inline constexpr Word<overlay::Level> kLevels[] = {{overlay::Level::kDebug, "debug"},
                                                   {overlay::Level::kInfo, "info"},
                                                   {overlay::Level::kWarning, "warning"},
                                                   {overlay::Level::kError, "error"}};

template <>
inline constexpr auto kSettings<LogSection> = std::tuple{
    setting("level", &LogSection::level, ChoiceValue<overlay::Level>{kLevels, "a log level"}, Applies::kLive,
            "The least severe lines that the log on standard error contains."),
};

inline constexpr Word<RelayPorts> kRelayPorts[] = {
    {RelayPorts::kAuto, "auto"}, {RelayPorts::kSteered, "steered"}, {RelayPorts::kSockets, "sockets"}};

template <>
inline constexpr auto kSettings<PacketIoSection> = std::tuple{
    setting("coalescing", &PacketIoSection::coalescing,
            word_or<overlay::Duration>(
                "off", DurationValue{std::chrono::microseconds(10), std::chrono::milliseconds(1)}),
            Applies::kRestart,
            "Maximum time a packet waits so that several share one wake-up under steady load. `off` disables "
            "waiting.")
        .by_default("150us; off for hubs"),
    setting("relay_ports", &PacketIoSection::relay_ports,
            ChoiceValue<RelayPorts>{kRelayPorts, "a way to open relay ports"}, Applies::kRestart,
            "`steered` opens one socket for all relayed addresses of a data plane, which needs CAP_BPF, "
            "CAP_NET_ADMIN and CAP_NET_RAW. `sockets` opens one socket for each. `auto` steers where the "
            "process may."),
    setting("xdp", &PacketIoSection::xdp, ListOf{InterfaceValue{}}, Applies::kRestart,
            "Network interfaces on which XDP forwards ChannelData and the datagrams of peers. These packets "
            "bypass the sockets and the host's packet filter. Empty: sockets forward everything."),
    setting(
        "relay_port_linger", &PacketIoSection::relay_port_linger,
        word_or<overlay::Duration>("off", DurationValue{std::chrono::seconds(1), std::chrono::minutes(5)}),
        Applies::kRestart,
        "Time that a relay port stays bound after its allocation, for the next allocation that draws it. "
        "`off` closes the port at once."),
};

template <>
inline constexpr auto kSettings<UsageLogSection> = std::tuple{
    setting("to", &UsageLogSection::to, OutputValue{}, Applies::kLive,
            "The file for one JSON line per ended allocation. SIGHUP and a rotation open it again.")
        .required("write the path of a file, or stdout"),
    setting("interval", &UsageLogSection::interval,
            DurationValue{std::chrono::seconds(10), std::chrono::hours(24)}, Applies::kLive,
            "Interval of the lines for allocations that still live."),
};

inline constexpr Word<ListenWhen> kListenWhen[] = {{ListenWhen::kAvailable, "available"},
                                                   {ListenWhen::kStart, "start"}};

template <>
inline constexpr auto kSettings<NodeConfig> = std::tuple{
    setting("cores", &NodeConfig::cores, word_or<std::optional<std::uint16_t>>("auto", CountValue{1, 256}),
            Applies::kRestart, "Number of data planes, each with its own thread. `auto`: one for each CPU."),
    setting(
        "listen_when", &NodeConfig::listen_when, ChoiceValue<ListenWhen>{kListenWhen, "a time to listen"},
        Applies::kRestart,
        "`available`: the node starts before the host has all addresses of the configuration, logs "
        "addresses_awaited, and serves each address when the host gets it. `start`: the node does not start "
        "while an address is absent."),
    setting(
        "state_dir", &NodeConfig::state_dir, FolderValue{}, Applies::kRestart,
        "Folder for what a node keeps over a restart: the hubs that it has known, which it dials when its "
        "seeds are gone. Each node needs a folder of its own. The node creates the folder.")
        .by_default("the StateDirectory of the systemd unit; without one, nothing is kept"),
    subsection("node", &NodeConfig::node, "The identity of the node and its roles."),
    subsection("overlay", &NodeConfig::overlay,
               "The links to other nodes. Without this section the node is an edge on its own."),
    subsection("turn", &NodeConfig::turn, "The TURN server of an edge."),
    subsection("admin", &NodeConfig::admin, "The interface for administration."),
    subsection("metrics", &NodeConfig::metrics, "Metrics and health checks over HTTP."),
    subsection("log", &NodeConfig::log, "The log, on standard error."),
    subsection("packet_io", &NodeConfig::packet_io, "How the node receives and sends packets."),
    subsection("usage_log", &NodeConfig::usage_log,
               "A record of each allocation, for accounting. Without this section there is none."),
};

}  // namespace relay
