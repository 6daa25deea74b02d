// The certificate chain and key that clients are shown: loaded, checked, and replaced as one. Contexts are
// immutable snapshots, so that a session that began with one ends with it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/io/client_hello.h"

namespace relay {

// The two roles that one certificate and key play.
class TlsContext {
 public:
  // PEM files. The message of a failure says which file and what to do.
  [[nodiscard]] static overlay::Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate,
                                                                               const std::string& key);

  // TLS 1.2 and 1.3; ALPN "stun.turn" (RFC 7443), and clients without ALPN.
  [[nodiscard]] SSL_CTX* tls() const { return tls_.get(); }
  // Clients of TURN offer stun.turn, or no protocol at all and then our name or none. Everybody else wants
  // the HTTPS server that shares the port.
  [[nodiscard]] bool is_for_us(const ClientHello& hello) const;
  // Whether clients take the certificate at this time; the message goes on after its name.
  [[nodiscard]] overlay::Status check_dates(overlay::UnixSeconds now) const;
  // Until when it is valid; nothing when the certificate does not say it as it should.
  [[nodiscard]] std::optional<overlay::UnixSeconds> not_after() const;
  // DTLS 1.2. The application data of its sessions is a CookieExchange (dtls_cookies.h).
  [[nodiscard]] SSL_CTX* dtls() const { return dtls_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  };
  using Handle = std::unique_ptr<SSL_CTX, Free>;

  TlsContext(Handle tls, Handle dtls) : tls_(std::move(tls)), dtls_(std::move(dtls)) {}

  Handle tls_;
  Handle dtls_;
};

// The context that new sessions get. current() on any thread; the rest on the control plane's.
class TlsIdentity {
 public:
  [[nodiscard]] static overlay::Result<std::unique_ptr<TlsIdentity>> load(std::string certificate,
                                                                          std::string key);

  [[nodiscard]] std::shared_ptr<const TlsContext> current() const {
    return context_.load(std::memory_order_acquire);
  }

  // Shows from now on what the other one has loaded, and reads its files.
  void become(TlsIdentity&& other);
  // Reads the files again. On failure the context stays what it was.
  [[nodiscard]] overlay::Status reload();
  // The same, if a file has changed since the last attempt; true when there was one and it succeeded.
  [[nodiscard]] overlay::Result<bool> reload_if_changed();

 private:
  // Changes when a file is written or replaced.
  struct Stamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 2>;

  TlsIdentity(std::string certificate, std::string key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  [[nodiscard]] static Stamp stamp_of(const std::string& file);
  [[nodiscard]] Stamps stamps() const { return {stamp_of(certificate_), stamp_of(key_)}; }

  std::string certificate_;
  std::string key_;
  Stamps seen_{};
  std::atomic<std::shared_ptr<const TlsContext>> context_;
};

}  // namespace relay
