// causeway-bare-echo: one UDP socket that reads all datagrams and echoes ChannelData. Under a flood it shows
// the losses of the kernel, which no TURN server can avoid.
#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "overlay/base/endpoint.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"
#include "tools/load/load_main.h"

namespace {

namespace po = boost::program_options;

// The same as that of causewayd's listeners.
constexpr std::size_t kBufferBytes = 16 << 20;
constexpr std::size_t kBatch = 32;
constexpr std::size_t kMaxDatagram = 2048;

struct Counts {
  std::uint64_t received = 0;
  std::uint64_t echoed = 0;
};

class BareEcho {
 public:
  explicit BareEcho(overlay::UdpSocket socket) : socket_(std::move(socket)) {
    for (std::size_t i = 0; i < kBatch; ++i)
      areas_[i] = {.iov_base = bytes_[i].data(), .iov_len = kMaxDatagram};
  }

  [[nodiscard]] int fd() const { return socket_.fd(); }

  void read_all(Counts& counts) {
    for (int got = static_cast<int>(kBatch); got == static_cast<int>(kBatch);) {
      for (std::size_t i = 0; i < kBatch; ++i)
        messages_[i].msg_hdr = {.msg_name = &sources_[i],
                                .msg_namelen = sizeof(sources_[i]),
                                .msg_iov = &areas_[i],
                                .msg_iovlen = 1};
      got = ::recvmmsg(socket_.fd(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
      for (int i = 0; i < got; ++i)
        take(static_cast<std::size_t>(i), counts);
    }
  }

 private:
  // RFC 8656 section 12: ChannelData begins with the bits 01.
  void take(std::size_t i, Counts& counts) {
    ++counts.received;
    if ((bytes_[i][0] & 0xc0) != 0x40) return;
    counts.echoed += ::sendto(socket_.fd(), bytes_[i].data(), messages_[i].msg_len, MSG_DONTWAIT,
                              &sources_[i].any, messages_[i].msg_hdr.msg_namelen) >= 0;
  }

  overlay::UdpSocket socket_;
  std::array<std::array<std::uint8_t, kMaxDatagram>, kBatch> bytes_{};
  std::array<overlay::SocketAddress, kBatch> sources_{};
  std::array<iovec, kBatch> areas_{};
  std::array<mmsghdr, kBatch> messages_{};
};

// Runs until standard input ends.
[[nodiscard]] overlay::Status run(const std::string& listen) {
  const auto local = overlay::Endpoint::parse(listen);
  if (!local) return overlay::Unexpected(local.error());
  auto socket = overlay::UdpSocket::open(*local, {.buffer_bytes = kBufferBytes});
  if (!socket) return overlay::Unexpected(socket.error());
  BareEcho echo(*std::move(socket));
  std::cout << nlohmann::json{{"listening", local->to_string()}}.dump() << std::endl;
  Counts counts;
  std::array<pollfd, 2> ready{pollfd{.fd = echo.fd(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
  while (::poll(ready.data(), ready.size(), -1) >= 0 || errno == EINTR) {
    if (ready[0].revents != 0) echo.read_all(counts);
    char ignored[256];
    if (ready[1].revents != 0 && ::read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0) break;
  }
  std::cout << nlohmann::json{{"received", counts.received}, {"echoed", counts.echoed}}.dump() << std::endl;
  return overlay::ok();
}

}  // namespace

int main(int argc, char** argv) {
  po::options_description options("causeway-bare-echo: echoes ChannelData until standard input ends");
  options.add_options()("listen", po::value<std::string>()->required(), "HOST:PORT to listen at (UDP)")(
      "help,h", "print this text");
  return load::run_main(argc, argv, "causeway-bare-echo", options, [](const po::variables_map& given) {
    return run(given["listen"].as<std::string>());
  });
}
