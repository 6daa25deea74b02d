#include "routing/flooder.h"

#include <algorithm>
#include <span>
#include <utility>

#include "overlay/base/check.h"

namespace routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRtoSlack = milliseconds(50);
constexpr Duration kMinRto = milliseconds(100);
constexpr Duration kMaxBackoff = seconds(5);
constexpr Duration kSummaryInterval = seconds(10);
constexpr std::size_t kMaxInFlight = 64;  // records to one neighbor, so that a new neighbor is not flooded
constexpr std::size_t kMaxOutbox = 4096;  // messages
constexpr NodeId kLastNode(0xffff);

Duration rto_for(Duration rtt) {
  return std::max(kMinRto, rtt + kRtoSlack);
}

Duration doubled(Duration backoff) {
  return std::min(kMaxBackoff, 2 * backoff);
}

}  // namespace

void Flooder::add_neighbor(NodeId id, Duration rtt, Instant now) {
  Neighbor& neighbor = neighbors_[id] = Neighbor{};
  neighbor.rto = rto_for(rtt);
  neighbor.greet_backoff = neighbor.rto;
  greet(id, neighbor, now);
}

void Flooder::remove_neighbor(NodeId neighbor) {
  neighbors_.erase(neighbor);
}

void Flooder::set_rtt(NodeId id, Duration rtt) {
  if (const auto found = neighbors_.find(id); found != neighbors_.end()) found->second.rto = rto_for(rtt);
}

void Flooder::originate(LinkStateRecord record, Instant now) {
  db_.originate(std::move(record), now);
  offer_to_all_but(kNoNode, db_.self(), now);
  advance(now);
}

Flooder::Received Flooder::receive(NodeId from, Bytes message, Instant now) {
  ++counters_.messages_received;
  Received received;
  const auto found = neighbors_.find(from);
  if (found == neighbors_.end()) {
    ++counters_.from_strangers;
    return received;
  }
  const Result<FloodPayload> payload = decode_flood_message(message);
  if (!payload) {
    ++counters_.malformed;
    return received;
  }
  const auto dispatch = [&](const auto& body) { receive(from, found->second, body, now, received); };
  std::visit(dispatch, *payload);
  advance(now);
  return received;
}

void Flooder::receive(NodeId from, Neighbor& neighbor, const FloodUpdate& update, Instant now,
                      Received& received) {
  std::vector<LinkStateKey> acks;
  for (const LinkStateRecord& record : update.records) {
    receive_record(from, neighbor, record, now, received);
    acks.push_back(record.key);
  }
  send_keys<FloodAck>(from, acks);
}

// The sender may stop its retransmissions in every case.
void Flooder::receive_record(NodeId from, Neighbor& neighbor, const LinkStateRecord& record, Instant now,
                             Received& received) {
  using enum LinkStateDb::Outcome;
  ++counters_.records_received;
  const LinkStateDb::Outcome outcome = db_.judge(record);
  if (outcome == kKnown || outcome == kStored) settle(neighbor, record.key);
  if (outcome == kStale) offer(neighbor, record.origin(), now);
  if (outcome != kStored && outcome != kOwnFromBefore) return count_unused(outcome);
  if (!verifier_.verify(record)) {
    ++counters_.forged;
    return;
  }
  db_.insert(record, now);
  if (outcome == kOwnFromBefore) {
    ++counters_.own_from_before;
    received.own_from_before = true;
    return;
  }
  ++counters_.stored;
  received.changed.push_back(record.origin());
  offer_to_all_but(from, record.origin(), now);
}

void Flooder::count_unused(LinkStateDb::Outcome outcome) {
  using enum LinkStateDb::Outcome;
  if (outcome == kKnown) ++counters_.duplicates;
  if (outcome == kStale) ++counters_.stale;
  if (outcome == kExpired) ++counters_.expired;
  if (outcome == kFull) ++counters_.refused_full;
}

void Flooder::receive(NodeId, Neighbor& neighbor, const FloodAck& ack, Instant, Received&) {
  for (const LinkStateKey& key : ack.keys)
    settle(neighbor, key);
}

void Flooder::receive(NodeId from, Neighbor& neighbor, const FloodDigest& digest, Instant now, Received&) {
  const std::vector<LinkStateKey> ours = db_.digest();
  const auto first = std::ranges::lower_bound(ours, digest.first, {}, &LinkStateKey::origin);
  const auto last = std::ranges::upper_bound(ours, digest.last, {}, &LinkStateKey::origin);
  std::span<const LinkStateKey> mine(first, last);
  std::span<const LinkStateKey> theirs(digest.keys);
  std::vector<LinkStateKey> wanted;
  while (!mine.empty() || !theirs.empty()) {
    const bool only_mine = theirs.empty() || (!mine.empty() && mine.front().origin < theirs.front().origin);
    const bool only_theirs = !only_mine && (mine.empty() || theirs.front().origin < mine.front().origin);
    if (only_mine || (!only_theirs && mine.front() > theirs.front()))
      offer(neighbor, mine.front().origin, now);
    else if (only_theirs || theirs.front() > mine.front())
      wanted.push_back(theirs.front());
    else
      settle(neighbor, theirs.front());
    if (!only_theirs) mine = mine.subspan(1);
    if (!only_mine) theirs = theirs.subspan(1);
  }
  if (digest.last == kLastNode) neighbor.has_met = true;
  send_keys<FloodRequest>(from, wanted);
}

void Flooder::receive(NodeId, Neighbor& neighbor, const FloodRequest& request, Instant now, Received&) {
  for (const LinkStateKey& key : request.keys)
    offer(neighbor, key.origin, now);
}

void Flooder::receive(NodeId from, Neighbor& neighbor, const FloodSummary& summary, Instant, Received&) {
  if (summary.fingerprint == db_.fingerprint())
    neighbor.has_met = true;
  else
    send_digest(from);
}

void Flooder::offer(Neighbor& neighbor, NodeId origin, Instant now) {
  const LinkStateRecord* record = db_.find(origin);
  if (record == nullptr) return;
  const auto [entry, is_new] = neighbor.unacked_by_origin.try_emplace(origin);
  if (!is_new && entry->second.key == record->key) return;
  if (entry->second.sent) --neighbor.in_flight;
  entry->second = Unacked{.key = record->key, .due = now, .backoff = neighbor.rto};
}

void Flooder::offer_to_all_but(NodeId source, NodeId origin, Instant now) {
  for (auto& [id, neighbor] : neighbors_)
    if (id != source && id != origin) offer(neighbor, origin, now);
}

void Flooder::settle(Neighbor& neighbor, const LinkStateKey& key) {
  const auto found = neighbor.unacked_by_origin.find(key.origin);
  if (found == neighbor.unacked_by_origin.end() || found->second.key > key) return;
  if (found->second.sent) --neighbor.in_flight;
  neighbor.unacked_by_origin.erase(found);
}

void Flooder::advance(Instant now) {
  for (auto& [id, neighbor] : neighbors_) {
    if (neighbor.greet_due <= now) greet(id, neighbor, now);
    send_due_updates(id, neighbor, now);
  }
}

Instant Flooder::next_timeout() const {
  Instant next = kNever;
  for (const auto& [id, neighbor] : neighbors_) {
    next = std::min(next, neighbor.greet_due);
    for (const auto& [origin, unacked] : neighbor.unacked_by_origin)
      if (unacked.sent) next = std::min(next, unacked.due);
  }
  return next;
}

std::optional<FloodMessage> Flooder::poll() {
  if (outbox_.empty()) return std::nullopt;
  FloodMessage message = std::move(outbox_.front());
  outbox_.pop_front();
  return message;
}

// Before the digest of the neighbor arrives: sends our whole digest, with increasing delays. After that:
// fingerprints.
void Flooder::greet(NodeId to, Neighbor& neighbor, Instant now) {
  if (neighbor.has_met) {
    send(to, FloodSummary{db_.fingerprint()});
    neighbor.greet_due = now + kSummaryInterval;
    return;
  }
  send_digest(to);
  neighbor.greet_due = now + neighbor.greet_backoff;
  neighbor.greet_backoff = doubled(neighbor.greet_backoff);
}

void Flooder::send_due_updates(NodeId to, Neighbor& neighbor, Instant now) {
  FloodUpdate update;
  std::size_t size = 2;
  for (auto entry = neighbor.unacked_by_origin.begin(); entry != neighbor.unacked_by_origin.end();) {
    auto& [origin, unacked] = *entry;
    if (db_.find(origin) == nullptr) {  // the record has expired
      if (unacked.sent) --neighbor.in_flight;
      entry = neighbor.unacked_by_origin.erase(entry);
      continue;
    }
    ++entry;
    if (unacked.due > now || (!unacked.sent && neighbor.in_flight >= kMaxInFlight)) continue;
    if (unacked.sent) ++counters_.retransmissions;
    if (!unacked.sent) ++neighbor.in_flight;
    unacked.sent = true;
    unacked.due = now + unacked.backoff;
    unacked.backoff = doubled(unacked.backoff);

    LinkStateRecord record = db_.record_at(origin, now);
    const std::size_t record_size = 2 + encoded_size(record);
    if (size + record_size > kMaxFloodMessageBytes) {
      send(to, std::exchange(update, {}));
      size = 2;
    }
    size += record_size;
    update.records.push_back(std::move(record));
  }
  if (!update.records.empty()) send(to, std::move(update));
}

// Uses as many messages as necessary; together they cover all possible origins.
void Flooder::send_digest(NodeId to) {
  const std::vector<LinkStateKey> keys = db_.digest();
  NodeId first = kNoNode;
  for (std::size_t begin = 0;; begin += kMaxKeysPerMessage) {
    const std::size_t end = std::min(begin + kMaxKeysPerMessage, keys.size());
    const bool is_last = end == keys.size();
    FloodDigest digest{.first = first, .last = is_last ? kLastNode : keys[end - 1].origin};
    for (std::size_t i = begin; i < end; ++i)
      digest.keys.push_back(keys[i]);
    send(to, std::move(digest));
    if (is_last) return;
    first = NodeId(static_cast<std::uint16_t>(keys[end - 1].origin.value() + 1));
  }
}

template <typename Message>
void Flooder::send_keys(NodeId to, const std::vector<LinkStateKey>& keys) {
  for (std::size_t begin = 0; begin < keys.size(); begin += kMaxKeysPerMessage) {
    const auto chunk = std::span(keys).subspan(begin, std::min(kMaxKeysPerMessage, keys.size() - begin));
    send(to, Message{{chunk.begin(), chunk.end()}});
  }
}

void Flooder::send(NodeId to, const FloodPayload& payload) {
  if (outbox_.size() >= kMaxOutbox) {
    ++counters_.outbox_overflows;
    return;
  }
  Result<ByteVector> bytes = encode(payload);
  CHECK(bytes.has_value());
  outbox_.push_back({to, *std::move(bytes)});
}

}  // namespace routing
