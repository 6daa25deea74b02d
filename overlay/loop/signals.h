// Signals as events of a loop, instead of interruptions of whatever runs.
#pragma once

#include <functional>
#include <initializer_list>

#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class Signals {
 public:
  // Blocks the signals for this thread and those that it starts later: construct it before any other thread.
  explicit Signals(std::initializer_list<int> numbers);

  // From now on a signal calls the handler in the loop. One loop only; it outlives this object, or release().
  void deliver_to(EventLoop& loop, std::function<void(int number)> handler);
  // The loop may end now. Not from within the handler.
  void release() { watch_ = {}; }

 private:
  FileDescriptor signals_;
  EventLoop::Watch watch_;
};

}  // namespace overlay
