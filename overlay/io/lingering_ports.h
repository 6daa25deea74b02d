// Ports that were closed a moment ago and whose sockets are still bound, for the next to open one of them: a
// socket costs more to make and to close than everything else that opening a port takes. Bounded; the oldest
// are given up when their time is over. Of one thread.
//
// Which port is opened next is not decided here, and not by what lingers: relay ports are drawn from their
// whole range by chance, as ever (RFC 8656 section 7.2). The more ports are opened in a second, the more of
// those drawn are found here.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"

namespace overlay {

template <typename Port>
class LingeringPorts {
 public:
  // All ports that are relay ports by default. A UDP socket takes the kernel about 3 KiB.
  static constexpr std::size_t kMost = 16'384;
  // Given up in one call, so that a burst of closed ports is no burst of work later.
  static constexpr std::size_t kMostAtOnce = 16;

  // `duration`: how long a port stays; zero: none does.
  explicit LingeringPorts(Duration duration) : duration_(duration) {}

  [[nodiscard]] bool has_room() const { return duration_ > Duration{} && by_local_.size() < kMost; }
  [[nodiscard]] bool is_empty() const { return by_local_.empty(); }
  [[nodiscard]] std::size_t size() const { return by_local_.size(); }

  // With room, and not one that is here already.
  void add(const Endpoint& local, std::unique_ptr<Port> port, Instant now) {
    by_age_.push_back({.local = local, .until = now + duration_});
    by_local_.emplace(local, Entry{.port = std::move(port), .age = std::prev(by_age_.end())});
  }
  // Nothing when it is not here.
  [[nodiscard]] std::unique_ptr<Port> take(const Endpoint& local) {
    const auto found = by_local_.find(local);
    if (found == by_local_.end()) return nullptr;
    std::unique_ptr<Port> port = std::move(found->second.port);
    by_age_.erase(found->second.age);
    by_local_.erase(found);
    return port;
  }
  // Of the oldest, those whose time is over by then: some of all with kNever.
  void give_up_until(Instant limit) {
    for (std::size_t i = 0; i < kMostAtOnce && !by_age_.empty() && by_age_.front().until <= limit; ++i)
      (void)take(by_age_.front().local);
  }

 private:
  struct Age {
    Endpoint local;
    Instant until;
  };
  struct Entry {
    std::unique_ptr<Port> port;
    typename std::list<Age>::iterator age;
  };

  const Duration duration_;
  std::list<Age> by_age_;  // oldest first
  std::unordered_map<Endpoint, Entry> by_local_;
};

}  // namespace overlay
