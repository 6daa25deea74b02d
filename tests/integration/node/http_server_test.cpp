// The metrics port from outside: what it answers, and what a client may not do to it.
#include "relay/http/http_server.h"

#include <array>
#include <cerrno>
#include <deque>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"
#include "relay/io/tcp_listener.h"
#include "tests/integration/no_descriptors.h"

namespace relay {
namespace http_server_test {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServedClients : public testing::Test {
 protected:
  overlay::FileDescriptor call(const std::string& first, const std::string& from = "127.0.0.1") {
    overlay::SocketAddress to{}, own{};
    const socklen_t length = overlay::to_socket_address(local_, to);
    overlay::to_socket_address(overlay::Endpoint::parse(from + ":0").value(), own);
    overlay::FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd.get(), &own.any, length), 0);
    EXPECT_EQ(::connect(fd.get(), &to.any, length), 0);
    say(fd, first);
    return fd;
  }
  void say(const overlay::FileDescriptor& fd, const std::string& text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Until the server has ended its side.
  std::string hear(const overlay::FileDescriptor& fd) {
    std::string heard;
    std::array<char, 4096> chunk;
    while (true) {
      const ssize_t count = ::recv(fd.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return heard;
      if (count > 0)
        heard.append(chunk.data(), static_cast<std::size_t>(count));
      else
        loop_.run_once();
    }
  }
  [[nodiscard]] bool is_closed(const overlay::FileDescriptor& fd) {
    char byte = 0;
    const ssize_t count = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN);
  }
  void run_until_open(unsigned connections) {
    while (server_->open_connections() < connections)
      loop_.run_once();
  }

  static constexpr HttpLimits kLimits{.connections = 6, .of_one_address = 4, .idle_seconds = 1};
  const overlay::Endpoint local_ =
      TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value())->local();
  overlay::EventLoop loop_;
  std::string body_ = "here\n";
  std::unique_ptr<HttpServer> server_ = open_server().value();

 private:
  overlay::Result<std::unique_ptr<HttpServer>> open_server() {
    const auto answer = [this](std::string_view path) {
      return HttpAnswer{.body = std::string(path) + " " + body_};
    };
    return HttpServer::open(loop_, local_, answer, kLimits);
  }
};

TEST_F(ServedClients, get_one_answer_and_the_end) {
  const auto client = call("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");

  const std::string answer = hear(client);

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n/metrics here\n"));
}

TEST_F(ServedClients, get_long_answers_whole_even_when_they_have_ended_their_side) {
  body_.assign(8 << 20, 'x');
  const auto client = call("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(::shutdown(client.get(), SHUT_WR), 0);

  EXPECT_THAT(hear(client).size(), testing::Gt(body_.size()));
}

TEST_F(ServedClients, hear_what_they_may_ask_for) {
  const auto client = call("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

  EXPECT_THAT(hear(client), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST_F(ServedClients, are_refused_when_they_speak_something_else) {
  const auto client = call("\x16\x03\x01 no HTTP\r\n\r\n");

  EXPECT_THAT(hear(client), testing::Not(HasSubstr(" 200 ")));
}

TEST_F(ServedClients, are_closed_when_they_stop_half_way) {
  const auto client = call("GET /metrics");
  run_until_open(1);

  while (server_->open_connections() > 0)
    server_->on_timer();

  EXPECT_TRUE(is_closed(client));
}

TEST_F(ServedClients, are_closed_when_they_do_not_read_their_answer) {
  body_.assign(64 << 20, 'x');
  const auto client = call("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  run_until_open(1);

  while (server_->open_connections() > 0)
    server_->on_timer();
}

TEST_F(ServedClients, are_served_while_another_address_holds_all_that_it_may) {
  std::deque<overlay::FileDescriptor> silent;
  for (unsigned i = 0; i < kLimits.of_one_address; ++i)
    silent.push_back(call("GET", "127.0.0.2"));
  run_until_open(kLimits.of_one_address);
  const auto refused = call("GET", "127.0.0.2");

  const auto client = call("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_THAT(hear(client), EndsWith("/healthz here\n"));
  EXPECT_EQ(hear(refused), "");
  EXPECT_FALSE(is_closed(silent.front()));
}

TEST_F(ServedClients, wait_quietly_until_a_descriptor_is_free) {
  overlay::FileDescriptor client = call("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  int rounds = 0;
  {
    const NoDescriptors none;
    bool has_waited = false;
    loop_.on_timer([&] { has_waited = true; });
    loop_.arm_timer(overlay::system_now() + std::chrono::milliseconds(200));
    while (!has_waited) {
      loop_.run_once();
      ++rounds;
    }
  }
  EXPECT_LT(rounds, 20);

  server_->on_timer();

  EXPECT_THAT(hear(client), EndsWith("/healthz here\n"));
}

TEST(HttpServer, takes_both_families_on_the_address_that_stands_for_all) {
  overlay::EventLoop loop;
  const auto local =
      TcpListener::open(overlay::Endpoint::parse("[::]:0").value(), {.takes_both_families = true})->local();
  const auto server = HttpServer::open(loop, local, [](std::string_view) { return HttpAnswer{}; });
  ASSERT_TRUE(server);
  overlay::SocketAddress to{};
  const socklen_t length =
      overlay::to_socket_address({.address = overlay::IpAddress::v4({127, 0, 0, 1}), .port = local.port}, to);

  const overlay::FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

  EXPECT_EQ(::connect(client.get(), &to.any, length), 0);
}

}  // namespace http_server_test
}  // namespace relay
