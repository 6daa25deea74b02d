// Files that run with coturn and cannot be translated as they are. The report names the line, the consequence
// and the remedy. Either the result runs, or `missing` says that it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"
#include "tools/import_coturn/coturn_import.h"

namespace cli {
namespace coturn_consequences_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

overlay::IpAddress address(std::string_view text) {
  return overlay::IpAddress::parse(text).value();
}

CoturnImport import_lines(const std::string& lines, const std::vector<overlay::IpAddress>& own = {}) {
  return import_coturn(lines + "no-tcp-relay\n", own);
}

ImportFinding at_line(const CoturnImport& import, int line) {
  for (const ImportFinding& finding : import.findings)
    if (finding.line == line) return finding;
  ADD_FAILURE() << "no finding about line " << line;
  return {};
}

bool runs(const CoturnImport& import) {
  if (!import.missing.empty()) return false;
  const auto config = relay::load_config(print_config(import.config, relay::SecretPrinting::kShow),
                                         "imported", relay::Purpose::kUse);
  EXPECT_TRUE(config.has_value()) << config.error().front().to_string();
  return config.has_value();
}

TEST(CoturnConsequences, of_a_wildcard_relay_address_is_that_the_listening_address_relays) {
  for (const std::string wildcard : {"0.0.0.0", "::"}) {
    const CoturnImport import = import_lines(
        "listening-ip=192.0.2.1\nlistening-ip=2001:db8::1\nuser=a:wonderland\nrelay-ip=" + wildcard + "\n");

    EXPECT_TRUE(runs(import)) << import.missing;
    EXPECT_THAT(import.config.turn->relay_addresses,
                ElementsAre(address("192.0.2.1"), address("2001:db8::1")));
    EXPECT_EQ(at_line(import, 4).outcome, ImportOutcome::kAdapted);
    EXPECT_THAT(at_line(import, 4).why, HasSubstr("turn.relay_addresses"));
  }
}

TEST(CoturnConsequences, of_a_wildcard_relay_address_without_another_address_is_a_failure) {
  const CoturnImport import = import_lines("user=a:wonderland\nrelay-ip=0.0.0.0\nexternal-ip=11.0.0.1\n");

  EXPECT_FALSE(runs(import));
  EXPECT_THAT(import.missing, HasSubstr("--address"));
  EXPECT_THAT(at_line(import, 2).why, HasSubstr("--address"));
  EXPECT_TRUE(runs(
      import_lines("user=a:wonderland\nrelay-ip=0.0.0.0\nexternal-ip=11.0.0.1\n", {address("10.0.0.5")})));
}

TEST(CoturnConsequences, of_a_tls_port_without_a_certificate_is_that_nothing_listens_there) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuser=a:wonderland\ntls-listening-port=443\n");

  EXPECT_TRUE(runs(import));
  EXPECT_THAT(import.config.turn->listeners, SizeIs(1));
  EXPECT_EQ(at_line(import, 3).outcome, ImportOutcome::kNoEquivalent);
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("nothing listens at port 443"));
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("add cert and pkey"));
}

TEST(CoturnConsequences, of_a_tls_port_without_tls_is_that_it_is_dropped) {
  const CoturnImport import = import_lines(
      "listening-ip=192.0.2.1\nuser=a:wonderland\ntls-listening-port=443\ncert=/c.pem\npkey=/"
      "k.pem\nno-tls\nno-dtls\n");

  EXPECT_THAT(import.config.turn->listeners, SizeIs(1));
  EXPECT_EQ(at_line(import, 3).outcome, ImportOutcome::kDropped);
}

TEST(CoturnConsequences, of_one_file_for_tls_is_named_at_its_line) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuser=a:wonderland\ncert=/etc/ssl/turn.pem\n");

  EXPECT_TRUE(runs(import));
  EXPECT_EQ(at_line(import, 3).outcome, ImportOutcome::kNoEquivalent);
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("needs both cert and pkey"));
}

TEST(CoturnConsequences, of_a_key_with_a_password_is_a_failure) {
  const CoturnImport import = import_lines(
      "listening-ip=192.0.2.1\nuser=a:wonderland\ncert=/c.pem\npkey=/k.pem\npkey-pwd=secret-word\n");

  EXPECT_FALSE(runs(import));
  EXPECT_THAT(import.missing, HasSubstr("pkey-pwd (line 5)"));
  EXPECT_THAT(import.missing, Not(HasSubstr("secret-word")));
}

TEST(CoturnConsequences, of_a_public_address_alone_is_a_failure_that_names_its_line) {
  const CoturnImport import = import_lines("user=a:wonderland\nexternal-ip=11.0.0.1\n");

  EXPECT_FALSE(runs(import));
  EXPECT_THAT(import.missing, HasSubstr("external-ip (line 2)"));
  EXPECT_THAT(import.missing, HasSubstr("--address"));
  EXPECT_THAT(at_line(import, 2).why, HasSubstr("--address"));
  const CoturnImport known = import_lines("user=a:wonderland\nexternal-ip=11.0.0.1\n", {address("10.0.0.5")});
  EXPECT_TRUE(runs(known));
  EXPECT_THAT(known.config.turn->public_addresses, ElementsAre(address("11.0.0.1")));
}

TEST(CoturnConsequences, of_a_public_address_by_name_is_a_failure) {
  const CoturnImport import =
      import_lines("listening-ip=10.0.0.5\nuser=a:wonderland\nexternal-ip=turn.example.org\n");

  EXPECT_FALSE(runs(import));
  EXPECT_THAT(import.missing, HasSubstr("external-ip (line 3)"));
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("write its address"));
}

TEST(CoturnConsequences, of_blanks_before_a_password_are_none) {
  const CoturnImport import = import_lines("listening-ip=192.0.2.1\nuser=a: \twonder land \n");

  EXPECT_TRUE(runs(import));
  EXPECT_EQ(import.config.turn->users.at(0).password.reveal(), "wonder land");
}

TEST(CoturnConsequences, of_a_key_with_more_digits_are_that_the_first_32_count) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nrealm=x\nuser=a: 0xbc807ee29df3c9ffa736523fb2c4e8eeaaaa\n");

  EXPECT_TRUE(runs(import));
  EXPECT_THAT(import.config.turn->users.at(0).key.reveal(), SizeIs(16));
}

TEST(CoturnConsequences, of_a_key_without_a_realm_are_named) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuser=a:0xbc807ee29df3c9ffa736523fb2c4e8ee\n");

  EXPECT_EQ(at_line(import, 0).setting, "realm");
  EXPECT_THAT(at_line(import, 0).why, HasSubstr("add realm"));
}

// coturn reads it as part of the value, too.
TEST(CoturnConsequences, of_a_comment_behind_a_text_are_named) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuser=a:wonderland # the cat\nrealm=x # y\n");

  EXPECT_TRUE(runs(import));
  EXPECT_EQ(import.config.turn->realm, "x # y");
  EXPECT_EQ(import.config.turn->users.at(0).password.reveal(), "wonderland # the cat");
  for (const int line : {2, 3}) {
    EXPECT_EQ(at_line(import, line).outcome, ImportOutcome::kAdapted);
    EXPECT_THAT(at_line(import, line).why, HasSubstr("move the comment to a line of its own"));
    EXPECT_THAT(at_line(import, line).why, Not(HasSubstr("cat")));
  }
}

TEST(CoturnConsequences, of_a_comment_behind_an_address_or_a_file_are_named) {
  const CoturnImport import = import_lines(
      "listening-ip=192.0.2.1\nuser=a:wonderland\ncert=/c.pem # ours\npkey=/k.pem\ndenied-peer-ip=11.0.0.1 # "
      "them\n");

  EXPECT_TRUE(runs(import));
  EXPECT_TRUE(import.config.turn->tls.certificate.empty());
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("move the comment to a line of its own"));
  EXPECT_EQ(at_line(import, 5).outcome, ImportOutcome::kMalformed);
  EXPECT_THAT(at_line(import, 5).why, HasSubstr("move the comment to a line of its own"));
}

TEST(CoturnConsequences, of_single_quotes_are_named) {
  const CoturnImport import = import_lines("listening-ip=192.0.2.1\nuser=a:wonderland\nrealm='x'\n");

  EXPECT_EQ(import.config.turn->realm, "'x'");
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("use double quotes"));
}

// coturn knows ranges only, so a block allows nothing there and denies nothing.
TEST(CoturnConsequences, of_a_block_of_peers_are_never_more_rights) {
  const CoturnImport import = import_lines(
      "listening-ip=192.0.2.1\nuser=a:wonderland\nallowed-peer-ip=10.0.0.0/8\ndenied-peer-ip=10.1.0.0/16\n");

  EXPECT_THAT(import.config.turn->peers.allow, IsEmpty());
  EXPECT_THAT(import.config.turn->peers.deny, SizeIs(1));
  EXPECT_EQ(at_line(import, 3).outcome, ImportOutcome::kDropped);
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("10.0.0.0-10.255.255.255"));
  EXPECT_EQ(at_line(import, 4).outcome, ImportOutcome::kAdapted);
}

TEST(CoturnConsequences, of_a_database_are_named_with_the_way_to_its_users) {
  for (const std::string name :
       {"userdb", "db", "psql-userdb", "mysql-userdb", "mongo-userdb", "redis-userdb"}) {
    const CoturnImport alone = import_lines("listening-ip=192.0.2.1\n" + name + "=/var/lib/turn/turndb\n");
    const CoturnImport with_user =
        import_lines("listening-ip=192.0.2.1\n" + name + "=/var/lib/turn/turndb\nuser=a:wonderland\n");

    EXPECT_FALSE(runs(alone));
    EXPECT_THAT(alone.missing, HasSubstr(name + " (line 2)"));
    EXPECT_THAT(at_line(alone, 2).why, HasSubstr("turnusers_lt"));
    EXPECT_TRUE(runs(with_user));
    EXPECT_THAT(at_line(with_user, 2).why, HasSubstr("users of this database cannot log in"));
  }
}

TEST(CoturnConsequences, of_a_database_of_secrets_are_named_with_the_way_to_its_secrets) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuse-auth-secret\nuserdb=/var/lib/turn/turndb\n");

  EXPECT_FALSE(runs(import));
  EXPECT_THAT(import.missing, HasSubstr("use-auth-secret (line 2)"));
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("turn_secret"));
}

TEST(CoturnConsequences, of_the_secret_of_the_examples_are_a_failure) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nstatic-auth-secret=change-me-before-use\n");

  EXPECT_EQ(at_line(import, 2).outcome, ImportOutcome::kMalformed);
  EXPECT_FALSE(runs(import));
}

TEST(CoturnConsequences, of_a_relative_path_are_named) {
  const CoturnImport import =
      import_lines("listening-ip=192.0.2.1\nuser=a:wonderland\ncert=turn.pem\npkey=/k.pem\n");

  EXPECT_EQ(at_line(import, 3).outcome, ImportOutcome::kAdapted);
  EXPECT_THAT(at_line(import, 3).why, HasSubstr("folder of the new file"));
}

}  // namespace coturn_consequences_test
}  // namespace cli
