#include "routing/flooder.h"

#include <deque>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "sample_record.h"

namespace routing {
namespace flooder_test {

using overlay::SeededRandom;
using std::chrono::milliseconds;
using std::chrono::seconds;

class CountingVerifier final : public RecordVerifier {
 public:
  bool verify(const LinkStateRecord& record) override {
    ++asked;
    return !forged.contains(record.origin());
  }
  int asked = 0;
  std::set<NodeId> forged;
};

NodeId node(std::size_t id) {
  return NodeId(static_cast<std::uint16_t>(id));
}

LinkStateRecord record_of(NodeId origin, std::uint32_t sequence, std::uint64_t epoch = 1) {
  LinkStateRecord record;
  record.key = {origin, epoch, sequence};
  record.lifetime_s = 600;
  return record;
}

struct FloodingNode {
  FloodingNode(NodeId id, std::size_t max_origins) : db(id, max_origins), flooder(db, verifier) {}
  LinkStateDb db;
  CountingVerifier verifier;
  Flooder flooder;
};

// Nodes 1..n joined by links that delay by 10 ms and lose at random; virtual time.
class FloodNetwork {
 public:
  FloodNetwork(std::size_t size, std::uint64_t seed, double loss, std::size_t max_origins = 1000)
      : random_(seed), loss_(loss) {
    for (std::size_t id = 1; id <= size; ++id)
      nodes_.push_back(std::make_unique<FloodingNode>(NodeId(static_cast<std::uint16_t>(id)), max_origins));
  }
  FloodingNode& operator[](std::size_t id) { return *nodes_[id - 1]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  void join(std::size_t a, std::size_t b) {
    links_.insert({node(a), node(b)});
    links_.insert({node(b), node(a)});
    (*this)[a].flooder.add_neighbor(node(b), milliseconds(20), now);
    (*this)[b].flooder.add_neighbor(node(a), milliseconds(20), now);
    collect();
  }
  void part(std::size_t a, std::size_t b) {
    links_.erase({node(a), node(b)});
    links_.erase({node(b), node(a)});
    (*this)[a].flooder.remove_neighbor(node(b));
    (*this)[b].flooder.remove_neighbor(node(a));
  }
  void originate(std::size_t id, std::uint32_t sequence) {
    (*this)[id].flooder.originate(record_of(node(id), sequence), now);
    collect();
  }
  void run(Duration time) {
    const Instant end = now + time;
    while (step(end)) {
    }
    now = end;
  }
  [[nodiscard]] bool agrees() {
    for (std::size_t id = 2; id <= size(); ++id)
      if ((*this)[id].db.fingerprint() != (*this)[1].db.fingerprint()) return false;
    return true;
  }

  Instant now{};
  std::uint64_t messages = 0;

 private:
  struct InFlight {
    Instant arrives;
    NodeId from;
    NodeId to;
    ByteVector bytes;
  };

  void collect() {
    for (auto& sender : nodes_) {
      while (auto message = sender->flooder.poll()) {
        ++messages;
        EXPECT_LE(message->bytes.size(), kMaxFloodMessageBytes);
        if (random_.unit() < loss_) continue;
        in_flight_.push_back(
            {now + milliseconds(10), sender->db.self(), message->to, std::move(message->bytes)});
      }
    }
  }
  bool step(Instant end) {
    Instant next = in_flight_.empty() ? kNever : in_flight_.front().arrives;
    for (const auto& each : nodes_)
      next = std::min(next, each->flooder.next_timeout());
    if (next > end) return false;
    now = std::max(now, next);
    while (!in_flight_.empty() && in_flight_.front().arrives <= now) {
      const InFlight message = std::move(in_flight_.front());
      in_flight_.pop_front();
      if (links_.contains({message.from, message.to}))
        (*this)[message.to.value()].flooder.receive(message.from, message.bytes, now);
    }
    for (auto& each : nodes_)
      each->flooder.advance(now);
    collect();
    return true;
  }

  SeededRandom random_;
  double loss_;
  std::vector<std::unique_ptr<FloodingNode>> nodes_;
  std::set<std::pair<NodeId, NodeId>> links_;
  std::deque<InFlight> in_flight_;
};

// A ring, and chords at random.
void join_at_random(FloodNetwork& network, SeededRandom& random) {
  for (std::size_t id = 1; id <= network.size(); ++id)
    network.join(id, id % network.size() + 1);
  for (std::size_t chord = 0; chord < network.size(); ++chord) {
    const std::size_t a = 1 + random.below(network.size());
    const std::size_t b = 1 + random.below(network.size());
    if (a != b) network.join(a, b);
  }
}

TEST(Flooder, a_record_reaches_a_neighbors_neighbor_in_two_one_way_delays) {
  FloodNetwork network(3, 1, 0);
  network.join(1, 2);
  network.join(2, 3);
  network.run(seconds(1));

  network.originate(1, 1);
  network.run(milliseconds(20));

  EXPECT_NE(network[3].db.find(node(1)), nullptr);
}

TEST(Flooder, all_nodes_agree_over_random_networks_that_lose_a_third) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    FloodNetwork network(12, seed, 0.33);
    join_at_random(network, random);
    for (std::uint32_t sequence = 1; sequence <= 5; ++sequence) {
      for (std::size_t id = 1; id <= network.size(); ++id)
        network.originate(id, sequence);
      network.run(milliseconds(50));
    }

    network.run(seconds(20));

    EXPECT_TRUE(network.agrees());
    EXPECT_EQ(network[1].db.size(), network.size());
    EXPECT_EQ(network[7].db.find(node(3))->key.sequence, 5u);
  }
}

TEST(Flooder, two_halves_agree_after_they_meet_again) {
  FloodNetwork network(4, 3, 0.1);
  network.join(1, 2);
  network.join(3, 4);
  for (std::uint32_t sequence = 1; sequence <= 3; ++sequence)
    for (std::size_t id = 1; id <= 4; ++id)
      network.originate(id, sequence);
  network.run(seconds(5));
  ASSERT_EQ(network[1].db.size(), 2u);

  network.join(2, 3);
  network.run(seconds(5));

  EXPECT_TRUE(network.agrees());
  EXPECT_EQ(network[1].db.size(), 4u);
}

TEST(Flooder, two_hundred_origins_reach_a_late_joiner_within_two_seconds) {
  FloodNetwork network(2, 4, 0.05);
  for (std::uint16_t origin = 100; origin < 300; ++origin)
    network[1].db.insert(record_of(NodeId(origin), 1), network.now);

  network.join(1, 2);
  network.run(seconds(2));

  EXPECT_TRUE(network.agrees());
  EXPECT_EQ(network[2].db.size(), 200u);
}

TEST(Flooder, each_new_record_is_verified_once_and_a_forged_one_goes_no_further) {
  FloodNetwork network(3, 5, 0);
  network.join(1, 2);
  network.join(2, 3);
  network.join(1, 3);
  network.run(seconds(1));
  network.originate(1, 1);
  network.run(seconds(1));
  EXPECT_EQ(network[2].verifier.asked, 1);
  EXPECT_EQ(network[3].verifier.asked, 1);

  network.part(1, 3);
  network[2].verifier.forged = {node(1)};
  network.originate(1, 2);
  network.run(seconds(1));

  EXPECT_EQ(network[2].db.find(node(1))->key.sequence, 1u);
  EXPECT_EQ(network[3].db.find(node(1))->key.sequence, 1u);
  EXPECT_EQ(network[2].flooder.counters().forged, 1u);
}

TEST(Flooder, a_quiet_network_exchanges_fingerprints_only) {
  FloodNetwork network(2, 6, 0);
  network.join(1, 2);
  network.originate(1, 1);
  network.run(seconds(5));
  const std::uint64_t before = network.messages;

  network.run(seconds(100));

  EXPECT_LE(network.messages - before, 22u);
}

TEST(Flooder, a_node_that_restarted_learns_that_its_old_record_lives) {
  FloodNetwork network(2, 7, 0);
  network[2].db.insert(record_of(node(1), 40, 9), network.now);
  network[1].flooder.originate(record_of(node(1), 1, 2), network.now);

  network.join(1, 2);
  network.run(seconds(1));
  EXPECT_EQ(network[1].db.epoch_seen_for_self(), 9u);

  network[1].flooder.originate(record_of(node(1), 1, 10), network.now);
  network.run(seconds(1));
  EXPECT_TRUE(network.agrees());
}

TEST(Flooder, refuses_strangers_and_malformed_messages) {
  FloodNetwork network(2, 8, 0);
  const ByteVector garbage = {1, 200, 0, 0};

  network[1].flooder.receive(node(2), garbage, network.now);
  network[1].flooder.add_neighbor(node(2), milliseconds(10), network.now);
  network[1].flooder.receive(node(2), garbage, network.now);

  EXPECT_EQ(network[1].flooder.counters().from_strangers, 1u);
  EXPECT_EQ(network[1].flooder.counters().malformed, 1u);
}

TEST(Flooder, retransmits_until_acknowledged_and_backs_off) {
  LinkStateDb db(node(1), 10);
  CountingVerifier verifier;
  Flooder flooder(db, verifier);
  Instant now{};
  flooder.add_neighbor(node(2), milliseconds(200), now);
  flooder.receive(node(2), *encode(FloodPayload(FloodDigest{.first = node(0), .last = node(0xffff)})), now);
  while (flooder.poll()) {
  }

  flooder.originate(record_of(node(1), 1), now);
  std::vector<double> sent_at_ms;
  for (int timeout = 0; timeout < 20 && sent_at_ms.size() < 4; ++timeout) {
    while (auto message = flooder.poll())
      if (message->bytes[0] == 1) sent_at_ms.push_back(overlay::to_ms(now.time_since_epoch()));
    now = flooder.next_timeout();
    flooder.advance(now);
  }

  EXPECT_EQ(sent_at_ms, (std::vector<double>{0, 250, 750, 1750}));
  flooder.receive(node(2), *encode(FloodPayload(FloodAck{{{node(1), 1, 1}}})), now);
  EXPECT_GE(flooder.next_timeout() - now, seconds(4));
}

TEST(FloodMessage, what_is_encoded_is_decoded) {
  const std::vector<LinkStateKey> keys = {{node(3), 7, 1}, {node(9), 1, 2}};
  const std::vector<FloodPayload> payloads = {FloodUpdate{{testing::sample_record()}}, FloodAck{keys},
                                              FloodDigest{node(2), node(9), keys}, FloodRequest{keys},
                                              FloodSummary{0x1234}};

  for (const FloodPayload& payload : payloads) {
    const auto bytes = encode(payload);
    ASSERT_TRUE(bytes);
    const auto decoded = decode_flood_message(*bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, payload);
    for (std::size_t size = 0; size < bytes->size(); ++size)
      EXPECT_FALSE(decode_flood_message(Bytes(*bytes).first(size)));
  }
}

TEST(FloodMessage, a_digest_that_leaves_its_range_is_refused) {
  EXPECT_FALSE(decode_flood_message(*encode(FloodPayload(FloodDigest{node(5), node(9), {{node(4), 1, 1}}}))));
  EXPECT_FALSE(decode_flood_message(*encode(FloodPayload(FloodDigest{node(9), node(5), {}}))));
}

}  // namespace flooder_test
}  // namespace routing
