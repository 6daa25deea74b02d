#include "relay/node/public_address_lookup.h"

#include <algorithm>
#include <array>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "overlay/base/log.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"
#include "overlay/loop/system_clock.h"
#include "overlay/loop/system_random.h"
#include "relay/config/public_addresses.h"
#include "relay/node/public_address_search.h"

namespace relay {
namespace {

class Lookup {
 public:
  [[nodiscard]] overlay::Status open(const std::vector<overlay::IpAddress>& relay_addresses) {
    for (const overlay::IpAddress& address : relay_addresses) {
      auto socket = overlay::UdpSocket::open({.address = address, .port = 0});
      if (!socket) return overlay::failure("turn.relay_addresses: " + socket.error().message);
      sockets_.push_back(std::move(socket).value());
    }
    return overlay::ok();
  }

  [[nodiscard]] overlay::Result<std::vector<overlay::IpAddress>> run(
      const std::vector<overlay::Endpoint>& servers) {
    std::vector<overlay::Endpoint> locals;
    for (const auto& socket : sockets_)
      locals.push_back(socket.local());
    overlay::SystemRandom random;
    PublicAddressSearch search(std::move(locals), servers, random);
    while (!search.is_done()) {
      for (const auto& query : search.poll_queries(overlay::system_now()))
        send(query);
      wait_until(search.next_timeout());
      for (const auto& socket : sockets_)
        receive(socket, search);
    }
    return search.result();
  }

 private:
  void send(const PublicAddressSearch::Query& query) const {
    const auto from = std::ranges::find(sockets_, query.local, &overlay::UdpSocket::local);
    overlay::SocketAddress to;
    const socklen_t length = overlay::to_socket_address(query.server, to);
    // A failed send is repeated later.
    (void)::sendto(from->fd(), query.bytes.data(), query.bytes.size(), 0, &to.any, length);
  }

  void wait_until(overlay::Instant deadline) const {
    std::vector<pollfd> readable;
    for (const auto& socket : sockets_)
      readable.push_back({.fd = socket.fd(), .events = POLLIN, .revents = 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - overlay::system_now());
    const auto most =
        std::chrono::duration_cast<std::chrono::milliseconds>(PublicAddressSearch::kRetransmission);
    const auto timeout = std::clamp(left, std::chrono::milliseconds(0), most);
    (void)::poll(readable.data(), readable.size(), static_cast<int>(timeout.count()));
  }

  static void receive(const overlay::UdpSocket& socket, PublicAddressSearch& search) {
    overlay::SocketAddress from;
    socklen_t length = sizeof from;
    std::array<std::uint8_t, 1500> bytes{};
    const ssize_t got = ::recvfrom(socket.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT, &from.any, &length);
    if (got <= 0) return;
    search.on_datagram(socket.local(), overlay::to_endpoint(from),
                       overlay::Bytes(bytes).first(static_cast<std::size_t>(got)));
  }

  std::vector<overlay::UdpSocket> sockets_;
};

}  // namespace

overlay::Status detect_public_addresses(TurnSection& turn) {
  if (!turn.detects_public_addresses) return overlay::ok();
  Lookup lookup;
  if (auto opened = lookup.open(turn.relay_addresses); !opened) return opened;
  auto found = lookup.run(turn.stun_servers);
  if (!found) return overlay::failure("turn.public_addresses: " + found.error().message);
  for (std::size_t i = 0; i < found->size(); ++i)
    overlay::log(overlay::Level::kInfo, "public_address_detected",
                 {{"relay_address", turn.relay_addresses[i].to_string()},
                  {"public_address", (*found)[i].to_string()}});
  turn.public_addresses = std::move(found).value();
  turn.detects_public_addresses = false;
  if (const auto complaint = check_public_addresses(turn))
    return overlay::failure("turn.public_addresses: " + complaint->what + "; " + complaint->remedy);
  return overlay::ok();
}

}  // namespace relay
