// A data connection over TLS and its peer's, on loopback: what a slow or hostile client gets, and what it
// costs.
#include "relay/io/splice.h"

#include <array>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"
#include "tests/integration/no_watches.h"
#include "tests/integration/relay_io/test_certificate.h"

namespace relay {
namespace splice_test {

class SplicedTlsClient : public testing::Test {
 protected:
  SplicedTlsClient() {
    loop_.on_timer([this] { is_time_up_ = true; });
    overlay::SocketAddress to{};
    const socklen_t length = overlay::to_socket_address(listener_.local(), to);
    socket_ = overlay::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int little = 4096;
    EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    EXPECT_EQ(::connect(socket_.get(), &to.any, length), 0);
    ::SSL_set_fd(client_.get(), socket_.get());
    ::SSL_set_connect_state(client_.get());
  }

  // The client and the peer speak with each other from now on.
  void splice() {
    auto stream = std::make_unique<ClientStream>(listener_.accept().value(),
                                                 StreamProtocols{.tls = identity_->current()}, scratch_,
                                                 overlay::system_now());
    set_blocking(false);
    while (::SSL_do_handshake(client_.get()) != 1) {
      (void)stream->read();
      if (stream->awaits_handshake()) stream->go_on_with_handshake();
      (void)stream->next();
      (void)stream->write(overlay::system_now());
    }
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    peer_ = overlay::FileDescriptor(ends[0]);
    splice_ = std::make_unique<Splice>(loop_, std::move(stream), overlay::FileDescriptor(ends[1]),
                                       Splice::Handlers{.on_bytes = [](std::size_t, std::size_t) {},
                                                        .on_end = [this] { has_ended_ = true; }});
    splice_->start();
  }
  void set_blocking(bool is_blocking) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    EXPECT_EQ(::fcntl(socket_.get(), F_SETFL, is_blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK), 0);
  }
  // Until nothing more happens for a moment.
  void run() {
    is_time_up_ = false;
    loop_.arm_timer(overlay::system_now() + std::chrono::milliseconds(5));
    while (!is_time_up_)
      loop_.run_once();
  }
  // Reads all bytes. Returns the SSL error that ends the stream, such as SSL_ERROR_ZERO_RETURN.
  int read_to_the_end(std::size_t& bytes) {
    std::array<char, 4096> chunk;
    while (true) {
      const int count = ::SSL_read(client_.get(), chunk.data(), static_cast<int>(chunk.size()));
      if (count > 0) {
        bytes += static_cast<std::size_t>(count);
        continue;
      }
      const int error = ::SSL_get_error(client_.get(), count);
      if (error != SSL_ERROR_WANT_READ) return error;
      run();
    }
  }

  const TestCertificate files_;
  const std::unique_ptr<TlsIdentity> identity_ =
      TlsIdentity::load(files_.certificate(), files_.key()).value();
  TcpListener listener_ = TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value()).value();
  overlay::EventLoop loop_;
  StreamScratch scratch_;
  overlay::FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{::SSL_CTX_new(::TLS_client_method()),
                                                               &::SSL_CTX_free};
  std::unique_ptr<SSL, FreeSsl> client_{::SSL_new(context_.get())};
  overlay::FileDescriptor peer_;
  std::unique_ptr<Splice> splice_;
  bool is_time_up_ = false;
  bool has_ended_ = false;
};

// RFC 8446 section 4.6.3: each of these wants a record of ours in return.
TEST_F(SplicedTlsClient, is_cut_off_when_it_makes_us_answer_records_that_it_does_not_read) {
  constexpr int kMoreThanAnyBufferHolds = 40'000;
  splice();

  for (int i = 0; i < kMoreThanAnyBufferHolds && !has_ended_; ++i) {
    if (::SSL_key_update(client_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) break;
    (void)::SSL_do_handshake(client_.get());
    if (i % 100 == 99) run();
  }

  EXPECT_TRUE(has_ended_);
}

TEST_F(SplicedTlsClient, is_closed_when_the_kernel_watches_no_more_sockets) {
  const NoWatches none;

  splice();

  EXPECT_TRUE(has_ended_);
}

}  // namespace splice_test
}  // namespace relay
