#include "relay/node/outbox.h"

#include <utility>
#include <variant>

namespace relay {
namespace {

bool is_change(const ToDataPlane& message) {
  return std::holds_alternative<ReconfigureTurn>(message) || std::holds_alternative<DrainTurn>(message) ||
         std::holds_alternative<CloseListener>(message) || std::holds_alternative<WithdrawRelayed>(message) ||
         std::holds_alternative<HostAddressesChanged>(message);
}

bool is_list_of_host(const ToDataPlane& message) {
  return std::holds_alternative<HostAddressesChanged>(message);
}

}  // namespace

bool Outbox::enqueue(ToDataPlane message) {
  if (is_list_of_host(message)) std::erase_if(waiting_, is_list_of_host);
  const std::size_t limit = is_change(message) ? kMaxWaiting : kMaxWaiting - kForChanges;
  if (waiting_.size() >= limit) return false;
  waiting_.push_back(std::move(message));
  return true;
}

bool Outbox::deliver() {
  while (!waiting_.empty() && mailbox_->send(std::move(waiting_.front())))
    waiting_.pop_front();
  return waiting_.empty();
}

}  // namespace relay
