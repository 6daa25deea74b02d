// Pairs of settings that exclude each other: the import keeps the one that coturn obeys, and reports the
// other.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/import_coturn/coturn_import.h"

namespace cli {
namespace coturn_precedence_test {

using overlay::Transport;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Two lines before the lines of each pair.
CoturnImport import_pair(const std::string& lines) {
  return import_coturn("listening-ip=192.0.2.1\nno-tcp-relay\n" + lines, {});
}

struct Pair {
  const char* lines;  // the first is line 3
  int dropped;        // its line
  const char* why;
  std::function<bool(const relay::NodeConfig&)> holds;
};

bool has_secret_only(const relay::NodeConfig& config) {
  return config.turn->users.empty() && config.turn->rest_secrets.size() == 1;
}
bool has_guest_only(const relay::NodeConfig& config) {
  return config.turn->users.size() == 1 && config.turn->users[0].name == "guest" &&
         config.turn->rest_secrets.empty();
}
bool denies_nothing(const relay::NodeConfig& config) {
  return config.turn->peers.deny.empty();
}
bool allows_nothing(const relay::NodeConfig& config) {
  return config.turn->peers.allow.empty();
}

const Pair kPairs[] = {
    // A shared secret excludes users by name, whatever the order and the value.
    {"use-auth-secret\nuser=guest:guest\nstatic-auth-secret=a-long-secret\n", 4, "use-auth-secret (line 3)",
     has_secret_only},
    {"user=guest:guest\nstatic-auth-secret=a-long-secret\n", 3, "static-auth-secret (line 4)",
     has_secret_only},
    {"user=guest:guest\nuse-auth-secret=no\nstatic-auth-secret=a-long-secret\n", 3,
     "use-auth-secret (line 4)", has_secret_only},
    {"lt-cred-mech\nuser=guest:guest\nuse-auth-secret\nstatic-auth-secret=a-long-secret\n", 4,
     "use-auth-secret (line 5)", has_secret_only},
    {"lt-cred-mech\nstatic-auth-secret=a-long-secret\n", 3, "static-auth-secret (line 4)", has_secret_only},
    {"use-auth-secret\nuser=guest:guest\n", 4, "use-auth-secret (line 3)",
     [](const auto& config) { return config.turn->users.empty(); }},
    // Anonymous access excludes users, and cannot be combined with a login.
    {"no-auth\nuser=guest:guest\n", 4, "no-auth (line 3)",
     [](const auto& config) { return config.turn->users.empty(); }},
    {"no-auth\nlt-cred-mech\nuser=guest:guest\n", 3, "does not start with no-auth and lt-cred-mech (line 4)",
     has_guest_only},
    {"no-auth\nstatic-auth-secret=a-long-secret\n", 3,
     "does not start with no-auth and static-auth-secret (line 4)", has_secret_only},
    {"no-auth=0\nuser=guest:guest\n", 0, "", has_guest_only},
    // Of several accounts with one name, the last is valid.
    {"user=guest:first-password\nuser=guest:second-password\n", 3,
     "line 4 sets the password of this user again",
     [](const auto& config) {
       return has_guest_only(config) && config.turn->users[0].password.reveal() == "second-password";
     }},
    // Of settings with one value, the last is valid.
    {"realm=one.example\nrealm=two.example\nuser=guest:guest\n", 3, "line 4 sets it again",
     [](const auto& config) { return config.turn->realm == "two.example"; }},
    {"user=guest:guest\nlistening-port=3479\nlistening-port=3480\n", 4, "line 5 sets it again",
     [](const auto& config) { return config.turn->listeners.at(0).address.port == 3480; }},
    {"user=guest:guest\nno-udp\nno-udp=0\n", 4, "line 5 sets it again",
     [](const auto& config) { return config.turn->listeners.at(0).takes(Transport::kUdp); }},
    {"user=guest:guest\nmax-port=60000\nmax-port=50000\n", 4, "line 5 sets it again",
     [](const auto& config) { return config.turn->relay_ports.last == 50000; }},
    // Of several public addresses for all relay addresses, the first; a mapping of one address comes before.
    {"user=guest:guest\nexternal-ip=11.0.0.1\nexternal-ip=11.0.0.2\n", 5, "external-ip (line 4)",
     [](const auto& config) { return config.turn->public_addresses.at(0).to_string() == "11.0.0.1"; }},
    {"user=guest:guest\nexternal-ip=11.0.0.1\nexternal-ip=11.0.0.2/192.0.2.1\n", 4, "external-ip (line 5)",
     [](const auto& config) { return config.turn->public_addresses.at(0).to_string() == "11.0.0.2"; }},
    // Allowed peers come before denied ones, except for loopback, multicast and the unspecified address.
    {"user=guest:guest\ndenied-peer-ip=10.1.2.3\nallowed-peer-ip=10.0.0.0-10.255.255.255\n", 4,
     "allowed-peer-ip (line 5)", denies_nothing},
    {"user=guest:guest\nallowed-peer-ip=10.1.2.3\ndenied-peer-ip=10.1.2.3\n", 5, "allowed-peer-ip (line 4)",
     denies_nothing},
    {"user=guest:guest\nallowed-peer-ip=127.0.0.1\n", 4, "allow-loopback-peers", allows_nothing},
    {"user=guest:guest\nallowed-peer-ip=::1\n", 4, "allow-loopback-peers", allows_nothing},
    {"user=guest:guest\nno-multicast-peers\nallowed-peer-ip=239.0.0.0-239.255.255.255\n", 5,
     "no-multicast-peers", allows_nothing},
    {"user=guest:guest\nallowed-peer-ip=0.0.0.0\n", 4, "0.0.0.0", allows_nothing},
    // Other settings that override each other.
    {"user=guest:guest\nrelay-threads=3\ncpus=8\n", 5, "relay-threads (line 4)",
     [](const auto& config) { return config.cores == 3; }},
    {"user=guest:guest\nVerbose\nverbose=0\n", 5, "Verbose (line 4)",
     [](const auto& config) { return config.log.level == overlay::Level::kDebug; }},
    {"user=guest:guest\nkeep-address-family\nallocation-default-address-family=ipv4\n", 4,
     "allocation-default-address-family (line 5)",
     [](const auto& config) { return config.turn->default_family == relay::DefaultFamily::kIpv4; }},
    {"user=guest:guest\nallocation-default-address-family=ipv4\nkeep-address-family\n", 4,
     "keep-address-family (line 5)",
     [](const auto& config) { return config.turn->default_family == relay::DefaultFamily::kClient; }},
    {"user=guest:guest\ncert=/c.pem\npkey=/k.pem\nno-dtls\ndtls\n", 6, "dtls (line 7)",
     [](const auto& config) { return config.turn->listeners.at(0).takes(Transport::kDtls); }},
    {"user=guest:guest\nsoftware-attribute\nno-software-attribute\n", 4, "no-software-attribute (line 5)",
     [](const auto& config) { return config.turn->software.empty(); }},
    {"user=guest:guest\nlistening-ip=192.0.2.2\nrfc5780\nno-rfc5780\n", 5, "no-rfc5780 (line 6)",
     [](const auto& config) { return !config.turn->protocol.nat_discovery; }},
    {"user=guest:guest\nprometheus-port=9700\n", 4, "prometheus",
     [](const auto& config) { return !config.metrics.listen; }},
    {"user=guest:guest\nno-udp-relay\nno-tcp-relay\n", 4, "does not start", has_guest_only},
};

TEST(CoturnPrecedence, keeps_of_two_settings_the_one_that_coturn_obeys_and_reports_the_other) {
  for (const Pair& pair : kPairs) {
    SCOPED_TRACE(pair.lines);

    const CoturnImport import = import_pair(pair.lines);

    EXPECT_TRUE(pair.holds(import.config));
    std::vector<ImportFinding> dropped;
    for (const ImportFinding& finding : import.findings)
      if (finding.outcome == ImportOutcome::kDropped && finding.line == pair.dropped)
        dropped.push_back(finding);
    if (pair.dropped == 0) continue;
    ASSERT_THAT(dropped, SizeIs(1));
    EXPECT_THAT(dropped[0].why, HasSubstr(pair.why));
  }
}

// Nobody can log in after a drop, so the result must not look complete.
TEST(CoturnPrecedence, says_that_no_client_can_log_in_after_it_dropped_all_accounts) {
  EXPECT_THAT(import_pair("use-auth-secret\nuser=guest:guest\n").missing,
              HasSubstr("use-auth-secret (line 3) has no usable static-auth-secret"));
  EXPECT_THAT(import_pair("no-auth\nuser=guest:guest\n").missing, HasSubstr("no-auth (line 3)"));
  EXPECT_THAT(import_pair("lt-cred-mech\n").missing, HasSubstr("neither static-auth-secret nor user"));
}

// coturn opens no plain TCP and TLS ports then.
TEST(CoturnPrecedence, serves_streams_at_the_port_for_proxies_only) {
  const CoturnImport import =
      import_pair("user=guest:guest\ncert=/c.pem\npkey=/k.pem\ntcp-proxy-port=5555\n");

  for (const relay::ListenerConfig& listener : import.config.turn->listeners)
    EXPECT_EQ(listener.takes(Transport::kTcp) || listener.takes(Transport::kTls),
              listener.address.port == 5555)
        << listener.address.to_string();
}

}  // namespace coturn_precedence_test
}  // namespace cli
