// Delivers signals as events of a loop.
#pragma once

#include <functional>
#include <initializer_list>

#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class Signals {
 public:
  // Blocks the signals for this thread and for threads that it starts later: construct it before any other
  // thread.
  explicit Signals(std::initializer_list<int> numbers);

  // A signal calls the handler in the loop. Use one loop only; the loop outlives this object or release().
  void deliver_to(EventLoop& loop, std::function<void(int number)> handler);
  // The loop may end after this call. Do not call it from the handler.
  void release() { watch_ = {}; }

 private:
  FileDescriptor signals_;
  EventLoop::Watch watch_;
};

}  // namespace overlay
