#include "relay/node/host_addresses.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/ip_prefix.h"
#include "overlay/base/log.h"

namespace relay {
namespace {

constexpr int kMaxMessagesAtOnce = 1024;  // the loop calls again for more

overlay::IpAddress address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    overlay::ByteArray<4> octets;
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return overlay::IpAddress::v4(octets);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    overlay::ByteArray<16> octets;
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return overlay::IpAddress::v6(octets);
  }
  return {};
}

// The rules for peers deny loopback, unless the operator allows it as a network.
bool is_loopback(const overlay::IpAddress& address) {
  static const auto kV4 = overlay::IpPrefix::parse("127.0.0.0/8").value();
  static const auto kV6 = overlay::IpPrefix::parse("::1/128").value();
  return kV4.contains(address) || kV6.contains(address);
}

overlay::Result<std::vector<overlay::IpAddress>> read_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return overlay::failure(std::string("the addresses of the host cannot be read: ") + std::strerror(errno));
  std::vector<overlay::IpAddress> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const overlay::IpAddress address = address_of(*entry->ifa_addr);
    if (address.family() != overlay::AddressFamily::kNone && !is_loopback(address))
      addresses.push_back(address);
  }
  ::freeifaddrs(first);
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

overlay::FileDescriptor open_netlink() {
  overlay::FileDescriptor socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!socket.is_open() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0)
    return {};
  return socket;
}

}  // namespace

HostAddresses::HostAddresses(overlay::FileDescriptor socket, std::vector<overlay::IpAddress> addresses)
    : socket_(std::move(socket)),
      addresses_(std::make_shared<const std::vector<overlay::IpAddress>>(std::move(addresses))) {}

// The socket is open before the list is read, so that no change between the two is lost.
overlay::Result<std::unique_ptr<HostAddresses>> HostAddresses::open(overlay::EventLoop& loop) {
  overlay::FileDescriptor socket = open_netlink();
  if (!socket.is_open())
    return overlay::failure(std::string("no netlink socket for the addresses of the host: ") +
                            std::strerror(errno) + "; allow AF_NETLINK to the daemon");
  auto addresses = read_addresses();
  if (!addresses) return overlay::failure(addresses.error().message);
  std::unique_ptr<HostAddresses> host(new HostAddresses(std::move(socket), std::move(addresses).value()));
  host->watch_ = loop.on_readable(host->socket_.get(), [raw = host.get()] { raw->on_change(); });
  return host;
}

void HostAddresses::watch(Handler handler) {
  handler_ = std::move(handler);
  handler_(addresses_);
}

// The list is read again, so neither the contents of the messages nor lost messages (ENOBUFS) matter.
void HostAddresses::on_change() {
  std::array<std::uint8_t, 8192> ignored;
  for (int message = 0; message < kMaxMessagesAtOnce; ++message)
    if (::recv(socket_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT) < 0 && errno != ENOBUFS) break;
  update();
}

void HostAddresses::check() {
  if (is_stale_) update();
}

void HostAddresses::update() {
  auto addresses = read_addresses();
  if (!addresses && !is_stale_)
    overlay::log(overlay::Level::kError, "host_addresses_unknown", {{"reason", addresses.error().message}});
  is_stale_ = !addresses;
  if (is_stale_) return;
  if (*addresses == *addresses_) return;
  addresses_ = std::make_shared<const std::vector<overlay::IpAddress>>(std::move(addresses).value());
  if (handler_) handler_(addresses_);
}

}  // namespace relay
