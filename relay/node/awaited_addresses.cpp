#include "relay/node/awaited_addresses.h"

#include <string>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/io/udp_socket.h"

namespace relay {

AwaitedAddresses::AwaitedAddresses(IsPresent is_present) : is_present_(std::move(is_present)) {}

void AwaitedAddresses::expect(const std::vector<overlay::IpAddress>& configured) {
  std::set<overlay::IpAddress> absent;
  std::string fresh;
  for (const overlay::IpAddress& address : configured) {
    if (is_present_(address)) continue;
    if (!absent_.contains(address)) fresh += (fresh.empty() ? "" : ",") + address.to_string();
    absent.insert(address);
  }
  absent_ = std::move(absent);
  if (fresh.empty()) return;
  overlay::log(overlay::Level::kWarning, "addresses_awaited",
               {{"address", fresh},
                {"reason",
                 "no interface of this machine has them; behind a NAT, write the machine's own address, and "
                 "the public one into turn.public_addresses"}});
}

void AwaitedAddresses::check() {
  std::erase_if(absent_, [this](const overlay::IpAddress& address) {
    if (!is_present_(address)) return false;
    overlay::log(overlay::Level::kInfo, "address_available", {{"address", address.to_string()}});
    return true;
  });
}

bool is_address_of_host(const overlay::IpAddress& address) {
  return overlay::UdpSocket::open({.address = address, .port = 0}).has_value();
}

}  // namespace relay
