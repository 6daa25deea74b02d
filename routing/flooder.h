// Reliable flooding of link-state records over authenticated links. Every record is sent to every neighbor
// until the neighbor acknowledges it. Neighbors compare digests when they meet, and fingerprints every 10 s.
// A state machine of the control plane: feed it, then drain poll() and arm one timer at next_timeout().
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "routing/flood_message.h"
#include "routing/link_state_db.h"

namespace routing {

// Checks the certificate and the signature of the origin. Called once for each new record.
class RecordVerifier {
 public:
  virtual ~RecordVerifier() = default;
  [[nodiscard]] virtual bool verify(const LinkStateRecord& record) = 0;
};

struct FloodMessage {
  NodeId to;
  ByteVector bytes;
};

struct FloodCounters {
  std::uint64_t messages_received = 0;
  std::uint64_t malformed = 0;
  std::uint64_t from_strangers = 0;  // the sender is not a neighbor
  // Records in updates; the following seven counters add up to it.
  std::uint64_t records_received = 0;
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t stale = 0;            // older than the stored record
  std::uint64_t expired = 0;          // age beyond the lifetime
  std::uint64_t own_from_before = 0;  // ours, from an earlier start of this node
  std::uint64_t forged = 0;           // rejected by the verifier
  std::uint64_t refused_full = 0;     // the database is full
  std::uint64_t retransmissions = 0;
  std::uint64_t outbox_overflows = 0;  // messages discarded; retransmission repeats them
};

class Flooder {
 public:
  // `db` and `verifier` outlive the flooder.
  Flooder(LinkStateDb& db, RecordVerifier& verifier) : db_(db), verifier_(verifier) {}

  // A link to `neighbor` is established: sends a digest at once.
  void add_neighbor(NodeId neighbor, Duration rtt, Instant now);
  void remove_neighbor(NodeId neighbor);
  // The first retransmission is after rtt + 50 ms, at least 100 ms; the time doubles up to 5 s.
  void set_rtt(NodeId neighbor, Duration rtt);

  // Stores the node's own, newly signed record and floods it.
  void originate(LinkStateRecord record, Instant now);

  struct Received {
    std::vector<NodeId> changed;   // origins with a new record: rebuild the topology
    bool own_from_before = false;  // originate again, with an epoch above db.epoch_seen_for_self()
  };
  Received receive(NodeId from, Bytes message, Instant now);

  void advance(Instant now);
  [[nodiscard]] Instant next_timeout() const;
  // The next message to send; nullopt when all are sent.
  [[nodiscard]] std::optional<FloodMessage> poll();

  [[nodiscard]] const FloodCounters& counters() const { return counters_; }

 private:
  struct Unacked {
    LinkStateKey key;
    Instant due;
    Duration backoff;
    bool sent = false;
  };
  struct Neighbor {
    Duration rto;
    bool has_met = false;  // its digest has arrived, so missing records are on their way
    Instant greet_due;
    Duration greet_backoff;
    std::map<NodeId, Unacked> unacked_by_origin;
    std::size_t in_flight = 0;  // of them, sent at least once
  };

  void receive(NodeId from, Neighbor& neighbor, const FloodAck& ack, Instant now, Received& received);
  void receive(NodeId from, Neighbor& neighbor, const FloodDigest& digest, Instant now, Received& received);
  void receive(NodeId from, Neighbor& neighbor, const FloodRequest& request, Instant now, Received& received);
  void receive(NodeId from, Neighbor& neighbor, const FloodSummary& summary, Instant now, Received& received);
  void receive(NodeId from, Neighbor& neighbor, const FloodUpdate& update, Instant now, Received& received);
  void receive_record(NodeId from, Neighbor& neighbor, const LinkStateRecord& record, Instant now,
                      Received& received);
  void count_unused(LinkStateDb::Outcome outcome);
  // Schedules the newest record of `origin` for the neighbor, once.
  void offer(Neighbor& neighbor, NodeId origin, Instant now);
  void offer_to_all_but(NodeId source, NodeId origin, Instant now);
  // The neighbor has this version or a newer one.
  static void settle(Neighbor& neighbor, const LinkStateKey& key);

  void greet(NodeId to, Neighbor& neighbor, Instant now);
  void send_due_updates(NodeId to, Neighbor& neighbor, Instant now);
  void send_digest(NodeId to);
  template <typename Message>
  void send_keys(NodeId to, const std::vector<LinkStateKey>& keys);
  void send(NodeId to, const FloodPayload& payload);

  LinkStateDb& db_;
  RecordVerifier& verifier_;
  std::map<NodeId, Neighbor> neighbors_;
  std::deque<FloodMessage> outbox_;
  FloodCounters counters_;
};

}  // namespace routing
