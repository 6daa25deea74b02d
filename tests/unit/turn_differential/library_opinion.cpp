#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <turn/ns_turn_msg.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn_differential/facts.h"
#include "tests/unit/turn_differential/opinions.h"

namespace differential {
namespace {

using overlay::Bytes;

constexpr std::uint16_t kAddresses[] = {STUN_ATTRIBUTE_XOR_PEER_ADDRESS, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS,
                                        STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS};

[[nodiscard]] int class_of(Bytes message) {
  if (stun_is_request_str(message.data(), message.size()) != 0) return 0;
  if (stun_is_indication_str(message.data(), message.size()) != 0) return 1;
  return stun_is_success_response_str(message.data(), message.size()) != 0 ? 2 : 3;
}

void read_attributes(Bytes message, Opinion& opinion) {
  for (auto at = stun_attr_get_first_str(message.data(), message.size()); at != nullptr;
       at = stun_attr_get_next_str(message.data(), message.size(), at)) {
    const auto* value = stun_attr_get_value(at);
    overlay::ByteVector bytes;
    if (value != nullptr) bytes.assign(value, value + stun_attr_get_len(at));
    opinion.attributes.emplace(static_cast<std::uint16_t>(stun_attr_get_type(at)), std::move(bytes));
  }
}

// As overlay::Endpoint writes it: the library's own text leaves port 0 out.
[[nodiscard]] std::optional<std::string> text_of(const ioa_addr& address) {
  std::array<std::uint8_t, MAX_IOA_ADDR_STRING + 1> text{};
  if (addr_to_string_no_port(&address, text.data()) != 0) return std::nullopt;
  const std::string host = reinterpret_cast<const char*>(text.data());
  const std::string port = std::to_string(addr_get_port(&address));
  return address.ss.sa_family == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

void read_addresses(Bytes message, Opinion& opinion) {
  for (const auto type : kAddresses) {
    if (stun_attr_get_first_by_type_str(message.data(), message.size(), type) == nullptr) continue;
    ioa_addr address{};
    if (stun_attr_get_first_addr_str(message.data(), message.size(), type, &address, nullptr) < 0) continue;
    if (auto text = text_of(address)) opinion.addresses[type] = *std::move(text);
  }
}

// The library corrects the header's length for the time of the calculation: it gets a copy.
void check_integrity(Bytes message, Opinion& opinion) {
  if (stun_attr_get_first_by_type_str(message.data(), message.size(), STUN_ATTRIBUTE_MESSAGE_INTEGRITY) ==
      nullptr)
    return;
  overlay::ByteVector copy(message.begin(), message.end());
  hmackey_t key{};
  password_t password{};
  const Bytes ours = signing_key();
  std::copy(ours.begin(), ours.end(), key);
  opinion.is_signed = stun_check_message_integrity_by_key_str(TURN_CREDENTIALS_LONG_TERM, copy.data(),
                                                              copy.size(), key, password, SHATYPE_SHA1) > 0;
}

}  // namespace

Opinion library_opinion(Bytes datagram) {
  Opinion opinion;
  std::size_t size = datagram.size();
  std::uint16_t channel = 0;
  // It reads four bytes whatever the size is.
  if (size >= 4 && stun_is_channel_message_str(datagram.data(), &size, &channel, 0) != 0)
    opinion.channel_data =
        std::to_string(channel) + ":" + std::to_string(overlay::load_be<std::uint16_t>(&datagram[2]));
  if (stun_is_command_message_str(datagram.data(), datagram.size()) == 0) return opinion;
  opinion.is_message = true;
  if (reaches_beyond_the_message(datagram)) return opinion;
  int has_fingerprint = 0;
  opinion.is_message =
      stun_is_command_message_full_check_str(datagram.data(), datagram.size(), 0, &has_fingerprint) != 0;
  opinion.method = stun_get_method_str(datagram.data(), datagram.size());
  opinion.message_class = class_of(datagram);
  opinion.transaction.assign(datagram.begin() + 8, datagram.begin() + 20);
  read_attributes(datagram, opinion);
  read_addresses(datagram, opinion);
  check_integrity(datagram, opinion);
  return opinion;
}

}  // namespace differential
