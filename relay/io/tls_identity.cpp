#include "relay/io/tls_identity.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"
#include "relay/io/dtls_cookies.h"

namespace relay {
namespace {

constexpr std::string_view kAlpn = "stun.turn";  // RFC 7443
// Forward secret and authenticated; TLS 1.3 has no others.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// The first error is the cause; those after it say who failed for it ("system lib").
std::string reason() {
  const unsigned long code = ::ERR_peek_error();
  const char* const text =
      ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return text != nullptr ? text : "unknown error";
}

// A client that offers only other protocols wants another server (RFC 7301 section 3.2).
int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned int size, void*) {
  for (overlay::Bytes rest(offered, size); !rest.empty() && rest.front() < rest.size();
       rest = rest.subspan(1 + std::size_t{rest.front()})) {
    const overlay::Bytes name = rest.subspan(1, rest.front());
    if (overlay::as_text(name) != kAlpn) continue;
    *out = name.data();
    *out_size = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A key with a passphrase is an error: nobody is there to ask.
int refuse_passphrase(char*, int, int, void*) {
  return -1;
}

CookieExchange& exchange_of(SSL* ssl) {
  return *static_cast<CookieExchange*>(SSL_get_app_data(ssl));
}

int write_cookie(SSL* ssl, unsigned char* cookie, unsigned int* size) {
  const auto minted = exchange_of(ssl).mint_cookie();
  std::ranges::copy(minted, cookie);
  *size = static_cast<unsigned int>(minted.size());
  return 1;
}

int verify_cookie(SSL* ssl, const unsigned char* cookie, unsigned int size) {
  return exchange_of(ssl).takes_cookie({cookie, size}) ? 1 : 0;
}

void configure(SSL_CTX* context) {
  ::SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle session holds none
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
  CHECK(::SSL_CTX_set_cipher_list(context, kCiphers) == 1);
}

overlay::Status use_files(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  ::ERR_clear_error();
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return overlay::failure(
        "cannot use certificate " + certificate + ": " + reason() +
        "; it must be a PEM file that this user may read, the server's certificate first");
  if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return overlay::failure("cannot use key " + key + ": " + reason() +
                            "; it must be the PEM file of the key of " + certificate +
                            ", without a passphrase");
  // OpenSSL accepts a key of another type than the certificate's without an error.
  if (::SSL_CTX_check_private_key(context) != 1)
    return overlay::failure("key " + key + " is not the key of " + certificate + ": " + reason() +
                            "; write both files of one certificate");
  return overlay::ok();
}

std::string text_of(const ASN1_TIME* time) {
  std::tm civil{};
  CHECK(::ASN1_TIME_to_tm(time, &civil) == 1);
  std::array<char, sizeof "2026-01-31 00:00:00 UTC"> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T UTC", &civil)};
}

}  // namespace

overlay::Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate,
                                                                    const std::string& key) {
  Handle tls(::SSL_CTX_new(::TLS_server_method()));
  Handle dtls(::SSL_CTX_new(::DTLS_server_method()));
  CHECK(tls && dtls);
  CHECK(::SSL_CTX_set_min_proto_version(tls.get(), TLS1_2_VERSION) == 1);
  CHECK(::SSL_CTX_set_min_proto_version(dtls.get(), DTLS1_2_VERSION) == 1);
  ::SSL_CTX_set_cookie_generate_cb(dtls.get(), write_cookie);
  ::SSL_CTX_set_cookie_verify_cb(dtls.get(), verify_cookie);
  for (SSL_CTX* const context : {tls.get(), dtls.get()}) {
    configure(context);
    if (auto used = use_files(context, certificate, key); !used)
      return overlay::failure(used.error().message);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(tls), std::move(dtls)));
}

overlay::Status TlsContext::check_dates(overlay::UnixSeconds now) const {
  const X509* const certificate = ::SSL_CTX_get0_certificate(tls_.get());
  const ASN1_TIME* const begin = ::X509_get0_notBefore(certificate);
  const ASN1_TIME* const end = ::X509_get0_notAfter(certificate);
  std::time_t at = now.count();
  if (::X509_cmp_time(end, &at) < 0)
    return overlay::failure("expired on " + text_of(end) + ", and clients will refuse it; renew it");
  if (::X509_cmp_time(begin, &at) > 0)
    return overlay::failure("is not valid before " + text_of(begin) +
                            ", and clients will refuse it; is the clock of this machine right?");
  return overlay::ok();
}

std::optional<overlay::UnixSeconds> TlsContext::not_after() const {
  std::tm civil{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(tls_.get())), &civil) != 1)
    return std::nullopt;
  return overlay::UnixSeconds(::timegm(&civil));
}

bool TlsContext::is_for_us(const ClientHello& hello) const {
  if (!hello.protocols.empty()) return hello.offers(kAlpn);
  return hello.server_name.empty() ||
         ::X509_check_host(::SSL_CTX_get0_certificate(tls_.get()), hello.server_name.data(),
                           hello.server_name.size(), 0, nullptr) == 1;
}

overlay::Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(std::string certificate, std::string key) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(std::move(certificate), std::move(key)));
  if (auto loaded = identity->reload(); !loaded) return overlay::failure(loaded.error().message);
  return identity;
}

void TlsIdentity::become(TlsIdentity&& other) {
  certificate_ = std::move(other.certificate_);
  key_ = std::move(other.key_);
  seen_ = other.seen_;
  context_.store(other.current(), std::memory_order_release);
}

overlay::Status TlsIdentity::reload() {
  seen_ = stamps();
  auto loaded = TlsContext::load(certificate_, key_);
  if (!loaded) return overlay::failure(loaded.error().message);
  context_.store(std::move(loaded).value(), std::memory_order_release);
  return overlay::ok();
}

overlay::Result<bool> TlsIdentity::reload_if_changed() {
  if (stamps() == seen_) return false;
  if (auto reloaded = reload(); !reloaded) return overlay::failure(reloaded.error().message);
  return true;
}

TlsIdentity::Stamp TlsIdentity::stamp_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {.seconds = status.st_mtim.tv_sec,
          .nanoseconds = status.st_mtim.tv_nsec,
          .inode = status.st_ino,
          .size = status.st_size};
}

}  // namespace relay
