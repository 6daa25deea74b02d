#include "relay/history/event_log.h"

#include <utility>

namespace relay {

void EventLog::record(Event event) {
  event.sequence = ++recorded_;
  events_.push_back(std::move(event));
  if (events_.size() > capacity_) events_.pop_front();
}

}  // namespace relay
