#include "tools/probe/connection.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"

namespace probe {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;
using overlay::Result;
using overlay::Status;

constexpr std::size_t kMaxMessage = 65'535;

[[nodiscard]] overlay::Unexpected<overlay::Error> system_failure(const std::string& what) {
  return overlay::failure(what + ": " + std::strerror(errno));
}

// False: the deadline has passed.
[[nodiscard]] bool wait_for(int fd, short events, Instant deadline, overlay::Duration at_most = 1h) {
  const auto left = std::min(deadline - overlay::system_now(), at_most);
  pollfd waiting{fd, events, 0};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(left, overlay::Duration::zero()));
  return ::poll(&waiting, 1, static_cast<int>(ms.count())) > 0;
}

[[nodiscard]] Status connect_within(int fd, const overlay::SocketAddress& to, socklen_t length,
                                    Instant deadline) {
  if (::connect(fd, &to.any, length) == 0) return overlay::ok();
  if (errno != EINPROGRESS) return system_failure("connect");
  if (!wait_for(fd, POLLOUT, deadline))
    return overlay::failure("no answer to the TCP connection: a firewall, or another port?");
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return overlay::ok();
  errno = error;
  return error == ECONNREFUSED ? overlay::failure("connection refused: nothing listens on this TCP port")
                               : system_failure("connect");
}

[[nodiscard]] std::string library_error() {
  std::array<char, 256> text{};
  const auto code = ERR_get_error();
  if (code == 0) return "the server ended the connection";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// Explains a failed handshake and names a remedy.
[[nodiscard]] std::string explain_handshake(SSL* ssl, const std::string& host) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return "handshake failed: " + library_error() + " (is this port one for TLS?)";
  std::string text = "certificate: ";
  text += X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return text + "; it is not made for " + host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return text + "; renew it";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      return text + "; for a CA of your own give --ca FILE";
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return text + "; the server must send its intermediate certificates too";
    default:
      return text;
  }
}

void expect_host(SSL* ssl, const std::string& host) {
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (overlay::IpAddress::parse(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    return;
  }
  SSL_set1_host(ssl, host.c_str());
  // What SSL_set_tlsext_host_name() is, whose cast of C is not ours to write.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
}

}  // namespace

Result<Connection> Connection::open(Transport transport, const overlay::Endpoint& server, Instant deadline) {
  overlay::SocketAddress to;
  const socklen_t length = overlay::to_socket_address(server, to);
  const int type = (is_stream(transport) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  overlay::FileDescriptor fd(::socket(to.any.sa_family, type, 0));
  if (!fd.is_open()) return system_failure("socket");
  const int on = 1;
  if (is_stream(transport)) (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (auto connected = connect_within(fd.get(), to, length, deadline); !connected)
    return overlay::failure(connected.error().message);
  return Connection(transport, std::move(fd));
}

Status Connection::secure(const std::string& host, const Trust& trust, Instant deadline) {
  const bool stream = is_stream(transport_);
  context_.reset(SSL_CTX_new(stream ? TLS_client_method() : DTLS_client_method()));
  SSL_CTX_set_verify(context_.get(), trust.is_anything ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  const int trusted = trust.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context_.get())
                                            : SSL_CTX_load_verify_file(context_.get(), trust.ca_file.c_str());
  if (trusted != 1) return overlay::failure(trust.ca_file + ": cannot be read as PEM certificates");
  ssl_.reset(SSL_new(context_.get()));
  BIO* bio = stream ? BIO_new_socket(fd_.get(), BIO_NOCLOSE) : BIO_new_dgram(fd_.get(), BIO_NOCLOSE);
  if (!stream) {
    // The socket is connected; OpenSSL only has to know that.
    overlay::SocketAddress peer{};
    socklen_t length = sizeof(peer);
    ::getpeername(fd_.get(), &peer.any, &length);
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
  }
  SSL_set_bio(ssl_.get(), bio, bio);
  if (!trust.is_anything) expect_host(ssl_.get(), host);

  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(ssl_.get());
    if (done == 1) return overlay::ok();
    const int wanted = SSL_get_error(ssl_.get(), done);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE)
      return overlay::failure(explain_handshake(ssl_.get(), host));
    if (overlay::system_now() >= deadline)
      return overlay::failure("no answer to the handshake: does this port speak " +
                              std::string(stream ? "TLS" : "DTLS") + "?");
    (void)wait_for(fd_.get(), wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, 100ms);
    if (!stream) (void)DTLSv1_handle_timeout(ssl_.get());
  }
}

std::string Connection::security() const {
  if (!ssl_) return "";
  return std::string(SSL_get_version(ssl_.get())) + ", " + SSL_get_cipher_name(ssl_.get());
}

Status Connection::send(overlay::Bytes message) {
  overlay::ByteVector padded(message.begin(), message.end());
  if (is_stream(transport_)) padded.resize((padded.size() + 3) / 4 * 4);
  const auto size = static_cast<int>(padded.size());
  ERR_clear_error();
  const auto sent = ssl_ ? SSL_write(ssl_.get(), padded.data(), size)
                         : static_cast<int>(::send(fd_.get(), padded.data(), padded.size(), MSG_NOSIGNAL));
  if (sent == size) return overlay::ok();
  return ssl_ ? overlay::failure("sending: " + library_error()) : system_failure("sending");
}

// Zero: nothing is there now.
Result<std::size_t> Connection::read_some(overlay::MutableBytes out) {
  if (ssl_) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
    if (got > 0) return static_cast<std::size_t>(got);
    if (SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ) return std::size_t{0};
    return overlay::failure(library_error());
  }
  const ssize_t got = ::recv(fd_.get(), out.data(), out.size(), 0);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got < 0 && errno == EAGAIN) return std::size_t{0};
  if (got < 0 && errno == ECONNREFUSED) return overlay::failure("port unreachable: nothing listens there");
  return got == 0 ? overlay::failure("the server ended the connection") : system_failure("receiving");
}

Result<std::optional<overlay::ByteVector>> Connection::receive() {
  if (auto framed = take_framed()) return framed;
  overlay::ByteVector buffer(kMaxMessage);
  const auto size = read_some(buffer);
  if (!size) return overlay::failure(size.error().message);
  if (*size == 0) return std::optional<overlay::ByteVector>();
  buffer.resize(*size);
  if (!is_stream(transport_)) return std::optional(std::move(buffer));
  unframed_.insert(unframed_.end(), buffer.begin(), buffer.end());
  return take_framed();
}

std::optional<overlay::ByteVector> Connection::take_framed() {
  if (!is_stream(transport_) || unframed_.size() < 4) return std::nullopt;
  const std::size_t length = overlay::load_be<std::uint16_t>(&unframed_[2]);
  const bool is_channel_data = (unframed_[0] & 0xc0) == 0x40;
  const std::size_t size = is_channel_data ? 4 + length : 20 + length;
  const std::size_t padded = (size + 3) / 4 * 4;
  if (unframed_.size() < padded) return std::nullopt;
  const auto end = unframed_.begin() + static_cast<std::ptrdiff_t>(padded);
  overlay::ByteVector message(unframed_.begin(), unframed_.begin() + static_cast<std::ptrdiff_t>(size));
  unframed_.erase(unframed_.begin(), end);
  return message;
}

}  // namespace probe
