// A TURN client with one allocation and one peer, over UDP, as a state machine: allocates, creates the
// permission and the channel, refreshes all three, and deletes the allocation. No socket, no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "tools/turn_client/turn_messages.h"

namespace call {

class TurnClient {
 public:
  static constexpr std::uint16_t kChannel = 0x4000;
  static constexpr std::size_t kChannelHeader = 4;

  explicit TurnClient(Credentials credentials) : credentials_(std::move(credentials)) {}

  void allocate(overlay::Instant now);
  // kPermission: media use Send and Data indications.
  enum class Access : std::uint8_t { kPermission, kChannel };
  // Requires the allocation. Media can be sent once is_peer_ready().
  void set_peer(const overlay::Endpoint& peer, overlay::Instant now, Access access = Access::kChannel);
  // Deletes the allocation (Refresh with lifetime 0). Wait for is_closed().
  void close(overlay::Instant now);

  // Handles a datagram from the server that is not media.
  void receive(overlay::Bytes datagram, overlay::Instant now);
  void handle_timeout(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  // Datagrams to send to the server. Call it after every other call.
  [[nodiscard]] std::vector<overlay::ByteVector> take_outgoing() { return std::exchange(outgoing_, {}); }

  [[nodiscard]] const std::optional<overlay::Endpoint>& relayed() const { return relayed_; }
  [[nodiscard]] const std::optional<overlay::Endpoint>& mapped() const { return mapped_; }
  [[nodiscard]] bool is_peer_ready() const {
    return has_permission_ && (has_channel_ || access_ == Access::kPermission);
  }
  [[nodiscard]] bool is_closing() const { return is_closing_; }
  [[nodiscard]] bool is_closed() const { return is_closed_; }
  // The reason why the client cannot continue; nullopt while it can.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

 private:
  // At most one for each method.
  struct Transaction {
    Request request;
    EncodedRequest encoded;
    int sent = 0;
    bool is_challenged = false;  // the request has credentials after a 401
    overlay::Duration interval{};
    overlay::Instant resend_at;
  };

  void send(const Request& request, overlay::Instant now);
  void send_again(Transaction& transaction, overlay::Instant now);
  void handle_success(const Request& request, const Response& response, overlay::Instant now);
  void handle_error(const Transaction& transaction, const Response& response, overlay::Instant now);
  void refresh_peer(overlay::Instant now);

  Credentials credentials_;
  std::optional<Challenge> challenge_;
  std::map<Method, Transaction> transactions_;
  std::vector<overlay::ByteVector> outgoing_;
  std::optional<overlay::Endpoint> relayed_;
  std::optional<overlay::Endpoint> mapped_;
  std::optional<overlay::Endpoint> peer_;
  overlay::Instant refresh_allocation_at_ = overlay::kNever;
  overlay::Instant refresh_peer_at_ = overlay::kNever;
  Access access_ = Access::kChannel;
  bool has_permission_ = false;
  bool has_channel_ = false;
  bool is_closing_ = false;
  bool is_closed_ = false;
  std::optional<std::string> failure_;
};

}  // namespace call
