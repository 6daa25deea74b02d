#include "tools/import_coturn/coturn_reasons.h"

#include <algorithm>
#include <array>

namespace cli {
namespace {

using enum ImportOutcome;

constexpr std::string_view kDatabase =
    "there is no database: write its users into turn.users and its secrets into turn.rest_secrets";
constexpr std::string_view kCli = "`causeway` asks over a local socket, without port and password";
constexpr std::string_view kWebAdmin =
    "there is no web page: `causeway` shows the state, and changes go into the configuration";
constexpr std::string_view kLog = "the log goes to standard error, where systemd's journal reads it";
constexpr std::string_view kCiphers = "TLS 1.2 and 1.3 with ECDHE and AES-GCM or ChaCha20-Poly1305 only";
constexpr std::string_view kChallenges = "limits.challenges_per_second counts per IPv4 /24 or IPv6 /56";
constexpr std::string_view kSystemd = "systemd does this: conf/causewayd.service";

constexpr std::array kReasons = {
    CoturnReason{"lt-cred-mech", kNotNeeded, "every client must log in"},
    CoturnReason{"use-auth-secret", kNotNeeded, "turn.rest_secrets enables it"},
    CoturnReason{"no-auth", kNoEquivalent,
                 "clients must log in, because open relays are abused: add users or rest_secrets"},
    CoturnReason{"fingerprint", kNotNeeded, "answers carry FINGERPRINT if the request does"},
    CoturnReason{"no-multicast-peers", kNotNeeded, "multicast peers are denied"},
    CoturnReason{"no-loopback-peers", kNotNeeded, "loopback peers are denied"},
    CoturnReason{"no-cli", kNotNeeded, kCli},
    CoturnReason{"cli", kNoEquivalent, kCli},
    CoturnReason{"prod", kNotNeeded, "answers name no version"},
    CoturnReason{"stale-nonce", kAdapted,
                 "nonces always expire, after a fixed time, without a gap for the client"},
    CoturnReason{"no-stdout-log", kNotNeeded, kLog},
    CoturnReason{"simple-log", kNotNeeded, kLog},
    CoturnReason{"log-file", kNoEquivalent, kLog},
    CoturnReason{"syslog", kNoEquivalent, kLog},
    CoturnReason{"syslog-facility", kNoEquivalent, kLog},
    CoturnReason{"new-log-timestamp", kNotNeeded, "log lines carry the time in ISO 8601"},
    CoturnReason{"new-log-timestamp-format", kNoEquivalent, "log lines carry the time in ISO 8601"},
    CoturnReason{"log-binding", kNoEquivalent, "Binding requests are not logged; /metrics counts them"},
    CoturnReason{"no-udp-relay", kNoEquivalent, "relayed addresses are UDP"},
    CoturnReason{"no-sslv2", kNotNeeded, "TLS 1.2 is the oldest version"},
    CoturnReason{"no-sslv3", kNotNeeded, "TLS 1.2 is the oldest version"},
    CoturnReason{"no-tlsv1", kNotNeeded, "TLS 1.2 is the oldest version"},
    CoturnReason{"no-tlsv1_1", kNotNeeded, "TLS 1.2 is the oldest version"},
    CoturnReason{"no-tlsv1_2", kNoEquivalent,
                 "TLS 1.2 and 1.3 are both served: some clients support TLS 1.2 only"},
    CoturnReason{"stun-only", kNoEquivalent, "the node serves TURN too, to clients that log in"},
    CoturnReason{"no-stun", kNoEquivalent,
                 "the node always answers Binding; an answer needs no state and is small"},
    CoturnReason{"secure-stun", kNoEquivalent,
                 "the node answers Binding without a login; an answer needs no state and is small"},
    CoturnReason{"server-relay", kNoEquivalent, "TURN is not meant for it, and it opens the host to peers"},
    CoturnReason{"udp-self-balance", kNotNeeded, "the kernel spreads clients over the data planes"},
    CoturnReason{"check-origin-consistency", kNoEquivalent, "ORIGIN did not become a standard"},
    CoturnReason{"oauth", kNoEquivalent,
                 "there is no third-party authorization (RFC 7635): use rest_secrets"},
    CoturnReason{"server-name", kNoEquivalent, "it is for RFC 7635 only"},
    CoturnReason{"listening-device", kNoEquivalent, "name the addresses instead: turn.listen"},
    CoturnReason{"relay-device", kNoEquivalent, "name the addresses instead: turn.relay_addresses"},
    CoturnReason{"alt-tls-listening-port", kNoEquivalent, "NAT discovery is for UDP"},
    CoturnReason{"no-stun-backward-compatibility", kNotNeeded, "RFC 3489 is not served"},
    CoturnReason{"stun-backward-compatibility", kNoEquivalent, "RFC 3489 is not served"},
    CoturnReason{"stateless-nonce", kNotNeeded, "nonces need no memory"},
    CoturnReason{"drop-invalid-packets", kNotNeeded,
                 "the node drops packets that are not TURN before anything else"},
    CoturnReason{"include-reason-string", kNotNeeded, "error responses carry the reason"},
    CoturnReason{"respond-http-unsupported", kNoEquivalent,
                 "the node closes connections that do not speak TURN"},
    CoturnReason{"unauthorized-ratelimit-rps", kNotNeeded, kChallenges},
    CoturnReason{"response-origin-only-with-rfc5780", kNotNeeded,
                 "RESPONSE-ORIGIN is sent with RFC 5780 only"},
    CoturnReason{"channel-lifetime", kNoEquivalent, "RFC 8656 section 12 fixes it: 10 minutes"},
    CoturnReason{"permission-lifetime", kNoEquivalent, "RFC 8656 section 9 fixes it: 5 minutes"},
    CoturnReason{"max-allocate-timeout", kNoEquivalent,
                 "it is for TCP: the node soon closes a connection without an allocation"},
    CoturnReason{"secret-key-file", kNoEquivalent, kDatabase},
    CoturnReason{
        "redis-statsdb", kNoEquivalent,
        "usage_log writes a line for each allocation, `causeway allocations` lists them, /metrics has sums"},
    CoturnReason{"prometheus-address", kNoEquivalent, "write metrics.listen; never use a public address"},
    CoturnReason{"prometheus-path", kNoEquivalent, "metrics are at /metrics"},
    CoturnReason{"prometheus-username-labels", kNoEquivalent,
                 "users are no labels, because their number has no bound; usage_log names users"},
    CoturnReason{"cipher-list", kNoEquivalent, kCiphers},
    CoturnReason{"ec-curve-name", kNoEquivalent, kCiphers},
    CoturnReason{"dh-file", kNoEquivalent, kCiphers},
    CoturnReason{"dh566", kNoEquivalent, kCiphers},
    CoturnReason{"dh1066", kNoEquivalent, kCiphers},
    CoturnReason{"dh2066", kNoEquivalent, kCiphers},
    CoturnReason{"raw-public-keys", kNoEquivalent, "TURN clients authenticate servers by certificates"},
    CoturnReason{"CA-file", kNoEquivalent, "the node asks clients for no certificate"},
    CoturnReason{"acme-redirect", kNoEquivalent,
                 "the port serves TURN only: https_backend of a listener shares port 443 with a web server"},
    CoturnReason{"cli-ip", kNoEquivalent, kCli},
    CoturnReason{"cli-port", kNoEquivalent, kCli},
    CoturnReason{"cli-password", kNoEquivalent, kCli},
    CoturnReason{"cli-max-output-sessions", kNoEquivalent, "use `causeway allocations --limit`"},
    CoturnReason{"web-admin", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-ip", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-port", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-listen-on-workers", kNoEquivalent, kWebAdmin},
    CoturnReason{"bps-capacity", kNoEquivalent,
                 "there is no bandwidth limit of the whole node: use max_allocations with "
                 "limits.bandwidth_per_allocation or _per_tenant"},
    CoturnReason{"no-auth-pings", kNoEquivalent, "it is for a database"},
    CoturnReason{"no-dynamic-ip-list", kNotNeeded, "peer rules are in the configuration only"},
    CoturnReason{"no-dynamic-realms", kNotNeeded, "the realm is in the configuration only"},
    CoturnReason{"ne", kNoEquivalent, "all data planes are threads of one kind: see cores"},
    CoturnReason{"pidfile", kNotNeeded, kSystemd},
    CoturnReason{"daemon", kNotNeeded, kSystemd},
    CoturnReason{"proc-user", kNotNeeded, kSystemd},
    CoturnReason{"proc-group", kNotNeeded, kSystemd},
};

}  // namespace

const CoturnReason* find_coturn_reason(std::string_view name) {
  const auto found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const CoturnReason& r) { return r.name == name; });
  return found == kReasons.end() ? nullptr : &*found;
}

}  // namespace cli
