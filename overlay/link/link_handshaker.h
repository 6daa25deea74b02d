// Agrees on link sessions with all neighbors: Noise IK, and each end checks the other's certificate. A core,
// one for each node, owned by the control plane: feed it, then drain poll_command() and arm one timer at
// next_timeout().
//
// An initiator repeats its initiation until it gets an answer, and renews the session later.
//
// A responder cannot distinguish a first initiation from a replay after its own restart. So its session is
// unconfirmed until a frame arrives on it (Link detects that, note_confirmed() reports it). An unconfirmed
// session changes no state here: the own attempts and renewals continue. Among initiations of one node, only
// increasing times are accepted (handshake_message.h).
//
// The owner limits the rate of datagrams and demands cookies under load: every initiation with a right
// MAC 1 costs a key agreement here.
//
// When two nodes initiate at once, the initiation of the smaller id is used.
#pragma once

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
  std::size_t max_neighbors = 1024;
};

// A neighbor to connect to.
struct NeighborAddress {
  Endpoint endpoint;
  ExchangePublicKey key;
  NodeId expected;  // the node that must hold the key; kNoNode: any node
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

// A peer that may not be a neighbor. `claimed` is unproven. `reason` is for the log.
struct HandshakeRefused {
  Endpoint from;
  NodeId claimed;
  std::string reason;
};

using HandshakeCommand = std::variant<HandshakeDatagram, EstablishedSession, HandshakeRefused>;

struct HandshakeCounters {
  std::uint64_t malformed = 0;
  std::uint64_t bad_mac = 0;
  std::uint64_t bad_noise = 0;
  std::uint64_t unexpected = 0;     // answers without an attempt, repeated initiations
  std::uint64_t stale = 0;          // initiations with an old time: replays, or a calendar that went back
  std::uint64_t refused = 0;        // see HandshakeRefused
  std::uint64_t established = 0;    // sessions, confirmed or not
  std::uint64_t commands_lost = 0;  // discarded because too many waited for poll_command()
};

class LinkHandshaker {
 public:
  LinkHandshaker(const NodeIdentity& identity, const SigningPublicKey& ca, HandshakerConfig config,
                 Random& random);

  // Initiations carry civil time. Refresh it regularly; it may jump.
  void set_wall_clock(const WallClock& wall_clock) { wall_clock_ = wall_clock; }

  // Tries until a session is established, and renews it from then on. No effect on a running attempt.
  void connect(const NeighborAddress& address, Instant now);
  // Stops trying and renewing.
  void disconnect(NodeId neighbor);
  void disconnect(const ExchangePublicKey& key) { pursuits_.erase(key); }
  // Frames arrive on `session` of the link with this neighbor. True when this confirms a session that we have
  // answered: its initiator is alive and will renew it, so our own attempts end.
  bool note_confirmed(NodeId neighbor, SessionIndex session);
  // The link with a neighbor of connect() is down: starts again at once.
  void reconnect(NodeId neighbor, Instant now);

  void on_datagram(const Endpoint& from, Bytes datagram, Instant now);
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
    HandshakeTime newest = 0;  // of our initiations, as far as we or the neighbor know
    int tries = 0;
    Instant due;  // of the next initiation: a retry or a renewal
  };
  // The session that we have answered last, without a frame yet.
  struct Answered {
    SessionIndex session;
    Instant at;
  };
  struct Initiation {
    Endpoint from;
    InitiationView view;
    Certificate certificate;
    HandshakeTime time = 0;
  };

  void initiate(Pursuit& pursuit, Instant now);
  void on_initiation(const Endpoint& from, Bytes datagram, Instant now);
  void answer(NoiseIk& noise, const Initiation& initiation, Instant now);
  void answer_stale(NoiseIk& noise, const Initiation& initiation);
  // We have an attempt of our own that has priority over the initiation of this node.
  [[nodiscard]] bool wins_tie(const ExchangePublicKey& key, NodeId initiator) const;
  void on_response(const Endpoint& from, Bytes datagram, Instant now);
  void establish(Pursuit& pursuit, const ResponseView& view, Certificate certificate, const NoiseIk& noise,
                 Instant now);
  [[nodiscard]] Pursuit* find_attempt(SessionIndex index);
  [[nodiscard]] HandshakeTime next_time(const Pursuit& pursuit, Instant now) const;
  void on_cookie(Bytes datagram, Instant now);
  // The certificate, if its holder may be a neighbor.
  [[nodiscard]] Result<Certificate, HandshakeRefused> admit(const Endpoint& from, Bytes payload,
                                                            const ExchangePublicKey& proven, NodeId expected,
                                                            Instant now) const;
  void refuse(HandshakeRefused refused);
  void push(HandshakeCommand command);
  [[nodiscard]] SessionIndex fresh_index();
  [[nodiscard]] Pursuit* pursuit_of(NodeId neighbor);

  const NodeIdentity& identity_;
  SigningPublicKey ca_;
  HandshakerConfig config_;
  Random& random_;
  WallClock wall_clock_;
  ByteVector own_certificate_;
  std::map<ExchangePublicKey, Pursuit> pursuits_;
  // Both at most one entry for each certified node id.
  std::map<NodeId, HandshakeTime> newest_by_initiator_;
  std::map<NodeId, Answered> answered_by_initiator_;
  std::deque<HandshakeCommand> commands_;
  HandshakeCounters counters_;
};

}  // namespace overlay
