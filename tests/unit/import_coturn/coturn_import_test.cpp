#include "tools/import_coturn/coturn_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"
#include "relay/config/config_values.h"

namespace cli {
namespace coturn_import_test {

using namespace std::chrono_literals;
using overlay::Transport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

overlay::IpAddress address(std::string_view text) {
  return overlay::IpAddress::parse(text).value();
}

// As many installation guides have it: long-term secrets behind a cloud's NAT, with TLS.
constexpr std::string_view kBehindNat = R"(# turnserver.conf
listening-port=3478
tls-listening-port=443
listening-ip=10.0.0.5
relay-ip=10.0.0.5
external-ip=192.0.2.5/10.0.0.5
min-port=50000
max-port=50999
verbose
fingerprint
lt-cred-mech
use-auth-secret
static-auth-secret=a-long-shared-secret
realm=turn.example.org
user-quota=12
total-quota=1200
stale-nonce=600
max-allocate-lifetime=1800
cert=/etc/ssl/turn.pem
pkey=/etc/ssl/turn.key
no-multicast-peers
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=203.0.113.0-203.0.113.127
allowed-peer-ip=10.0.0.5
prometheus
cli-password=very-secret-word
no-cli
no-tcp-relay
)";

// One finding for each setting, and which they are.
ImportFinding of(const CoturnImport& import, std::string_view setting) {
  for (const ImportFinding& finding : import.findings)
    if (finding.setting == setting) return finding;
  ADD_FAILURE() << "no finding about " << setting;
  return {};
}

CoturnImport import_with(const std::string& lines) {
  return import_coturn(
      "listening-ip=192.0.2.1\nstatic-auth-secret=a-long-shared-secret\n" + lines + "no-tcp-relay\n", {});
}

TEST(CoturnImport, says_the_same_in_yaml) {
  const CoturnImport import = import_coturn(kBehindNat, {});

  EXPECT_THAT(import.missing, IsEmpty());
  const auto config =
      relay::load_config(print_config(import.config, relay::SecretPrinting::kShow), "imported");
  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_FALSE(config->overlay.has_value());
  const relay::TurnSection& turn = *config->turn;
  ASSERT_THAT(turn.listeners, SizeIs(2));
  EXPECT_EQ(turn.listeners[0].address.to_string(), "10.0.0.5:3478");
  EXPECT_EQ(turn.listeners[1].address.to_string(), "10.0.0.5:443");
  EXPECT_THAT(turn.listeners[1].transports,
              ElementsAre(Transport::kUdp, Transport::kTcp, Transport::kTls, Transport::kDtls));
  EXPECT_EQ(turn.tls.certificate.path, "/etc/ssl/turn.pem");
  EXPECT_EQ(turn.tls.key.path, "/etc/ssl/turn.key");
  EXPECT_THAT(turn.relay_addresses, ElementsAre(address("10.0.0.5")));
  EXPECT_THAT(turn.public_addresses, ElementsAre(address("192.0.2.5")));
  EXPECT_FALSE(turn.allow_private_relay_addresses);
  EXPECT_EQ(turn.relay_ports, (relay::PortRange{50000, 50999}));
  EXPECT_EQ(turn.realm, "turn.example.org");
  ASSERT_THAT(turn.rest_secrets, SizeIs(1));
  EXPECT_EQ(turn.rest_secrets[0].reveal(), "a-long-shared-secret");
  EXPECT_EQ(turn.max_allocations_per_user, 12u);
  EXPECT_EQ(turn.max_allocations, 1200u);
  EXPECT_EQ(turn.lifetime.longest, 30min);
  ASSERT_THAT(turn.peers.deny, SizeIs(2));
  EXPECT_EQ(turn.peers.deny[1].to_string(), "203.0.113.0/25");
  EXPECT_EQ(turn.peers.allow[0].to_string(), "10.0.0.5/32");
  EXPECT_EQ(config->metrics.listen->to_string(), "127.0.0.1:9641");
  EXPECT_EQ(config->log.level, overlay::Level::kInfo);
}

TEST(CoturnImport, verbose_is_the_level_that_shows_refused_logins) {
  const CoturnImport verbose = import_with("verbose\n");
  const CoturnImport extra = import_with("Verbose\n");

  EXPECT_EQ(verbose.config.log.level, overlay::Level::kInfo);
  EXPECT_THAT(of(verbose, "verbose").why, HasSubstr("event=login_refused"));
  EXPECT_EQ(extra.config.log.level, overlay::Level::kDebug);
  EXPECT_THAT(of(extra, "Verbose").why, HasSubstr("event=login_refused"));
}

TEST(CoturnImport, accounts_for_every_setting_in_the_order_of_lines) {
  const CoturnImport import = import_coturn(kBehindNat, {});

  EXPECT_THAT(import.findings, SizeIs(28));
  EXPECT_TRUE(std::ranges::is_sorted(import.findings, {}, &ImportFinding::line));
  EXPECT_EQ(of(import, "no-cli").outcome, ImportOutcome::kNotNeeded);
  EXPECT_EQ(of(import, "cli-password").outcome, ImportOutcome::kNoEquivalent);
  EXPECT_EQ(of(import, "stale-nonce").outcome, ImportOutcome::kAdapted);
  EXPECT_EQ(of(import, "realm").outcome, ImportOutcome::kTranslated);
}

TEST(CoturnImport, repeats_no_secret_in_what_it_reports) {
  const std::string users =
      "cli-password=very-secret-word\nuser=alice:tiny\tpw\nuser=bob:0x0123456789abcdef\n";
  for (const CoturnImport& import :
       {import_coturn(users, {}), import_with(users + "static-auth-secret=short\n")})
    for (const ImportFinding& finding : import.findings)
      for (const char* const secret :
           {"very-secret-word", "tiny", "0123456789abcdef", "short\"", "a-long-shared"})
        EXPECT_THAT(finding.why, Not(HasSubstr(secret))) << finding.setting;
}

TEST(CoturnImport, takes_users_with_passwords_and_with_keys) {
  const CoturnImport import = import_coturn(
      "listening-ip=192.0.2.1\nno-tcp-relay\n"
      "realm=münchen.example\nuser=zoë:пароль\nuser=dave:pw\nuser=bob:0xbc807ee29df3c9ffa736523fb2c4e8ee\n"
      "user=eve:0xbc80\nuser=carol\n",
      {});

  const auto& users = import.config.turn->users;
  EXPECT_EQ(import.config.turn->realm, "münchen.example");
  ASSERT_THAT(users, SizeIs(3));
  EXPECT_EQ(users[0].name, "zoë");
  EXPECT_EQ(users[0].password.reveal(), "пароль");
  EXPECT_EQ(users[1].password.reveal(), "pw");
  EXPECT_EQ(users[2].name, "bob");
  EXPECT_TRUE(users[2].password.empty());
  EXPECT_EQ(relay::print_key(users[2].key), "bc807ee29df3c9ffa736523fb2c4e8ee");
  std::vector<ImportOutcome> outcomes;
  for (const ImportFinding& finding : import.findings)
    if (finding.setting == "user") outcomes.push_back(finding.outcome);
  using enum ImportOutcome;
  EXPECT_THAT(outcomes, ElementsAre(kTranslated, kTranslated, kTranslated, kMalformed, kMalformed));
}

// The guide for Matrix Synapse has them.
TEST(CoturnImport, reads_numbers_and_switches_before_a_comment_as_coturn_does) {
  const CoturnImport import = import_with(
      "user-quota=12 # 4 streams per video call, so 3 calls\nno-udp=0 # no\nuse-auth-secret # only with "
      "it\n");

  EXPECT_EQ(import.config.turn->max_allocations_per_user, 12u);
  EXPECT_EQ(of(import, "user-quota").outcome, ImportOutcome::kTranslated);
  EXPECT_EQ(import.config.turn->listeners[0].transports[0], Transport::kUdp);
  EXPECT_EQ(of(import_with("max-port=60000; all\n"), "max-port").outcome, ImportOutcome::kMalformed);
}

TEST(CoturnImport, limits_users_only_where_coturn_did) {
  EXPECT_EQ(import_with("").config.turn->max_allocations_per_user, 100'000u);
  EXPECT_EQ(import_with("user-quota=0\ntotal-quota=500\n").config.turn->max_allocations_per_user, 500u);
}

TEST(CoturnImport, listens_at_auxiliary_servers_too) {
  const CoturnImport import =
      import_with("aux-server=192.0.2.3:80\naux-server=[2001:db8::7]:81\naux-server=here\n");

  const auto& listeners = import.config.turn->listeners;
  ASSERT_THAT(listeners, SizeIs(3));
  EXPECT_EQ(listeners[1].address.to_string(), "192.0.2.3:80");
  EXPECT_THAT(listeners[1].transports, ElementsAre(Transport::kUdp, Transport::kTcp));
  EXPECT_EQ(listeners[2].address.to_string(), "[2001:db8::7]:81");
  EXPECT_EQ(import.findings.back().outcome, ImportOutcome::kNotNeeded);
  EXPECT_EQ(import.findings[import.findings.size() - 2].outcome, ImportOutcome::kMalformed);
}

TEST(CoturnImport, takes_all_addresses_for_those_given) {
  const CoturnImport import =
      import_coturn("listening-ip=0.0.0.0\nuser=alice:wonderland\n", {address("192.0.2.1")});

  EXPECT_THAT(import.missing, IsEmpty());
  EXPECT_EQ(import.config.turn->listeners[0].address.to_string(), "192.0.2.1:3478");
}

TEST(CoturnImport, says_which_peers_are_denied_other_than_by_coturn) {
  const CoturnImport silent = import_with("");
  const CoturnImport overlapping = import_with(
      "denied-peer-ip=10.0.0.0/8\ndenied-peer-ip=172.16.0.0/12\ndenied-peer-ip=192.168.0.0/16\n"
      "allowed-peer-ip=10.1.0.0-10.1.255.255\ndenied-peer-ip=10.1.2.3\n");

  EXPECT_THAT(of(silent, "denied-peer-ip").why, HasSubstr("turn.peers.allow"));
  EXPECT_EQ(of(overlapping, "allowed-peer-ip").outcome, ImportOutcome::kTranslated);
  for (const ImportFinding& finding : overlapping.findings)
    EXPECT_FALSE(finding.setting == "denied-peer-ip" && finding.line == 0);
}

TEST(CoturnImport, names_unknown_and_malformed_lines) {
  const CoturnImport import =
      import_with("max-prot=5000\n%%%\nmin-port=many\ndenied-peer-ip=10.0.0.9-10.0.0.1\n");

  ASSERT_THAT(import.findings, SizeIs(8));
  EXPECT_EQ(import.findings[3].outcome, ImportOutcome::kUnknown);
  EXPECT_EQ(import.findings[3].line, 3);
  for (const std::size_t i : {4u, 5u, 6u}) {
    EXPECT_EQ(import.findings[i].outcome, ImportOutcome::kMalformed);
    EXPECT_EQ(import.findings[i].line, static_cast<int>(i));
  }
}

TEST(CoturnImport, leaves_out_transports_that_are_off) {
  EXPECT_THAT(import_with("no-tcp\nno-tls\nno-dtls\n").config.turn->listeners[0].transports,
              ElementsAre(Transport::kUdp));
  EXPECT_THAT(import_with("no-udp=false\n").config.turn->listeners[0].transports,
              ElementsAre(Transport::kUdp, Transport::kTcp));
  EXPECT_THAT(import_with("no-udp\nno-tcp\n").missing, HasSubstr("every transport"));
}

TEST(CoturnImport, needs_an_address_when_coturn_finds_it_out_itself) {
  constexpr std::string_view kNoAddress = "use-auth-secret\nstatic-auth-secret=a-long-shared-secret\n";

  EXPECT_THAT(import_coturn(kNoAddress, {}).missing, HasSubstr("--address"));
  const CoturnImport import = import_coturn(kNoAddress, {address("192.0.2.1"), address("2001:db8::1")});

  EXPECT_THAT(import.missing, IsEmpty());
  EXPECT_THAT(import.config.turn->listeners, SizeIs(2));
  EXPECT_THAT(import.config.turn->relay_addresses, SizeIs(2));
}

TEST(CoturnImport, says_that_no_client_could_log_in) {
  EXPECT_THAT(import_coturn("listening-ip=192.0.2.1\nuserdb=/var/lib/turn/turndb\n", {}).missing,
              HasSubstr("log in"));
}

TEST(CoturnImport, keeps_a_private_address_but_says_so) {
  const CoturnImport import = import_coturn("listening-ip=192.168.1.4\nuser=alice:wonderland\n", {});

  EXPECT_TRUE(import.config.turn->allow_private_relay_addresses);
  EXPECT_THAT(of(import, "external-ip").why, HasSubstr("turn.public_addresses"));
}

TEST(CoturnImport, switches_tls_off_without_both_files) {
  const CoturnImport import = import_with("cert=/etc/ssl/turn.pem\n");

  EXPECT_TRUE(import.config.turn->tls.certificate.empty());
  EXPECT_THAT(import.config.turn->listeners, SizeIs(1));
  EXPECT_EQ(of(import, "cert").outcome, ImportOutcome::kNoEquivalent);
}

TEST(CoturnImport, limits_bandwidth_in_whole_kilobits) {
  EXPECT_EQ(import_with("max-bps=64000\n").config.turn->limits.bandwidth_per_allocation, 64'000u);
  EXPECT_EQ(import_with("max-bps=100001\n").config.turn->limits.bandwidth_per_allocation, 100'125u);
  EXPECT_EQ(import_with("max-bps=10\n").config.turn->limits.bandwidth_per_allocation, 1'000u);
  EXPECT_EQ(of(import_with("max-bps=0\n"), "max-bps").outcome, ImportOutcome::kNotNeeded);
}

TEST(CoturnImport, has_a_data_plane_for_each_cpu_as_coturn_has_threads) {
  EXPECT_EQ(import_with("").config.cores, std::nullopt);
  EXPECT_EQ(import_with("relay-threads=3\n").config.cores, 3);
  EXPECT_EQ(import_with("relay-threads=0\n").config.cores, 1);
}

TEST(CoturnImport, grants_no_lifetime_above_the_longest) {
  const CoturnImport import = import_with("max-allocate-lifetime=120\n");

  EXPECT_EQ(import.config.turn->lifetime.initial, 2min);
  EXPECT_EQ(import.config.turn->lifetime.unasked, 2min);
  EXPECT_TRUE(relay::load_config(print_config(import.config, relay::SecretPrinting::kShow), "imported"));
}

TEST(CoturnImport, names_causeway_in_answers_where_coturn_names_itself) {
  EXPECT_EQ(import_with("software-attribute\n").config.turn->software, "Causeway");
  EXPECT_EQ(import_with("").config.turn->software, "");
}

TEST(CoturnImport, opens_the_tls_port_for_what_coturn_serves_there) {
  const auto transports_with = [](const std::string& lines) {
    const CoturnImport import = import_with("cert=/c.pem\npkey=/k.pem\n" + lines);
    const auto& listeners = import.config.turn->listeners;
    return listeners.size() < 2 ? std::vector<Transport>() : listeners[1].transports;
  };

  EXPECT_THAT(transports_with("no-dtls\n"), ElementsAre(Transport::kTcp, Transport::kTls));
  EXPECT_THAT(transports_with("no-tls\n"), ElementsAre(Transport::kUdp, Transport::kDtls));
  EXPECT_THAT(transports_with("no-tls\nno-dtls\n"), IsEmpty());
}

TEST(CoturnImport, limits_challenges_with_and_without_coturns_setting) {
  EXPECT_EQ(import_with("").config.turn->limits.challenges_per_second, 1000u);
  EXPECT_EQ(import_with("unauthorized-ratelimit\n").config.turn->limits.challenges_per_second, 1000u);
}

// Guides for Jitsi and Nextcloud still name settings that coturn has no longer, and newer ones are to come.
TEST(CoturnImport, knows_settings_of_other_versions_of_coturn) {
  for (const char* const name :
       {"no-loopback-peers", "no-sslv3", "software-attribute", "cpus", "stateless-nonce", "prometheus-path"})
    EXPECT_NE(of(import_with(std::string(name) + "=1\n"), name).outcome, ImportOutcome::kUnknown) << name;
}

TEST(CoturnImport, keeps_one_data_plane_for_mobility) {
  const CoturnImport import = import_with("mobility\nrelay-threads=8\n");

  EXPECT_TRUE(import.config.turn->protocol.mobility);
  EXPECT_EQ(import.config.cores, 1);
  EXPECT_EQ(of(import, "relay-threads").outcome, ImportOutcome::kAdapted);
  EXPECT_FALSE(import_with("mobility=0\n").config.turn->protocol.mobility);
}

TEST(CoturnImport, names_other_servers_as_alternatives) {
  const CoturnImport import = import_with(
      "alternate-server=192.0.2.1:3478\nalternate-server=127.0.0.1\nalternate-server=192.0.2.2\n"
      "alternate-server=[2001:db8::2]:443\nalternate-server=turn.example.org\n"
      "tls-alternate-server=192.0.2.2:5349\n");

  ASSERT_THAT(import.config.turn->alternatives, SizeIs(2));
  EXPECT_EQ(import.config.turn->alternatives[0].to_string(), "192.0.2.2:3478");
  EXPECT_EQ(import.config.turn->alternatives[1].to_string(), "[2001:db8::2]:443");
  ASSERT_THAT(import.config.turn->tls_alternatives, SizeIs(1));
  EXPECT_EQ(import.config.turn->tls_alternatives[0].to_string(), "192.0.2.2:5349");
  std::vector<ImportOutcome> outcomes;
  for (const ImportFinding& finding : import.findings)
    if (finding.setting.ends_with("alternate-server")) outcomes.push_back(finding.outcome);
  using enum ImportOutcome;
  EXPECT_THAT(outcomes, ElementsAre(kNoEquivalent, kNoEquivalent, kAdapted, kAdapted, kMalformed, kAdapted));
}

TEST(CoturnImport, leaves_out_an_alternative_that_is_the_node_itself_behind_its_nat) {
  const CoturnImport import =
      import_with("relay-ip=192.0.2.1\nexternal-ip=11.0.0.1/192.0.2.1\nalternate-server=11.0.0.1:3478\n");

  EXPECT_THAT(import.config.turn->public_addresses, SizeIs(1));
  EXPECT_THAT(import.config.turn->alternatives, SizeIs(0));
}

TEST(CoturnImport, serves_nat_discovery_at_two_addresses_with_two_ports) {
  const CoturnImport import = import_with("listening-ip=192.0.2.2\nalt-listening-port=3500\nrfc5780\n");

  const relay::TurnSection& turn = *import.config.turn;
  EXPECT_TRUE(turn.protocol.nat_discovery);
  std::vector<std::string> listeners;
  for (const overlay::Endpoint& address : turn.addresses_taking(Transport::kUdp))
    listeners.push_back(address.to_string());
  EXPECT_THAT(listeners, ElementsAre("192.0.2.1:3478", "192.0.2.1:3500", "192.0.2.2:3478", "192.0.2.2:3500"));
  EXPECT_TRUE(import_with("listening-ip=192.0.2.2\nrfc5780\nno-tcp\n").config.turn->protocol.nat_discovery);
  EXPECT_EQ(of(import, "rfc5780").outcome, ImportOutcome::kTranslated);
}

TEST(CoturnImport, serves_no_nat_discovery_where_it_cannot_be_or_is_refused) {
  const CoturnImport lonely = import_with("rfc5780\n");
  EXPECT_FALSE(lonely.config.turn->protocol.nat_discovery);
  EXPECT_EQ(of(lonely, "rfc5780").outcome, ImportOutcome::kNoEquivalent);

  const CoturnImport without_udp = import_with("listening-ip=192.0.2.2\nrfc5780\nno-udp\n");
  EXPECT_FALSE(without_udp.config.turn->protocol.nat_discovery);

  const CoturnImport refused = import_with("listening-ip=192.0.2.2\nalt-listening-port=3500\nno-rfc5780\n");
  EXPECT_FALSE(refused.config.turn->protocol.nat_discovery);
  EXPECT_EQ(of(refused, "alt-listening-port").outcome, ImportOutcome::kDropped);
}

TEST(CoturnImport, says_that_tcp_is_relayed_no_longer_and_how_it_would_be) {
  constexpr std::string_view kFile = "listening-ip=192.0.2.1\nstatic-auth-secret=a-long-shared-secret\n";
  const ImportFinding silent = of(import_coturn(kFile, {}), "no-tcp-relay");
  const ImportFinding off =
      of(import_coturn(std::string(kFile) + "no-tcp-relay=false\n", {}), "no-tcp-relay");
  const ImportFinding on = of(import_coturn(std::string(kFile) + "no-tcp-relay\n", {}), "no-tcp-relay");

  EXPECT_EQ(silent.line, 0);
  EXPECT_EQ(off.line, 3);
  for (const ImportFinding& finding : {silent, off}) {
    EXPECT_EQ(finding.outcome, ImportOutcome::kAdapted);
    EXPECT_THAT(finding.why, HasSubstr("turn.tcp_relay: {enabled: true}"));
  }
  EXPECT_EQ(on.outcome, ImportOutcome::kNotNeeded);
  EXPECT_FALSE(import_coturn(kFile, {}).config.turn->tcp_relay.is_enabled);
}

TEST(CoturnImport, keeps_the_family_of_clients_that_ask_for_none) {
  using enum relay::DefaultFamily;
  const auto family_with = [](const std::string& lines) {
    return import_with(lines).config.turn->default_family;
  };

  EXPECT_EQ(family_with(""), kIpv4);
  EXPECT_EQ(family_with("allocation-default-address-family=ipv4\n"), kIpv4);
  EXPECT_EQ(family_with("allocation-default-address-family=keep\n"), kClient);
  EXPECT_EQ(family_with("keep-address-family\n"), kClient);
  EXPECT_EQ(family_with("keep-address-family=no\n"), kIpv4);
  for (const auto& [value, outcome] :
       {std::pair{"ipv6", ImportOutcome::kAdapted}, {"both", ImportOutcome::kMalformed}})
    EXPECT_EQ(of(import_with(std::string("allocation-default-address-family=") + value + "\n"),
                 "allocation-default-address-family")
                  .outcome,
              outcome);
}

TEST(CoturnImport, serves_clients_that_ask_for_no_family_where_only_ipv6_is_relayed) {
  constexpr const char* kOnlyV6 =
      "listening-ip=2001:db8::1\nrelay-ip=2001:db8::1\nstatic-auth-secret=secret-of-16-bytes\n";
  for (const std::string line : {"", "allocation-default-address-family=ipv4\n"}) {
    const CoturnImport import = import_coturn(kOnlyV6 + line, {});

    EXPECT_EQ(import.config.turn->default_family, relay::DefaultFamily::kClient) << line;
    EXPECT_EQ(of(import, "allocation-default-address-family").outcome, ImportOutcome::kAdapted) << line;
    EXPECT_THAT(of(import, "allocation-default-address-family").why, HasSubstr("no IPv4 relay address"));
  }
}

TEST(CoturnImport, says_what_ipv6_clients_get_where_both_families_are_relayed) {
  const CoturnImport both =
      import_with("listening-ip=2001:db8::1\nrelay-ip=192.0.2.1\nrelay-ip=2001:db8::1\n");

  EXPECT_THAT(of(both, "allocation-default-address-family").why,
              HasSubstr("turn.default_address_family: client"));
  EXPECT_THAT(import_with("").findings, SizeIs(4));
}

TEST(CoturnImport, believes_proxies_on_private_addresses_only) {
  const CoturnImport import = import_with("tcp-proxy-port=5555\n");

  const auto& listeners = import.config.turn->listeners;
  ASSERT_THAT(listeners, SizeIs(2));
  EXPECT_EQ(listeners[1].address.to_string(), "192.0.2.1:5555");
  EXPECT_THAT(listeners[1].transports, ElementsAre(Transport::kTcp));
  ASSERT_FALSE(listeners[1].proxy_protocol_from.empty());
  for (const overlay::IpPrefix& proxies : listeners[1].proxy_protocol_from)
    EXPECT_FALSE(proxies.contains(address("198.51.100.1"))) << proxies.to_string();
}

}  // namespace coturn_import_test
}  // namespace cli
