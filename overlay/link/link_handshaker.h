// Agrees on link sessions with all neighbors: Noise IK, and each end checks the other's certificate. A core,
// one per node, owned by the control plane: feed it, then drain poll_command() and arm one timer at
// next_timeout().
//
// An initiator tries until it is answered. A responder's session is unconfirmed until a frame arrives on it
// (Link sees to that), so a replayed initiation disturbs nothing. When two nodes initiate at once, the
// initiation of the smaller id stands. Whoever initiated a session renews it.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "overlay/crypto/node_identity.h"
#include "overlay/crypto/noise_ik.h"
#include "overlay/link/handshake_message.h"
#include "overlay/link/link.h"

namespace overlay {

struct HandshakerConfig {
  Duration retry_initial = std::chrono::milliseconds(250);
  Duration retry_max = std::chrono::seconds(5);
  Duration rekey_after = std::chrono::minutes(2);
  // Initiations answered without a cookie, sustained and at once.
  double initiations_per_second = 200;
  double initiation_burst = 400;
  std::size_t max_neighbors = 1024;
};

// Whom to reach, where, and who it must turn out to be.
struct NeighborAddress {
  Endpoint endpoint;
  ExchangePublicKey key;
  NodeId expected;  // kNoNode: any node that holds the key
};

struct HandshakeDatagram {
  Endpoint to;
  ByteVector bytes;
};

struct EstablishedSession {
  NodeId neighbor;
  Certificate certificate;
  Endpoint endpoint;
  LinkSession session;
};

// Somebody proved to hold a key, or claims to, and may not be a neighbor. `reason` is for the log.
struct HandshakeRefused {
  Endpoint from;
  NodeId claimed;
  std::string reason;
};

using HandshakeCommand = std::variant<HandshakeDatagram, EstablishedSession, HandshakeRefused>;

struct HandshakeCounters {
  std::uint64_t malformed = 0;
  std::uint64_t bad_mac = 0;
  std::uint64_t cookies_demanded = 0;
  std::uint64_t bad_noise = 0;
  std::uint64_t unexpected = 0;  // answers to nothing, repeated initiations
  std::uint64_t refused = 0;
  std::uint64_t established = 0;
  std::uint64_t commands_lost = 0;  // discarded because too many waited for poll_command()
};

class LinkHandshaker {
 public:
  LinkHandshaker(const NodeIdentity& identity, const SigningPublicKey& ca, HandshakerConfig config,
                 Random& random);

  // Tries until a session is established, and renews it from then on. Says nothing when it already does.
  void connect(const NeighborAddress& address, Instant now);
  // Stops trying and renewing.
  void disconnect(NodeId neighbor);
  void disconnect(const ExchangePublicKey& key) { pursuits_.erase(key); }
  // Frames arrive on the link with this neighbor: a session that we answered is confirmed, its initiator will
  // renew it. Until then our own attempts go on, because an initiation may be a replay, or its sender gone.
  void note_up(NodeId neighbor);
  // The link with a neighbor that connect() is for is down: begin anew, at once.
  void reconnect(NodeId neighbor, Instant now);

  void on_datagram(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall);
  void on_timer(Instant now);
  [[nodiscard]] Instant next_timeout() const;
  [[nodiscard]] std::optional<HandshakeCommand> poll_command();
  [[nodiscard]] const HandshakeCounters& counters() const { return counters_; }

 private:
  struct Attempt {
    NoiseIk noise;
    SessionIndex index;
    HandshakeMac mac1;
  };
  // A neighbor that we want a session with, by its key.
  struct Pursuit {
    NeighborAddress address;
    std::optional<Attempt> attempt;
    std::optional<HandshakeMac> cookie;
    int tries = 0;
    Instant due;                         // of the next initiation: a retry or a renewal
    std::optional<Instant> answered_at;  // we answered its initiation then, not confirmed yet
  };
  // Initiations seen lately from one node, so that an exact repeat is recognised.
  struct SeenInitiations {
    std::array<std::uint64_t, 16> tags{};
    std::size_t next = 0;
  };

  void initiate(Pursuit& pursuit, Instant now);
  void on_initiation(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall);
  void on_response(const Endpoint& from, Bytes datagram, Instant now, UnixSeconds wall);
  void on_cookie(Bytes datagram, Instant now);
  // The certificate, if its holder may be a neighbor.
  [[nodiscard]] Result<Certificate, HandshakeRefused> admit(const Endpoint& from, Bytes payload,
                                                            const ExchangePublicKey& proven, NodeId expected,
                                                            UnixSeconds wall) const;
  void refuse(HandshakeRefused refused);
  void push(HandshakeCommand command);
  [[nodiscard]] bool seen_before(NodeId node, const HandshakeMac& mac1);
  [[nodiscard]] bool take_token(Instant now);
  [[nodiscard]] SessionIndex fresh_index();
  [[nodiscard]] Pursuit* pursuit_of(NodeId neighbor);

  const NodeIdentity& identity_;
  SigningPublicKey ca_;
  HandshakerConfig config_;
  Random& random_;
  CookieJar cookies_;
  ByteVector own_certificate_;
  std::map<ExchangePublicKey, Pursuit> pursuits_;
  std::map<NodeId, SeenInitiations> seen_;
  double tokens_;
  Instant tokens_at_{};
  std::deque<HandshakeCommand> commands_;
  HandshakeCounters counters_;
};

}  // namespace overlay
