// The initiations that left this node lately. Responses and cookies that answer none of them are not for this
// node: their senders guess.
#pragma once

#include <deque>
#include <unordered_map>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"

namespace relay {

class AwaitedAnswers {
 public:
  // An initiation is repeated with another index long before.
  static constexpr overlay::Duration kLifetime = std::chrono::seconds(10);
  static constexpr std::size_t kMaxInitiations = 4096;
  // A cookie or a response may be repeated by the network.
  static constexpr int kMaxAnswers = 8;

  // `initiator`: the index in the initiation. The oldest one gives way when there is no room.
  void expect(overlay::SessionIndex initiator, overlay::Instant now);
  // True when an answer to this index may pass; then it is counted.
  [[nodiscard]] bool take(overlay::SessionIndex initiator, overlay::Instant now);

 private:
  struct Sent {
    overlay::SessionIndex initiator;
    overlay::Instant at;
  };
  void forget_first();

  std::deque<Sent> sent_;  // in the order of time
  std::unordered_map<overlay::SessionIndex, int> answers_left_;
};

}  // namespace relay
