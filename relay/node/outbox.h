// What the control plane has for one data plane: messages in order, because each may change what the next one
// means. Those that the mailbox has no room for wait here. Belongs to the control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "relay/messages/plane_messages.h"
#include "relay/node/mailbox.h"

namespace relay {

class Outbox {
 public:
  static constexpr std::size_t kMaxWaiting = 65'536;
  // The last places are for an operator's changes: one that was announced is not lost.
  static constexpr std::size_t kForChanges = 1024;

  // The mailbox outlives this.
  explicit Outbox(Mailbox<ToDataPlane>& mailbox) : mailbox_(&mailbox) {}

  // False when it is lost because too many wait.
  [[nodiscard]] bool enqueue(ToDataPlane message);
  // False when messages are still waiting.
  [[nodiscard]] bool deliver();
  // Whether a change would get its place.
  [[nodiscard]] bool takes_changes() const { return waiting_.size() < kMaxWaiting - kForChanges / 2; }

 private:
  Mailbox<ToDataPlane>* mailbox_;
  std::deque<ToDataPlane> waiting_;
};

}  // namespace relay
