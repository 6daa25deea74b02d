#include "relay/io/tls_session.h"

#include <utility>

#include <openssl/err.h>

#include "overlay/base/check.h"

namespace relay {

TlsSession::TlsSession(SSL_CTX* context, std::function<void(overlay::Bytes)> output)
    : pipe_{.input = {}, .output = std::move(output)}, ssl_(::SSL_new(context)) {
  CHECK(ssl_ != nullptr);
  BIO* const bio = new_record_bio(pipe_);
  ::SSL_set_bio(ssl_.get(), bio, bio);  // which owns it now
  ::SSL_set_accept_state(ssl_.get());
}

std::optional<overlay::Bytes> TlsSession::open(overlay::MutableBytes out) {
  if (state_ != State::kRunning) return std::nullopt;
  ::ERR_clear_error();
  const int count = ::SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
  if (count > 0) return overlay::Bytes(out.data(), static_cast<std::size_t>(count));
  judge(count);
  return std::nullopt;
}

bool TlsSession::seal(overlay::Bytes plaintext) {
  if (state_ != State::kRunning || !is_established()) return false;
  ::ERR_clear_error();
  const int count = ::SSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
  if (count > 0) return true;
  judge(count);
  return false;
}

void TlsSession::end() {
  if (state_ == State::kFailed || !is_established()) return;
  ::ERR_clear_error();
  (void)::SSL_shutdown(ssl_.get());
}

void TlsSession::judge(int result) {
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    case SSL_ERROR_ZERO_RETURN:
      state_ = State::kEnded;
      return;
    default:
      state_ = State::kFailed;
      return;
  }
}

}  // namespace relay
