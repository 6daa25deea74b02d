#include "tools/turn_client/turn_client.h"

#include <algorithm>

namespace call {
namespace {

using namespace std::chrono_literals;
using overlay::Bytes;
using overlay::Duration;
using overlay::Instant;

// RFC 8489 section 6.2.1 sends seven requests from 0.5 s on, 39.5 s in total: too long for a test client.
constexpr Duration kFirstInterval = 250ms;
constexpr int kMaxSends = 5;
// RFC 8656: a permission lives for 5 minutes, a channel for 10.
constexpr Duration kPeerRefresh = 4min;

constexpr int kTryAlternate = 300;
constexpr int kUnauthenticated = 401;
constexpr int kStaleNonce = 438;

[[nodiscard]] const char* name_of(Method method) {
  switch (method) {
    case Method::kAllocate:
      return "Allocate";
    case Method::kRefresh:
      return "Refresh";
    case Method::kCreatePermission:
      return "CreatePermission";
    case Method::kChannelBind:
      return "ChannelBind";
  }
  return "request";
}

// Advice for an error code; empty when the reason is sufficient.
[[nodiscard]] const char* advice_for(int error_code) {
  switch (error_code) {
    case kUnauthenticated:
      return "wrong user name or password";
    case 403:
      return "the server denies this peer, or this user";
    case 437:
      return "this port had another allocation a moment ago: try again";
    case 440:
      return "the server has no relay address of this family";
    case 442:
      return "the server relays no UDP";
    case 486:
      return "this user has as many allocations as it may";
    case 508:
      return "the server is full, or draining";
    default:
      return "";
  }
}

[[nodiscard]] std::string explain(Method method, const Response& response) {
  std::string text = std::string(name_of(method)) + " was refused: " + std::to_string(response.error_code);
  if (!response.reason.empty()) text += " " + response.reason;
  if (const char* advice = advice_for(response.error_code); *advice != '\0')
    text += " (" + std::string(advice) + ")";
  if (response.error_code == kTryAlternate && response.alternate_server)
    text += " (use " + response.alternate_server->to_string() + " instead)";
  return text;
}

}  // namespace

void TurnClient::allocate(Instant now) {
  send({.method = Method::kAllocate}, now);
}

void TurnClient::set_peer(const overlay::Endpoint& peer, Instant now, Access access) {
  peer_ = peer;
  access_ = access;
  has_permission_ = has_channel_ = false;
  refresh_peer(now);
}

void TurnClient::close(Instant now) {
  is_closing_ = true;
  refresh_peer_at_ = refresh_allocation_at_ = overlay::kNever;
  transactions_.clear();
  if (relayed_)
    send({.method = Method::kRefresh, .lifetime_s = 0}, now);
  else
    is_closed_ = true;
}

void TurnClient::receive(Bytes datagram, Instant now) {
  const auto response = parse_response(datagram);
  if (!response) return;
  const auto found = transactions_.find(response->method);
  if (found == transactions_.end() || found->second.encoded.id != response->id) return;
  const Transaction transaction = found->second;
  transactions_.erase(found);
  if (response->error_code == 0)
    handle_success(transaction.request, *response, now);
  else
    handle_error(transaction, *response, now);
}

void TurnClient::handle_success(const Request& request, const Response& response, Instant now) {
  const auto half_life = std::chrono::seconds(response.lifetime_s.value_or(600)) / 2;
  switch (request.method) {
    case Method::kAllocate:
      relayed_ = response.relayed;
      mapped_ = response.mapped;
      refresh_allocation_at_ = now + half_life;
      if (!relayed_) failure_ = "the server's answer to Allocate has no XOR-RELAYED-ADDRESS";
      return;
    case Method::kRefresh:
      is_closed_ = is_closing_;
      if (!is_closing_) refresh_allocation_at_ = now + half_life;
      return;
    case Method::kCreatePermission:
      has_permission_ = true;
      return;
    case Method::kChannelBind:
      has_channel_ = true;
      return;
  }
}

void TurnClient::handle_error(const Transaction& transaction, const Response& response, Instant now) {
  if (is_closing_) {
    is_closed_ = true;
    return;
  }
  const bool asks_for_credentials = response.error_code == kUnauthenticated && !transaction.is_challenged;
  if (response.challenge && (asks_for_credentials || response.error_code == kStaleNonce)) {
    challenge_ = response.challenge;
    send(transaction.request, now);
    return;
  }
  failure_ = explain(transaction.request.method, response);
}

void TurnClient::handle_timeout(Instant now) {
  for (auto& [method, transaction] : transactions_)
    if (transaction.resend_at <= now) send_again(transaction, now);
  if (refresh_allocation_at_ <= now) {
    refresh_allocation_at_ = overlay::kNever;
    send({.method = Method::kRefresh}, now);
  }
  if (refresh_peer_at_ <= now) refresh_peer(now);
}

Instant TurnClient::next_timeout() const {
  Instant next = std::min(refresh_allocation_at_, refresh_peer_at_);
  for (const auto& [method, transaction] : transactions_)
    next = std::min(next, transaction.resend_at);
  return next;
}

void TurnClient::refresh_peer(Instant now) {
  refresh_peer_at_ = now + kPeerRefresh;
  send({.method = Method::kCreatePermission, .peer = peer_}, now);
  if (access_ == Access::kChannel)
    send({.method = Method::kChannelBind, .peer = peer_, .channel = kChannel}, now);
}

void TurnClient::send(const Request& request, Instant now) {
  Transaction transaction{.request = request,
                          .encoded = encode(request, credentials_, challenge_),
                          .is_challenged = challenge_.has_value(),
                          .interval = kFirstInterval};
  send_again(transactions_.insert_or_assign(request.method, std::move(transaction)).first->second, now);
}

void TurnClient::send_again(Transaction& transaction, Instant now) {
  if (transaction.sent == kMaxSends) {
    transaction.resend_at = overlay::kNever;
    is_closed_ = is_closing_;
    failure_ = std::string("no answer to ") + name_of(transaction.request.method) +
               ": is the server running, and is this its UDP address?";
    return;
  }
  outgoing_.push_back(transaction.encoded.bytes);
  ++transaction.sent;
  transaction.resend_at = now + transaction.interval;
  transaction.interval *= 2;
}

}  // namespace call
