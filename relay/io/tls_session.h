// One TLS or DTLS session, server side, between bytes and bytes: OpenSSL without a socket. Belongs to one
// connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <openssl/ssl.h>

#include "overlay/base/bytes.h"
#include "relay/io/record_bio.h"

namespace relay {

struct FreeSsl {
  void operator()(SSL* ssl) const { ::SSL_free(ssl); }
};

class TlsSession {
 public:
  // `output` takes records to be sent: any piece of a stream, whole datagrams of DTLS. It is called from
  // within the other functions.
  TlsSession(SSL_CTX* context, std::function<void(overlay::Bytes)> output);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Received records. They must stay valid until open() returns nullopt.
  void feed(overlay::Bytes records) { pipe_.input = records; }
  // The next plaintext, at most `out`; none when all was used or the session is over. Also does the
  // handshake.
  [[nodiscard]] std::optional<overlay::Bytes> open(overlay::MutableBytes out);
  // False when it is not established, or over.
  [[nodiscard]] bool seal(overlay::Bytes plaintext);
  // Tells the client that nothing follows.
  void end();

  [[nodiscard]] bool is_established() const { return ::SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] bool has_failed() const { return state_ == State::kFailed; }
  // The client says that nothing follows.
  [[nodiscard]] bool has_ended() const { return state_ == State::kEnded; }
  [[nodiscard]] SSL* handle() { return ssl_.get(); }

 private:
  enum class State : std::uint8_t { kRunning, kEnded, kFailed };

  void judge(int result);

  RecordPipe pipe_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  State state_ = State::kRunning;
};

}  // namespace relay
