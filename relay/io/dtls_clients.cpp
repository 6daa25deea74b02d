#include "relay/io/dtls_clients.h"

#include <algorithm>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>

#include "overlay/base/check.h"

namespace relay {
namespace {

constexpr overlay::Duration kSweepInterval = std::chrono::seconds(1);
// A handshake's datagrams fit every path; what is relayed has the client's own size.
constexpr long kHandshakeMtu = 1200;
// Of one datagram: each may take a packet buffer, and those of a round are bounded.
constexpr std::size_t kMaxRecordsAtOnce = 8;
constexpr std::size_t kMaxRetransmissionsPerSweep = 256;
constexpr std::size_t kMaxEndsPerSweep = 256;

// Of one client while its handshake waits. A flight has at most this many.
constexpr std::size_t kMaxWaitingDatagrams = 4;

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kEpochAt = 3;
constexpr std::size_t kHandshakeTypeAt = 13;

// RFC 6347 section 4.1: a handshake record of epoch 0 whose first message is a ClientHello.
bool is_first_flight(overlay::Bytes datagram) {
  return datagram.size() > kHandshakeTypeAt && datagram[0] == kHandshakeRecord && datagram[kEpochAt] == 0 &&
         datagram[kEpochAt + 1] == 0 && datagram[kHandshakeTypeAt] == kClientHello;
}

}  // namespace

struct DtlsClients::Association final : CookieExchange {
  Association(DtlsClients& owner_, std::shared_ptr<const TlsContext> context_)
      : owner(owner_),
        context(std::move(context_)),
        session(context->dtls(), [this](overlay::Bytes record) { owner.transmit(five_tuple, record); }) {
    SSL* const ssl = session.handle();
    SSL_set_app_data(ssl, static_cast<CookieExchange*>(this));
    SSL_set_mtu(ssl, kHandshakeMtu);
  }

  [[nodiscard]] DtlsCookies::Cookie mint_cookie() override {
    return owner.cookies_.mint(five_tuple, owner.now_);
  }
  [[nodiscard]] bool takes_cookie(overlay::Bytes cookie) override {
    return owner.cookies_.is_valid(cookie, five_tuple, owner.now_);
  }

  DtlsClients& owner;
  std::shared_ptr<const TlsContext> context;
  FiveTuple five_tuple;
  TlsSession session;
  overlay::Instant next_check{};
  std::vector<overlay::ByteVector> waiting;  // datagrams of the handshake
  HandshakeQueue::Place place;
};

DtlsClients::DtlsClients(overlay::PacketIo& io, TransportSink& sink, overlay::Random& random,
                         HandshakeQueue& handshakes, const StreamPolicy& policy)
    : io_(io),
      sink_(sink),
      handshakes_(handshakes),
      policy_(policy),
      greetings_(random),
      cookies_(random),
      limits_(policy.limits) {}

DtlsClients::~DtlsClients() = default;

void DtlsClients::listen(const overlay::Endpoint& local, const TlsIdentity& identity) {
  identity_ = &identity;
  if (std::ranges::find(listen_, local) == listen_.end()) listen_.push_back(local);
}

bool DtlsClients::is_listening(const overlay::Endpoint& local) const {
  return std::ranges::any_of(listen_, [&](const overlay::Endpoint& listening) {
    return listening == local || (listening.address.is_unspecified() && listening.port == local.port);
  });
}

// ---- in ----

void DtlsClients::on_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                              overlay::Instant now) {
  ++counters_.datagrams_in;
  now_ = now;
  const FiveTuple client{.client = meta.source, .server = meta.local, .transport = overlay::Transport::kDtls};
  const overlay::Bytes datagram = std::as_const(buffer).bytes();
  const auto found = associations_by_client_.find(client);
  // A client that lost its state begins again; the old association lives until that is proven (RFC 6347
  // section 4.2.8).
  if (found == associations_by_client_.end() ||
      (found->second->session.is_established() && is_first_flight(datagram)))
    return greet(client, datagram, now);
  if (!found->second->session.is_established()) return await_turn(*found->second, datagram);
  found->second->session.feed(datagram);
  deliver(*found->second, buffer, meta.traffic_class);
}

bool DtlsClients::may_greet(const FiveTuple& client, overlay::Bytes datagram, overlay::Instant now) {
  if (!is_first_flight(datagram)) {
    ++counters_.unproven;
    return false;
  }
  const overlay::Bytes cookie = cookie_in_hello(datagram);
  const bool is_proven = !cookie.empty() && cookies_.is_valid(cookie, client, now);
  if (greetings_.may_answer(client.client.address, is_proven, now)) return true;
  ++counters_.greetings_limited;
  return false;
}

void DtlsClients::greet(const FiveTuple& client, overlay::Bytes datagram, overlay::Instant now) {
  if (!may_greet(client, datagram, now)) return;
  auto context = identity_->current();
  if (!greeter_ || greeter_->context != context)
    greeter_ = std::make_unique<Association>(*this, std::move(context));
  greeter_->five_tuple = client;
  greeter_->session.feed(datagram);
  ::ERR_clear_error();
  ::BIO_ADDR* const unused = ::BIO_ADDR_new();
  const int proven = ::DTLSv1_listen(greeter_->session.handle(), unused);
  ::BIO_ADDR_free(unused);
  greeter_->session.feed({});
  if (proven > 0)
    admit(client, now);
  else
    ++counters_.unproven;
}

void DtlsClients::admit(const FiveTuple& client, overlay::Instant now) {
  std::unique_ptr<Association> proven = std::exchange(greeter_, nullptr);
  remove(client);
  const auto admission = limits_.admit(
      client.client.address, [this](const FiveTuple& other) { return sink_.is_served(other); },
      [this](const FiveTuple& other) {
        ++counters_.evicted;
        remove(other);
      });
  if (admission != ConnectionLimits::Admission::kAdmitted) {
    ++counters_.refused;
    return;
  }
  ++counters_.accepted;
  proven->next_check = now + policy_.prove_within;
  next_sweep_ = std::min(next_sweep_, now + kSweepInterval);
  Association& admitted = *(associations_by_client_[client] = std::move(proven));
  limits_.add_unproven(client, client.client.address);
  await_turn(admitted, {});  // the session has kept its first flight
}

void DtlsClients::await_turn(Association& association, overlay::Bytes datagram) {
  if (association.waiting.size() >= kMaxWaitingDatagrams) {
    ++counters_.handshake_overflow;
    return;
  }
  association.waiting.emplace_back(datagram.begin(), datagram.end());
  if (association.place.is_taken()) return;
  const FiveTuple client = association.five_tuple;
  association.place = handshakes_.join(
      client.client.address, [this, client](overlay::Instant now) { continue_handshake(client, now); });
}

void DtlsClients::continue_handshake(const FiveTuple& client, overlay::Instant now) {
  now_ = now;
  const auto found = associations_by_client_.find(client);
  CHECK(found != associations_by_client_.end());  // an association that ends gives up its place
  for (const overlay::ByteVector& datagram : std::exchange(found->second->waiting, {})) {
    const auto association = associations_by_client_.find(client);
    if (association == associations_by_client_.end()) return;
    association->second->session.feed(datagram);
    deliver(*association->second, io_.acquire(), 0);
  }
}

// DSCP and ECN of the datagram are those of its messages (RFC 8656 section 14). The first message takes the
// place of its record, which OpenSSL has read as a whole by then.
void DtlsClients::deliver(Association& association, overlay::PacketBuffer& buffer,
                          overlay::TrafficClass traffic_class) {
  const FiveTuple client = association.five_tuple;
  const overlay::DatagramMeta meta{.source = client.client,
                                   .local = client.server,
                                   .traffic_class = traffic_class,
                                   .transport = overlay::Transport::kDtls};
  overlay::PacketBuffer* room = &buffer;
  for (std::size_t i = 0; i < kMaxRecordsAtOnce; ++i) {
    const auto message = association.session.open(opened_);
    if (!message) break;
    if (room == nullptr) room = &io_.acquire();
    ++counters_.messages_in;
    if (!room->assign(*message)) continue;
    sink_.on_client_message(meta, *std::exchange(room, nullptr));
    if (!associations_by_client_.contains(client)) return;
  }
  association.session.feed({});
  if (association.session.has_failed() || association.session.has_ended()) remove(client);
}

// ---- out ----

void DtlsClients::send(const overlay::DatagramRoute& route, overlay::Bytes message) {
  ++counters_.queued;
  sealed_class_ = route.traffic_class;
  const auto found = associations_by_client_.find(
      {.client = route.destination, .server = route.source, .transport = overlay::Transport::kDtls});
  if (found == associations_by_client_.end() || !found->second->session.seal(message)) ++counters_.dropped;
  sealed_class_ = 0;
}

void DtlsClients::transmit(const FiveTuple& client, overlay::Bytes record) {
  overlay::PacketBuffer& buffer = io_.acquire();
  if (buffer.assign(record))
    io_.send({.source = client.server, .destination = client.client, .traffic_class = sealed_class_}, buffer);
  else
    ++counters_.dropped;
}

void DtlsClients::close_client(const FiveTuple& client) {
  const auto found = associations_by_client_.find(client);
  if (found == associations_by_client_.end()) return;
  found->second->session.end();
  remove(client);
}

void DtlsClients::remove(const FiveTuple& client) {
  const auto found = associations_by_client_.find(client);
  if (found == associations_by_client_.end()) return;
  const FiveTuple removed = client;  // which may be the association's own
  associations_by_client_.erase(found);
  ++counters_.closed;
  limits_.remove_unproven(removed);
  limits_.release(removed.client.address);
  sink_.on_client_closed(removed);
}

// ---- time ----

void DtlsClients::on_timer(overlay::Instant now) {
  if (now < next_sweep_) return;
  std::vector<FiveTuple> ended;
  std::size_t retransmissions = 0;
  for (const auto& [client, association] : associations_by_client_) {
    if (!association->session.is_established() && retransmissions < kMaxRetransmissionsPerSweep &&
        DTLSv1_handle_timeout(association->session.handle()) > 0)
      ++retransmissions;
    if (ended.size() < kMaxEndsPerSweep && !may_stay(*association, now)) ended.push_back(client);
  }
  for (const FiveTuple& client : ended)
    close_client(client);
  next_sweep_ = associations_by_client_.empty() ? overlay::kNever : now + kSweepInterval;
  if (ended.size() == kMaxEndsPerSweep) next_sweep_ = now;  // after the flush of this round
}

bool DtlsClients::may_stay(Association& association, overlay::Instant now) {
  if (now < association.next_check) return true;
  if (!sink_.is_served(association.five_tuple)) return false;
  limits_.remove_unproven(association.five_tuple);
  association.next_check = now + policy_.idle_for;
  return true;
}

}  // namespace relay
