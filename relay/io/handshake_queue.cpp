#include "relay/io/handshake_queue.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace relay {
namespace {

constexpr std::uint64_t kStepsOfHandshake = 2;

overlay::IpPrefix network_of(const overlay::IpAddress& client) {
  return overlay::IpPrefix::around(client, client.is_v6() ? 48 : 24);
}

}  // namespace

HandshakeQueue::HandshakeQueue(std::uint64_t handshakes_per_second)
    : rate_(RateLimit{.per_second = kStepsOfHandshake * handshakes_per_second,
                      .burst = handshakes_per_second}) {}

HandshakeQueue::Place& HandshakeQueue::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  give_up();
  queue_ = std::exchange(other.queue_, nullptr);
  order_ = other.order_;
  return *this;
}

void HandshakeQueue::Place::give_up() {
  if (HandshakeQueue* const queue = std::exchange(queue_, nullptr))
    if (const auto place = queue->waiting_.find(order_); place != queue->waiting_.end())
      (void)queue->take(place);
}

// The steps of one network get consecutive turns, from the turn that is being served.
HandshakeQueue::Place HandshakeQueue::join(const overlay::IpAddress& client, Step step) {
  const overlay::IpPrefix network = network_of(client);
  Network& own = networks_[network];
  own.last_turn = std::max(own.last_turn, turn_) + 1;
  ++own.waiting;
  const Order order{.turn = own.last_turn, .sequence = ++sequence_};
  waiting_.emplace(order, Waiting{.network = network, .step = std::move(step)});
  return {*this, order};
}

HandshakeQueue::Waiting HandshakeQueue::take(std::map<Order, Waiting>::iterator place) {
  Waiting taken = std::move(place->second);
  waiting_.erase(place);
  const auto network = networks_.find(taken.network);
  CHECK(network != networks_.end());
  if (--network->second.waiting == 0) networks_.erase(network);
  return taken;
}

void HandshakeQueue::serve(overlay::Instant now) {
  served_at_ = now;
  if (waiting_.empty()) return;
  const auto first = waiting_.begin();
  if (!rate_.is_unlimited() && !budget_.take(rate_, 1, now)) {
    first->second.is_delayed = true;
    return;
  }
  turn_ = first->first.turn;
  const Waiting next = take(first);
  ++counters_.steps;
  if (next.is_delayed) ++counters_.delayed;
  next.step(now);
}

overlay::Instant HandshakeQueue::next_timeout() const {
  if (waiting_.empty()) return overlay::kNever;
  return rate_.is_unlimited() ? served_at_ : std::max(served_at_, budget_.next_at(rate_, 1));
}

}  // namespace relay
