#include "tests/integration/relay_io/test_certificate.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "overlay/base/check.h"

namespace relay {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;
using File = std::unique_ptr<FILE, decltype(&std::fclose)>;

Key make_key() {
  return {::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &::EVP_PKEY_free};
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, std::chrono::seconds lifetime) {
  Certificate certificate(::X509_new(), &::X509_free);
  ::X509_set_version(certificate.get(), 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -60);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), lifetime.count());
  X509_NAME* const subject = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  ::X509_set_issuer_name(certificate.get(), subject);
  ::X509_set_pubkey(certificate.get(), key);
  CHECK(::X509_sign(certificate.get(), key, ::EVP_sha256()) > 0);
  return certificate;
}

File open_for_writing(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"), &std::fclose);
  CHECK(file != nullptr);
  return file;
}

void write_key(const std::string& path, EVP_PKEY* key) {
  CHECK(::PEM_write_PrivateKey(open_for_writing(path).get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
        1);
}

std::string make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "causeway-tls-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr);
  return name;
}

}  // namespace

TestCertificate::TestCertificate(const std::string& name)
    : folder_(make_folder()), certificate_(folder_ + "/server.pem"), key_(folder_ + "/server.key") {
  renew(name);
}

TestCertificate::~TestCertificate() {
  std::filesystem::remove_all(folder_);
}

void TestCertificate::renew(const std::string& name, std::chrono::seconds lifetime) {
  const Key key = make_key();
  write_key(key_, key.get());
  CHECK(::PEM_write_X509(open_for_writing(certificate_).get(),
                         make_certificate(key.get(), name, lifetime).get()) == 1);
}

void TestCertificate::renew_key_only() {
  write_key(key_, make_key().get());
}

void TestCertificate::renew_key_with_another_type() {
  write_key(key_,
            Key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), &::EVP_PKEY_free).get());
}

}  // namespace relay
