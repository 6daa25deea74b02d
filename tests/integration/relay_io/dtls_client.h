// A DTLS client of OpenSSL's, between bytes and bytes, to talk to DtlsClients with.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "overlay/base/bytes.h"
#include "relay/io/record_bio.h"
#include "relay/io/tls_session.h"

namespace relay {

class DtlsClient {
 public:
  DtlsClient()
      : context_(::SSL_CTX_new(::DTLS_client_method()), &::SSL_CTX_free),
        pipe_{.input = {},
              .output =
                  [this](overlay::Bytes datagram) { sent_.emplace_back(datagram.begin(), datagram.end()); }},
        ssl_(::SSL_new(context_.get())) {
    BIO* const bio = new_record_bio(pipe_);
    ::SSL_set_bio(ssl_.get(), bio, bio);
    ::SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(ssl_.get(), 1200);
    ::SSL_set_connect_state(ssl_.get());
  }

  // Takes a datagram of the server (or none, to begin); returns a message when one was in it.
  std::optional<overlay::ByteVector> receive(overlay::Bytes datagram) {
    pipe_.input = datagram;
    overlay::ByteVector message(4096);
    const int count = ::SSL_read(ssl_.get(), message.data(), static_cast<int>(message.size()));
    if (count <= 0) return std::nullopt;
    message.resize(static_cast<std::size_t>(count));
    return message;
  }
  void send(overlay::Bytes message) {
    (void)::SSL_write(ssl_.get(), message.data(), static_cast<int>(message.size()));
  }
  // The datagrams sent since the last call.
  [[nodiscard]] std::vector<overlay::ByteVector> take_sent() { return std::exchange(sent_, {}); }
  [[nodiscard]] bool is_established() const { return ::SSL_is_init_finished(ssl_.get()) == 1; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  std::vector<overlay::ByteVector> sent_;
  RecordPipe pipe_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace relay
