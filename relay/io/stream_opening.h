// The first bytes of a client's connection: a PROXY header, then the protocol. The first byte after the
// header selects the protocol (RFC 7983: 0x16 begins a TLS record); for TLS that shares its port with an
// HTTPS server, the server name of the ClientHello does. Belongs to a ClientStream and its thread.
#pragma once

#include <memory>
#include <optional>

#include "overlay/base/bytes.h"
#include "relay/io/proxy_header.h"
#include "relay/io/tls_identity.h"

namespace relay {

// The protocols of one port.
struct StreamProtocols {
  bool plain = false;
  std::shared_ptr<const TlsContext> tls;  // nullptr: no TLS
  bool expects_proxy = false;             // a PROXY header comes first
  bool has_backend = false;               // an HTTPS server gets TLS with other server names
};

class StreamOpening {
 public:
  enum class Protocol : std::uint8_t { kUndecided, kPlain, kTls, kBackend, kRefused };

  explicit StreamOpening(StreamProtocols protocols) : protocols_(std::move(protocols)) {}

  // Adds bytes until the protocol is known. Keeps at most as much as a PROXY header and a ClientHello may
  // have.
  [[nodiscard]] Protocol feed(overlay::Bytes chunk);
  // The bytes after the PROXY header. Valid until the next call and as long as the last chunk.
  [[nodiscard]] overlay::Bytes unread() const { return unread_; }
  // The ends of the connection in front of the proxy; nullopt without a PROXY header.
  [[nodiscard]] const std::optional<StreamEnds>& proxied() const { return proxied_; }
  [[nodiscard]] const std::shared_ptr<const TlsContext>& tls() const { return protocols_.tls; }

 private:
  [[nodiscard]] Protocol read_proxy_header();
  [[nodiscard]] Protocol select();
  [[nodiscard]] Protocol select_by_server_name() const;

  StreamProtocols protocols_;
  overlay::ByteVector kept_;
  overlay::Bytes unread_;  // `kept_`, or the last chunk
  std::optional<StreamEnds> proxied_;
};

}  // namespace relay
