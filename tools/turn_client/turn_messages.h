// The TURN messages of a client, built and parsed by coturn's libturnclient. So tests check the relay's codec
// against an independent one. Only turn_messages.cpp includes that library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"

namespace call {

struct Credentials {
  std::string username;
  std::string password;
};

// The realm and nonce of a 401 or 438: RFC 8489 section 9.2.
struct Challenge {
  std::string realm;
  std::string nonce;
};

// RFC 8656 section 18.1
enum class Method : std::uint16_t { kAllocate = 3, kRefresh = 4, kCreatePermission = 8, kChannelBind = 9 };

using TransactionId = overlay::ByteArray<12>;

struct Request {
  Method method = Method::kAllocate;
  std::optional<overlay::Endpoint> peer;    // for kCreatePermission and kChannelBind
  std::uint16_t channel = 0;                // for kChannelBind
  std::optional<std::uint32_t> lifetime_s;  // for kRefresh
};

struct EncodedRequest {
  overlay::ByteVector bytes;
  TransactionId id{};
};

struct Response {
  Method method = Method::kAllocate;
  TransactionId id{};
  int error_code = 0;  // 0: success
  std::string reason;
  std::optional<Challenge> challenge;
  std::optional<overlay::Endpoint> relayed;
  std::optional<overlay::Endpoint> mapped;
  std::optional<overlay::Endpoint> alternate_server;
  std::optional<std::uint32_t> lifetime_s;
};

// Without a challenge the request has no credentials: the first request of a client.
[[nodiscard]] EncodedRequest encode(const Request& request, const Credentials& credentials,
                                    const std::optional<Challenge>& challenge);
// Returns nullopt when the datagram is not a response.
[[nodiscard]] std::optional<Response> parse_response(overlay::Bytes datagram);
// Data from a client to a peer.
[[nodiscard]] overlay::ByteVector encode_channel_data(std::uint16_t channel, overlay::Bytes payload);
[[nodiscard]] overlay::ByteVector encode_send_indication(const overlay::Endpoint& peer,
                                                         overlay::Bytes payload);
// The payload of ChannelData, or of a Data or Send indication: a view into the datagram. nullopt for other
// datagrams.
[[nodiscard]] std::optional<overlay::Bytes> parse_media(overlay::Bytes datagram);

}  // namespace call
