#include "tools/import_coturn/coturn_reasons.h"

#include <algorithm>
#include <array>

namespace cli {
namespace {

using enum ImportOutcome;

constexpr std::string_view kDatabase =
    "no database: users and secrets are in the configuration, or use secrets that sign names";
constexpr std::string_view kCli = "the socket that `causeway` asks needs no port and no password";
constexpr std::string_view kWebAdmin = "no web page: `causeway` shows state, changes go to the configuration";
constexpr std::string_view kLog = "the log goes to standard error, where systemd's journal takes it";
constexpr std::string_view kCiphers =
    "TLS 1.2 and 1.3 with ECDHE and AES-GCM or ChaCha20-Poly1305, whatever the file says";
constexpr std::string_view kChallenges =
    "limits.challenges_per_second counts for a whole IPv4 /24 or IPv6 /56";
constexpr std::string_view kSystemd = "systemd does that: conf/causewayd.service";

constexpr std::array kReasons = {
    CoturnReason{"lt-cred-mech", kNotNeeded, "every client has to log in"},
    CoturnReason{"use-auth-secret", kNotNeeded, "rest_secrets switch it on"},
    CoturnReason{"no-auth", kNoEquivalent, "an open relay is abused within days: add users or rest_secrets"},
    CoturnReason{"fingerprint", kNotNeeded, "answers carry FINGERPRINT when the request does"},
    CoturnReason{"no-multicast-peers", kNotNeeded, "multicast peers are always denied"},
    CoturnReason{"no-loopback-peers", kNotNeeded, "loopback peers are always denied"},
    CoturnReason{"no-cli", kNotNeeded, kCli},
    CoturnReason{"cli", kNoEquivalent, kCli},
    CoturnReason{"no-software-attribute", kNotNeeded, "SOFTWARE is never sent"},
    CoturnReason{"software-attribute", kNoEquivalent, "SOFTWARE is never sent"},
    CoturnReason{"prod", kNotNeeded, "SOFTWARE is never sent"},
    CoturnReason{"stale-nonce", kAdapted,
                 "nonces always expire, and without a cut for the client; their time is fixed"},
    CoturnReason{"no-stdout-log", kNotNeeded, kLog},
    CoturnReason{"simple-log", kNotNeeded, kLog},
    CoturnReason{"log-file", kNoEquivalent, kLog},
    CoturnReason{"syslog", kNoEquivalent, kLog},
    CoturnReason{"syslog-facility", kNoEquivalent, kLog},
    CoturnReason{"new-log-timestamp", kNotNeeded, "log lines carry the time in ISO 8601"},
    CoturnReason{"new-log-timestamp-format", kNoEquivalent, "log lines carry the time in ISO 8601"},
    CoturnReason{"log-binding", kNoEquivalent, "Binding is answered without a trace; /metrics counts"},
    CoturnReason{"no-udp-relay", kNoEquivalent, "relayed addresses are UDP"},
    CoturnReason{"no-sslv2", kNotNeeded, "TLS 1.2 is the oldest"},
    CoturnReason{"no-sslv3", kNotNeeded, "TLS 1.2 is the oldest"},
    CoturnReason{"no-tlsv1", kNotNeeded, "TLS 1.2 is the oldest"},
    CoturnReason{"no-tlsv1_1", kNotNeeded, "TLS 1.2 is the oldest"},
    CoturnReason{"no-tlsv1_2", kNoEquivalent, "TLS 1.2 and 1.3 are both served: some clients speak no other"},
    CoturnReason{"stun-only", kNoEquivalent, "this is a relay: it serves TURN"},
    CoturnReason{"no-stun", kNoEquivalent,
                 "Binding is answered always; it costs no state and amplifies little"},
    CoturnReason{"secure-stun", kNoEquivalent,
                 "Binding is answered without a login; it costs no state and amplifies little"},
    CoturnReason{"server-relay", kNoEquivalent,
                 "not the intended use of TURN, and it opens the host to peers"},
    CoturnReason{"udp-self-balance", kNotNeeded, "data planes share the ports through the kernel"},
    CoturnReason{"check-origin-consistency", kNoEquivalent, "ORIGIN never became a standard"},
    CoturnReason{"oauth", kNoEquivalent, "third-party authorization (RFC 7635) is left out on purpose"},
    CoturnReason{"server-name", kNoEquivalent, "it is for RFC 7635 only"},
    CoturnReason{"listening-device", kNoEquivalent, "name the addresses instead: turn.listen"},
    CoturnReason{"relay-device", kNoEquivalent, "name the addresses instead: turn.relay_addresses"},
    CoturnReason{"alt-tls-listening-port", kNoEquivalent, "NAT discovery is for UDP"},
    CoturnReason{"no-stun-backward-compatibility", kNotNeeded, "RFC 3489 is not served"},
    CoturnReason{"stun-backward-compatibility", kNoEquivalent, "RFC 3489 is not served"},
    CoturnReason{"stateless-nonce", kNotNeeded, "nonces take no memory"},
    CoturnReason{"drop-invalid-packets", kNotNeeded, "what is no TURN is dropped before anything else"},
    CoturnReason{"include-reason-string", kNotNeeded, "error responses carry the reason"},
    CoturnReason{"respond-http-unsupported", kNoEquivalent, "connections that do not speak TURN are closed"},
    CoturnReason{"unauthorized-ratelimit-rps", kNotNeeded, kChallenges},
    CoturnReason{"response-origin-only-with-rfc5780", kNotNeeded, "RESPONSE-ORIGIN is not sent otherwise"},
    CoturnReason{"channel-lifetime", kNoEquivalent, "RFC 8656 section 12 fixes it: 10 minutes"},
    CoturnReason{"permission-lifetime", kNoEquivalent, "RFC 8656 section 9 fixes it: 5 minutes"},
    CoturnReason{"max-allocate-timeout", kNoEquivalent,
                 "it is for TCP; a connection without an allocation is closed soon"},
    CoturnReason{"userdb", kNoEquivalent, kDatabase},
    CoturnReason{"db", kNoEquivalent, kDatabase},
    CoturnReason{"psql-userdb", kNoEquivalent, kDatabase},
    CoturnReason{"mysql-userdb", kNoEquivalent, kDatabase},
    CoturnReason{"mongo-userdb", kNoEquivalent, kDatabase},
    CoturnReason{"redis-userdb", kNoEquivalent, kDatabase},
    CoturnReason{"secret-key-file", kNoEquivalent, kDatabase},
    CoturnReason{"redis-statsdb", kNoEquivalent,
                 "usage_log has a line for each allocation, causeway sessions shows them; /metrics has sums"},
    CoturnReason{"prometheus-address", kNoEquivalent, "metrics.listen, never on a public address"},
    CoturnReason{"prometheus-path", kNoEquivalent, "metrics are at /metrics"},
    CoturnReason{"prometheus-username-labels", kNoEquivalent,
                 "users are no labels: they would be without bound; usage_log names them"},
    CoturnReason{"pkey-pwd", kNoEquivalent, "write the key without a password, mode 0600"},
    CoturnReason{"cipher-list", kNoEquivalent, kCiphers},
    CoturnReason{"ec-curve-name", kNoEquivalent, kCiphers},
    CoturnReason{"dh-file", kNoEquivalent, kCiphers},
    CoturnReason{"dh566", kNoEquivalent, kCiphers},
    CoturnReason{"dh1066", kNoEquivalent, kCiphers},
    CoturnReason{"dh2066", kNoEquivalent, kCiphers},
    CoturnReason{"raw-public-keys", kNoEquivalent, "TURN clients know servers by certificates"},
    CoturnReason{"CA-file", kNoEquivalent, "clients are not asked for certificates"},
    CoturnReason{"acme-redirect", kNoEquivalent,
                 "the port speaks TURN only; a listener's https_backend shares 443 with a web server"},
    CoturnReason{"cli-ip", kNoEquivalent, kCli},
    CoturnReason{"cli-port", kNoEquivalent, kCli},
    CoturnReason{"cli-password", kNoEquivalent, kCli},
    CoturnReason{"cli-max-output-sessions", kNoEquivalent, "causeway sessions --limit"},
    CoturnReason{"web-admin", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-ip", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-port", kNoEquivalent, kWebAdmin},
    CoturnReason{"web-admin-listen-on-workers", kNoEquivalent, kWebAdmin},
    CoturnReason{
        "bps-capacity", kNoEquivalent,
        "no limit for the whole node: max_allocations, and limits.bandwidth_per_allocation or _per_tenant"},
    CoturnReason{"no-auth-pings", kNoEquivalent, "it is for a database"},
    CoturnReason{"no-dynamic-ip-list", kNotNeeded, "peers are in the configuration alone"},
    CoturnReason{"no-dynamic-realms", kNotNeeded, "the realm is in the configuration alone"},
    CoturnReason{"ne", kNoEquivalent, "data planes are threads of one kind: cores"},
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
