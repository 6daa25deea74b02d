// SIGTERM and SIGINT as events of a loop, instead of interruptions of whatever runs.
#pragma once

#include "overlay/io/event_loop.h"
#include "overlay/io/file_descriptor.h"

namespace overlay {

class TerminationSignals {
 public:
  // Blocks the signals for this thread and those that it starts later: construct it before any other thread.
  TerminationSignals();

  // From now on a signal calls the handler in the loop. One loop only; the loop outlives this object.
  void deliver_to(EventLoop& loop, Handler handler);

 private:
  FileDescriptor signals_;
  EventLoop::Watch watch_;
};

}  // namespace overlay
