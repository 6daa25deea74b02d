// The steps of TLS and DTLS handshakes of one data plane that wait for their turn. One queue serves both
// protocols. Belongs to one thread; a core.
//
// A step costs up to a millisecond of the thread that relays media. So at most one step runs in a round of
// the loop, after all datagrams of the round, and only within a budget for each second. The rest waits.
//
// Networks take turns: IPv4 /24, IPv6 /48. A network with many waiting clients delays itself, not others.
// Nothing is lost while one network waits alone, so the clients of a NAT may use the whole budget.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "overlay/base/ip_prefix.h"
#include "overlay/base/time.h"
#include "relay/admission/token_bucket.h"

namespace relay {

struct HandshakeCounters {
  std::uint64_t steps = 0;    // that ran
  std::uint64_t delayed = 0;  // of them: stood first and waited for the budget
};

class HandshakeQueue {
  struct Order {
    std::uint64_t turn;      // of its network
    std::uint64_t sequence;  // of all steps
    auto operator<=>(const Order&) const = default;
  };

 public:
  using Step = std::function<void(overlay::Instant now)>;

  // 0: no limit. A handshake counts as two steps, because the client sends two flights.
  explicit HandshakeQueue(std::uint64_t handshakes_per_second);
  HandshakeQueue(const HandshakeQueue&) = delete;
  HandshakeQueue& operator=(const HandshakeQueue&) = delete;

  // A step that waits. The destructor removes the step. Must not outlive the queue.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)), order_(other.order_) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { give_up(); }

    // False after the step has begun.
    [[nodiscard]] bool is_taken() const { return queue_ != nullptr && queue_->waiting_.contains(order_); }

   private:
    friend class HandshakeQueue;
    Place(HandshakeQueue& queue, const Order& order) : queue_(&queue), order_(order) {}
    void give_up();

    HandshakeQueue* queue_ = nullptr;
    Order order_{};
  };

  // The caller bounds the number of its places, by the number of its connections.
  [[nodiscard]] Place join(const overlay::IpAddress& client, Step step);
  // Once in each round of the loop, after its datagrams: runs at most one step.
  void serve(overlay::Instant now);
  // The time to call serve() again; kNever while no step waits.
  [[nodiscard]] overlay::Instant next_timeout() const;

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] const HandshakeCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    overlay::IpPrefix network;
    Step step;
    bool is_delayed = false;
  };
  struct Network {
    std::uint64_t last_turn = 0;
    std::size_t waiting = 0;
  };

  [[nodiscard]] Waiting take(std::map<Order, Waiting>::iterator place);

  Rate rate_;
  TokenBucket budget_;
  std::uint64_t turn_ = 0;  // of the last step that ran
  std::uint64_t sequence_ = 0;
  std::map<Order, Waiting> waiting_;
  std::map<overlay::IpPrefix, Network> networks_;  // of waiting steps
  overlay::Instant served_at_{};
  HandshakeCounters counters_;
};

}  // namespace relay
