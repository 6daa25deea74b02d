// The DTLS clients of one data plane (RFC 7350): records in, messages out, over the UDP ports that also take
// plain TURN. Belongs to the thread of its PacketIo.
//
// Nothing is remembered of a client before it has sent back a cookie. Associations are bounded in all and for
// each source; one without an allocation does not stay. First flights are answered within a rate; what
// follows of a handshake waits for its turn in a queue that streams share.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "relay/io/connection_limits.h"
#include "relay/io/dtls_cookies.h"
#include "relay/io/greeting_limiter.h"
#include "relay/io/handshake_queue.h"
#include "relay/io/stream_policy.h"
#include "relay/io/tls_identity.h"
#include "relay/io/tls_session.h"
#include "relay/io/transport_sink.h"

namespace relay {

struct DtlsCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t unproven = 0;            // first flights without a good cookie, and what is no first flight
  std::uint64_t greetings_limited = 0;   // first flights over the rate
  std::uint64_t handshake_overflow = 0;  // datagrams of a handshake whose turn is yet to come
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // as many as there may be, or as one source or network may have
  std::uint64_t evicted = 0;  // not proven, and another client needed the place
  std::uint64_t closed = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t queued = 0;
  std::uint64_t dropped = 0;  // out: no association, or too long for a datagram
};

class DtlsClients {
 public:
  // All outlive this.
  DtlsClients(overlay::PacketIo& io, TransportSink& sink, overlay::Random& random, HandshakeQueue& handshakes,
              const StreamPolicy& policy);
  ~DtlsClients();
  DtlsClients(const DtlsClients&) = delete;
  DtlsClients& operator=(const DtlsClients&) = delete;

  // The UDP port is open already. The identity outlives this, and is the same for all ports.
  void listen(const overlay::Endpoint& local, const TlsIdentity& identity);
  // The port is closed; should it be opened again, it takes no DTLS.
  void stop_listening(const overlay::Endpoint& local) { std::erase(listen_, local); }
  // Is this a DTLS record at a port that takes DTLS? RFC 7983: the first byte is from 20 to 63.
  [[nodiscard]] bool takes(const overlay::DatagramMeta& meta, overlay::Bytes datagram) const {
    return !datagram.empty() && datagram.front() >= 20 && datagram.front() <= 63 && is_listening(meta.local);
  }
  void on_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer, overlay::Instant now);

  void send(const overlay::DatagramRoute& route, overlay::Bytes message);
  // Sends close_notify. No effect without such an association.
  void close_client(const FiveTuple& client);

  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return next_sweep_; }

  [[nodiscard]] const DtlsCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_associations() const { return associations_by_client_.size(); }

 private:
  struct Association;

  [[nodiscard]] bool is_listening(const overlay::Endpoint& local) const;
  void greet(const FiveTuple& client, overlay::Bytes datagram, overlay::Instant now);
  [[nodiscard]] bool may_greet(const FiveTuple& client, overlay::Bytes datagram, overlay::Instant now);
  void admit(const FiveTuple& client, overlay::Instant now);
  // Keeps the datagram until the turn of the handshake.
  void await_turn(Association& association, overlay::Bytes datagram);
  void continue_handshake(const FiveTuple& client, overlay::Instant now);
  void deliver(Association& association, overlay::PacketBuffer& buffer, overlay::TrafficClass traffic_class);
  void transmit(const FiveTuple& client, overlay::Bytes record);
  void remove(const FiveTuple& client);
  [[nodiscard]] bool may_stay(Association& association, overlay::Instant now);

  overlay::PacketIo& io_;
  TransportSink& sink_;
  HandshakeQueue& handshakes_;
  StreamPolicy policy_;
  GreetingLimiter greetings_;
  DtlsCookies cookies_;
  ConnectionLimits limits_;
  DtlsCounters counters_;
  const TlsIdentity* identity_ = nullptr;
  std::vector<overlay::Endpoint> listen_;
  std::unordered_map<FiveTuple, std::unique_ptr<Association>> associations_by_client_;
  std::unique_ptr<Association> greeter_;  // answers first flights; becomes an association with a good cookie
  overlay::TrafficClass sealed_class_ = 0;  // of the message that is being sealed; handshakes have none
  overlay::Instant now_{};                  // of the datagram at hand, for the cookies
  overlay::Instant next_sweep_ = overlay::kNever;
  std::array<std::uint8_t, 16 * 1024> opened_;
};

}  // namespace relay
