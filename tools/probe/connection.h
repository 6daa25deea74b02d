// One client's way to a TURN server: UDP, TCP, TLS or DTLS by plain sockets and OpenSSL. Gives and takes
// whole STUN and ChannelData messages; on streams it frames and pads them (RFC 8656 section 12.5). Blocking,
// with deadlines; for one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"
#include "tools/probe/turn_uri.h"

namespace probe {

struct Trust {
  std::string ca_file;       // empty: what the system trusts
  bool is_anything = false;  // no verification
};

class Connection {
 public:
  // Of a stream: connected.
  [[nodiscard]] static overlay::Result<Connection> open(Transport transport, const overlay::Endpoint& server,
                                                        overlay::Instant deadline);
  // TLS or DTLS. `host` is the name or address that the certificate must hold.
  [[nodiscard]] overlay::Status secure(const std::string& host, const Trust& trust,
                                       overlay::Instant deadline);

  [[nodiscard]] overlay::Status send(overlay::Bytes message);
  // The next received message, without waiting; nullopt without one. An error when the server has closed the
  // connection or rejects datagrams.
  [[nodiscard]] overlay::Result<std::optional<overlay::ByteVector>> receive();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // "TLSv1.3, TLS_AES_256_GCM_SHA384"; empty without TLS.
  [[nodiscard]] std::string security() const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Connection(Transport transport, overlay::FileDescriptor fd) : transport_(transport), fd_(std::move(fd)) {}
  [[nodiscard]] overlay::Result<std::size_t> read_some(overlay::MutableBytes out);
  [[nodiscard]] std::optional<overlay::ByteVector> take_framed();

  Transport transport_;
  overlay::FileDescriptor fd_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  overlay::ByteVector unframed_;
};

}  // namespace probe
