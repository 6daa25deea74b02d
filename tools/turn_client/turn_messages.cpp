#include "tools/turn_client/turn_messages.h"

#include <array>
#include <cstring>

#include <turn/ns_turn_msg.h>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace call {
namespace {

using overlay::Bytes;
using overlay::Endpoint;
using overlay::IpAddress;

constexpr std::size_t kMaxMessage = 2048;
constexpr std::uint32_t kLifetimeS = 600;

[[nodiscard]] ioa_addr to_library(const Endpoint& endpoint) {
  ioa_addr out{};
  const auto octets = endpoint.address.octets();
  if (endpoint.address.is_v4()) {
    out.s4.sin_family = AF_INET;
    out.s4.sin_port = htons(endpoint.port);
    std::memcpy(&out.s4.sin_addr, octets.data(), octets.size());
  } else {
    out.s6.sin6_family = AF_INET6;
    out.s6.sin6_port = htons(endpoint.port);
    std::memcpy(&out.s6.sin6_addr, octets.data(), octets.size());
  }
  return out;
}

[[nodiscard]] Endpoint from_library(const ioa_addr& address) {
  if (address.ss.sa_family == AF_INET) {
    overlay::ByteArray<4> octets;
    std::memcpy(octets.data(), &address.s4.sin_addr, octets.size());
    return {IpAddress::v4(octets), ntohs(address.s4.sin_port)};
  }
  overlay::ByteArray<16> octets;
  std::memcpy(octets.data(), &address.s6.sin6_addr, octets.size());
  return {IpAddress::v6(octets), ntohs(address.s6.sin6_port)};
}

// A message under construction, in the library's form.
struct Draft {
  std::array<std::uint8_t, kMaxMessage> bytes{};
  std::size_t size = 0;

  void attribute(std::uint16_t type, std::uint32_t value) {
    std::array<std::uint8_t, 4> encoded;
    overlay::store_be(encoded.data(), value);
    CHECK(stun_attr_add_str(bytes.data(), &size, type, encoded.data(), encoded.size()) >= 0);
  }
  [[nodiscard]] overlay::ByteVector take() const {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
  }
};

void write_method(Draft& draft, const Request& request) {
  std::uint8_t* bytes = draft.bytes.data();
  switch (request.method) {
    case Method::kAllocate:
      CHECK(stun_set_allocate_request_str(bytes, &draft.size, kLifetimeS, 0, 0,
                                          STUN_ATTRIBUTE_TRANSPORT_UDP_VALUE, 0, nullptr, -1) >= 0);
      return;
    case Method::kRefresh:
      stun_init_request_str(STUN_METHOD_REFRESH, bytes, &draft.size);
      draft.attribute(STUN_ATTRIBUTE_LIFETIME, request.lifetime_s.value_or(kLifetimeS));
      return;
    case Method::kCreatePermission: {
      const ioa_addr peer = to_library(*request.peer);
      stun_init_request_str(STUN_METHOD_CREATE_PERMISSION, bytes, &draft.size);
      CHECK(stun_attr_add_addr_str(bytes, &draft.size, STUN_ATTRIBUTE_XOR_PEER_ADDRESS, &peer) >= 0);
      return;
    }
    case Method::kChannelBind: {
      const ioa_addr peer = to_library(*request.peer);
      CHECK(stun_set_channel_bind_request_str(bytes, &draft.size, &peer, request.channel) == request.channel);
      return;
    }
  }
}

[[nodiscard]] const std::uint8_t* c_text(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.c_str());
}

template <std::size_t N>
[[nodiscard]] std::string from_c_text(const std::array<std::uint8_t, N>& text) {
  const auto* begin = reinterpret_cast<const char*>(text.data());
  return {begin, strnlen(begin, N)};
}

[[nodiscard]] TransactionId transaction_of(Bytes message) {
  TransactionId id;
  std::memcpy(id.data(), message.data() + 8, id.size());
  return id;
}

[[nodiscard]] std::optional<Endpoint> address_in(Bytes message, std::uint16_t attribute) {
  ioa_addr address{};
  if (stun_attr_get_first_by_type_str(message.data(), message.size(), attribute) == nullptr)
    return std::nullopt;
  if (stun_attr_get_first_addr_str(message.data(), message.size(), attribute, &address, nullptr) < 0)
    return std::nullopt;
  return from_library(address);
}

[[nodiscard]] std::optional<std::uint32_t> lifetime_in(Bytes message) {
  const auto attribute =
      stun_attr_get_first_by_type_str(message.data(), message.size(), STUN_ATTRIBUTE_LIFETIME);
  if (attribute == nullptr || stun_attr_get_len(attribute) != 4) return std::nullopt;
  return overlay::load_be<std::uint32_t>(stun_attr_get_value(attribute));
}

void read_error(Bytes message, Response& response) {
  std::array<std::uint8_t, 1025> reason{};
  std::array<std::uint8_t, STUN_MAX_REALM_SIZE + 1> realm{};
  std::array<std::uint8_t, STUN_MAX_NONCE_SIZE + 1> nonce{};
  std::array<std::uint8_t, STUN_MAX_SERVER_NAME_SIZE + 1> server{};
  int oauth = 0;
  if (stun_is_challenge_response_str(message.data(), message.size(), &response.error_code, reason.data(),
                                     reason.size(), realm.data(), nonce.data(), server.data(), &oauth) != 0)
    response.challenge = Challenge{from_c_text(realm), from_c_text(nonce)};
  else
    (void)stun_is_error_response_str(message.data(), message.size(), &response.error_code, reason.data(),
                                     reason.size());
  response.reason = from_c_text(reason);
  response.alternate_server = address_in(message, STUN_ATTRIBUTE_ALTERNATE_SERVER);
}

}  // namespace

EncodedRequest encode(const Request& request, const Credentials& credentials,
                      const std::optional<Challenge>& challenge) {
  Draft draft;
  write_method(draft, request);
  if (challenge)
    CHECK(stun_attr_add_integrity_by_user_str(draft.bytes.data(), &draft.size, c_text(credentials.username),
                                              c_text(challenge->realm), c_text(credentials.password),
                                              c_text(challenge->nonce), SHATYPE_SHA1) >= 0);
  CHECK(stun_attr_add_fingerprint_str(draft.bytes.data(), &draft.size) >= 0);
  EncodedRequest encoded;
  encoded.bytes = draft.take();
  encoded.id = transaction_of(encoded.bytes);
  return encoded;
}

overlay::ByteVector encode_channel_data(std::uint16_t channel, Bytes payload) {
  Draft draft;
  CHECK(payload.size() <= kMaxMessage - STUN_CHANNEL_HEADER_LENGTH);
  // The library writes the header only. RFC 8656 section 12.5: no padding over UDP.
  CHECK(stun_init_channel_message_str(channel, draft.bytes.data(), &draft.size,
                                      static_cast<int>(payload.size()), 0) == 0);
  std::memcpy(draft.bytes.data() + STUN_CHANNEL_HEADER_LENGTH, payload.data(), payload.size());
  return draft.take();
}

overlay::ByteVector encode_send_indication(const Endpoint& peer, Bytes payload) {
  Draft draft;
  const ioa_addr to = to_library(peer);
  CHECK(payload.size() <= kMaxMessage - 64);
  stun_init_indication_str(STUN_METHOD_SEND, draft.bytes.data(), &draft.size);
  CHECK(stun_attr_add_addr_str(draft.bytes.data(), &draft.size, STUN_ATTRIBUTE_XOR_PEER_ADDRESS, &to) >= 0);
  CHECK(stun_attr_add_str(draft.bytes.data(), &draft.size, STUN_ATTRIBUTE_DATA, payload.data(),
                          static_cast<int>(payload.size())) >= 0);
  return draft.take();
}

std::optional<Response> parse_response(Bytes datagram) {
  if (stun_is_command_message_str(datagram.data(), datagram.size()) == 0 ||
      stun_is_response_str(datagram.data(), datagram.size()) == 0)
    return std::nullopt;
  Response response{.method = static_cast<Method>(stun_get_method_str(datagram.data(), datagram.size())),
                    .id = transaction_of(datagram)};
  if (stun_is_success_response_str(datagram.data(), datagram.size()) == 0) {
    read_error(datagram, response);
    if (response.error_code == 0) response.error_code = 500;
    return response;
  }
  response.relayed = address_in(datagram, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
  response.mapped = address_in(datagram, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS);
  response.lifetime_s = lifetime_in(datagram);
  return response;
}

std::optional<Bytes> parse_media(Bytes datagram) {
  std::size_t size = datagram.size();
  std::uint16_t channel = 0;
  if (stun_is_channel_message_str(datagram.data(), &size, &channel, 0) != 0) {
    // RFC 8656 section 12.4: number, length, data.
    const std::size_t length = overlay::load_be<std::uint16_t>(&datagram[2]);
    return datagram.subspan(STUN_CHANNEL_HEADER_LENGTH,
                            std::min(length, datagram.size() - STUN_CHANNEL_HEADER_LENGTH));
  }
  if (stun_is_command_message_str(datagram.data(), datagram.size()) == 0 ||
      stun_is_indication_str(datagram.data(), datagram.size()) == 0)
    return std::nullopt;
  const auto method = stun_get_method_str(datagram.data(), datagram.size());
  if (method != STUN_METHOD_DATA && method != STUN_METHOD_SEND) return std::nullopt;
  const auto data = stun_attr_get_first_by_type_str(datagram.data(), datagram.size(), STUN_ATTRIBUTE_DATA);
  if (data == nullptr) return std::nullopt;
  return Bytes(stun_attr_get_value(data), static_cast<std::size_t>(stun_attr_get_len(data)));
}

}  // namespace call
