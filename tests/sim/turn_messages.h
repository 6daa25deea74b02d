// TURN messages of the client side: requests of simulated clients, and the parsing of answers. Independent of
// the server's codec, so that a shared misreading of the RFC cannot hide.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"

namespace sim {

struct TurnCredentials {
  std::string username;
  std::string password;
};

// Credentials for a request, after the server has sent its realm and a nonce.
struct TurnAuth {
  TurnCredentials credentials;
  std::string realm;
  std::string nonce;
};

using TransactionId = std::array<std::uint8_t, 12>;

// Another one for each request of a client.
class TransactionIds {
 public:
  [[nodiscard]] TransactionId next() {
    ++last_.back();
    return last_;
  }

 private:
  TransactionId last_{};
};

// Without `auth` for the first try.
[[nodiscard]] overlay::ByteVector allocate_request(const TransactionId& id, const TurnAuth* auth);
[[nodiscard]] overlay::ByteVector create_permission_request(const TransactionId& id, const TurnAuth& auth,
                                                            const overlay::Endpoint& peer);
[[nodiscard]] overlay::ByteVector channel_bind_request(const TransactionId& id, const TurnAuth& auth,
                                                       std::uint16_t channel, const overlay::Endpoint& peer);
[[nodiscard]] overlay::ByteVector channel_data(std::uint16_t channel, overlay::Bytes payload);

struct TurnAnswer {
  TransactionId id{};
  int error = 0;  // 0: success
  std::string realm;
  std::string nonce;
  std::optional<overlay::Endpoint> relayed;
};
// nullopt for a message that is not a response.
[[nodiscard]] std::optional<TurnAnswer> read_answer(overlay::Bytes datagram);

struct ChannelPayload {
  std::uint16_t channel = 0;
  overlay::Bytes payload;
};
[[nodiscard]] std::optional<ChannelPayload> read_channel_data(overlay::Bytes datagram);

}  // namespace sim
