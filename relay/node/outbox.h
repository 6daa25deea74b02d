// Messages of the control plane for one data plane, in order, because a message may depend on earlier ones.
// Messages wait here while the mailbox is full. Belongs to the control thread.
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
  // The last places are reserved for changes by an operator, which are announced, and for the newest list of
  // the host's addresses, which replaces an older list: neither is lost.
  static constexpr std::size_t kForChanges = 1024;

  // The mailbox outlives this object.
  explicit Outbox(Mailbox<ToDataPlane>& mailbox) : mailbox_(&mailbox) {}

  // False when the message is discarded, because too many wait.
  [[nodiscard]] bool enqueue(ToDataPlane message);
  // False when messages still wait.
  [[nodiscard]] bool deliver();
  // True when a change would find room.
  [[nodiscard]] bool takes_changes() const { return waiting_.size() < kMaxWaiting - kForChanges / 2; }

 private:
  Mailbox<ToDataPlane>* mailbox_;
  std::deque<ToDataPlane> waiting_;
};

}  // namespace relay
