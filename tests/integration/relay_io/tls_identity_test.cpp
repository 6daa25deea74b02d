#include "relay/io/tls_identity.h"

#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_io/test_certificate.h"

namespace relay {
namespace tls_identity_test {

using namespace std::chrono_literals;
using testing::HasSubstr;

ClientHello hello(std::string_view server_name, overlay::Bytes protocols) {
  return {.state = ClientHello::State::kFound,
          .server_name = std::string(server_name),
          .protocols = overlay::ByteVector(protocols.begin(), protocols.end())};
}

TEST(TlsIdentity, takes_a_new_certificate_when_its_files_have_changed) {
  TestCertificate files;
  const auto identity = TlsIdentity::load(files.certificate(), files.key());
  ASSERT_TRUE(identity) << identity.error().message;
  const auto before = (*identity)->current();
  EXPECT_FALSE((*identity)->reload_if_changed().value());

  files.renew("renewed.test");

  EXPECT_TRUE((*identity)->reload_if_changed().value());
  EXPECT_NE((*identity)->current(), before);
  EXPECT_FALSE((*identity)->reload_if_changed().value());
}

TEST(TlsIdentity, keeps_what_it_has_when_key_and_certificate_do_not_fit_and_says_so_once) {
  TestCertificate files;
  const auto identity = TlsIdentity::load(files.certificate(), files.key());
  ASSERT_TRUE(identity);
  const auto before = (*identity)->current();

  files.renew_key_only();

  const auto refused = (*identity)->reload_if_changed();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("server.key"));
  EXPECT_EQ((*identity)->current(), before);
  EXPECT_FALSE((*identity)->reload_if_changed().value());
}

TEST(TlsIdentity, names_the_file_that_it_cannot_use) {
  TestCertificate files;

  const auto no_certificate = TlsContext::load("/nowhere/turn.pem", files.key());
  const auto no_key = TlsContext::load(files.certificate(), files.certificate());

  ASSERT_FALSE(no_certificate);
  EXPECT_THAT(no_certificate.error().message, HasSubstr("/nowhere/turn.pem: No such file"));
  ASSERT_FALSE(no_key);
  EXPECT_THAT(no_key.error().message, HasSubstr("PEM file of the key"));
}

// OpenSSL accepts an RSA key together with a certificate for an EC key, and then can use neither.
TEST(TlsIdentity, wants_a_key_of_the_type_of_its_certificate) {
  TestCertificate files;
  files.renew_key_with_another_type();

  const auto context = TlsContext::load(files.certificate(), files.key());

  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().message, HasSubstr("is not the key of"));
}

TEST(TlsIdentity, says_when_clients_refuse_its_certificate) {
  TestCertificate files;  // good for an hour
  const auto context = TlsContext::load(files.certificate(), files.key());
  ASSERT_TRUE(context);
  const overlay::UnixSeconds now(std::time(nullptr));

  const auto early = (*context)->check_dates(now - std::chrono::hours(1));
  const auto late = (*context)->check_dates(now + std::chrono::hours(2));

  EXPECT_TRUE((*context)->check_dates(now));
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message, HasSubstr("not valid before"));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("expired on"));
}

TEST(TlsIdentity, says_until_when_its_certificate_is_valid) {
  TestCertificate files;
  files.renew("turn.test", 1h);
  const auto identity = TlsIdentity::load(files.certificate(), files.key());
  ASSERT_TRUE(identity);
  const auto first = (*identity)->current()->not_after();
  ASSERT_TRUE(first);
  EXPECT_TRUE((*identity)->current()->check_dates(*first - 1s));
  EXPECT_FALSE((*identity)->current()->check_dates(*first + 1s));

  files.renew("turn.test", 48h);
  ASSERT_TRUE((*identity)->reload_if_changed().value());

  EXPECT_GT((*identity)->current()->not_after(), *first + 46h);
}

TEST(TlsIdentity, knows_which_connections_are_for_the_https_server) {
  TestCertificate files("turn.test");
  const auto context = TlsContext::load(files.certificate(), files.key());
  ASSERT_TRUE(context);
  constexpr overlay::ByteArray<10> kTurn{9, 's', 't', 'u', 'n', '.', 't', 'u', 'r', 'n'};
  constexpr overlay::ByteArray<3> kWeb{2, 'h', '2'};

  EXPECT_TRUE((*context)->is_for_us(hello("www.test", kTurn)));
  EXPECT_TRUE((*context)->is_for_us(hello("turn.test", {})));
  EXPECT_TRUE((*context)->is_for_us(hello("", {})));
  EXPECT_FALSE((*context)->is_for_us(hello("turn.test", kWeb)));
  EXPECT_FALSE((*context)->is_for_us(hello("www.test", {})));
}

}  // namespace tls_identity_test
}  // namespace relay
