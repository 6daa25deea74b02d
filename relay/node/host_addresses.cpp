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

#include "overlay/base/log.h"
#include "relay/fast_path/netlink.h"

namespace relay {
namespace {

constexpr int kMaxMessagesAtOnce = 1024;  // the loop calls again for more
constexpr std::uint32_t kGroups =
    RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

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

overlay::Result<std::vector<overlay::IpAddress>> read_interfaces() {
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
  return addresses;
}

template <class Value>
void sort_and_merge(std::vector<Value>& values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

overlay::IpAddress address_in(overlay::Bytes octets) {
  const auto v4 = number_in<overlay::ByteArray<4>>(octets);
  const auto v6 = number_in<overlay::ByteArray<16>>(octets);
  if (v6) return overlay::IpAddress::v6(*v6);
  return v4 ? overlay::IpAddress::v4(*v4) : overlay::IpAddress();
}

// The block of a local route (RTN_LOCAL); nullopt for another route.
std::optional<overlay::IpPrefix> local_block(overlay::Bytes body) {
  const auto route = number_in<rtmsg>(body);
  if (!route || route->rtm_type != RTN_LOCAL || route->rtm_table != RT_TABLE_LOCAL) return std::nullopt;
  const auto attributes = body.subspan(std::min(netlink_aligned(sizeof(rtmsg)), body.size()));
  const auto destination = find_attribute(attributes, RTA_DST);
  const bool is_v4 = route->rtm_family == AF_INET;
  const overlay::IpAddress any =
      is_v4 ? overlay::IpAddress::v4({}) : overlay::IpAddress::v6(overlay::ByteArray<16>{});
  return overlay::IpPrefix::around(destination ? address_in(*destination) : any, route->rtm_dst_len);
}

overlay::Result<std::vector<overlay::IpPrefix>> read_local_routes() {
  auto netlink = Netlink::open(NETLINK_ROUTE);
  if (!netlink) return overlay::failure(netlink.error().message);
  netlink->ask_strictly();  // a router has many routes in other tables
  std::vector<overlay::IpPrefix> blocks;
  for (const int family : {AF_INET, AF_INET6}) {
    rtmsg question{};
    question.rtm_family = static_cast<unsigned char>(family);
    question.rtm_table = RT_TABLE_LOCAL;
    overlay::ByteArray<sizeof question> bytes;
    std::memcpy(bytes.data(), &question, sizeof question);
    const auto read = netlink->ask_for_list(RTM_GETROUTE, bytes, [&](overlay::Bytes body) {
      const auto block = local_block(body);
      if (block && !is_loopback(block->address)) blocks.push_back(*block);
    });
    if (!read)
      return overlay::failure("the local routes of the host cannot be read: " + read.error().message);
  }
  return blocks;
}

overlay::Result<HostAddressList> read_addresses() {
  auto addresses = read_interfaces();
  if (!addresses) return overlay::failure(addresses.error().message);
  const auto routes = read_local_routes();
  if (!routes) return overlay::failure(routes.error().message);
  HostAddressList list{.addresses = std::move(addresses).value(), .networks = {}};
  for (const overlay::IpPrefix& block : *routes) {
    if (block.length == 8 * block.address.octets().size())
      list.addresses.push_back(block.address);
    else
      list.networks.push_back(block);
  }
  sort_and_merge(list.addresses);
  sort_and_merge(list.networks);
  return list;
}

// Routers change other routes all the time.
bool may_concern_host(overlay::Bytes message) {
  const auto header = number_in<nlmsghdr>(message);
  if (!header || (header->nlmsg_type != RTM_NEWROUTE && header->nlmsg_type != RTM_DELROUTE)) return true;
  return local_block(message.subspan(std::min<std::size_t>(NLMSG_HDRLEN, message.size()))).has_value();
}

overlay::FileDescriptor open_netlink() {
  overlay::FileDescriptor socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = kGroups;
  if (!socket.is_open() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0)
    return {};
  return socket;
}

}  // namespace

HostAddresses::HostAddresses(overlay::FileDescriptor socket, HostAddressList addresses)
    : socket_(std::move(socket)), addresses_(std::make_shared<const HostAddressList>(std::move(addresses))) {}

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
  if (!host->watch_.is_active())
    return overlay::failure("the addresses of the host cannot be watched; raise fs.epoll.max_user_watches");
  return host;
}

void HostAddresses::watch(Handler handler) {
  handler_ = std::move(handler);
  handler_(addresses_);
}

// The list is read again, because messages may be lost (ENOBUFS).
void HostAddresses::on_change() {
  std::array<std::uint8_t, 8192> buffer;
  bool has_changed = false;
  for (int message = 0; message < kMaxMessagesAtOnce; ++message) {
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received < 0 && errno != ENOBUFS) break;
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(received, 0));
    has_changed = has_changed || received < 0 || may_concern_host(overlay::Bytes(buffer).first(size));
  }
  if (has_changed) update();
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
  addresses_ = std::make_shared<const HostAddressList>(std::move(addresses).value());
  if (handler_) handler_(addresses_);
}

}  // namespace relay
