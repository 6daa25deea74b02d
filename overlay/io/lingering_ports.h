// Closed ports whose sockets stay bound for a while, for the next owner of the port: creating and closing the
// socket is the most expensive part of opening a port. Bounded; the oldest ports are closed when their time
// is over. Belongs to one thread.
//
// This class does not choose ports: relay ports are drawn at random from the whole range (RFC 8656 section
// 7.2). The more ports are opened per second, the more of the drawn ports are found here.
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
  // The number of relay ports by default. A UDP socket needs about 3 KiB of kernel memory.
  static constexpr std::size_t kMost = 16'384;
  // Ports closed in one call, so that many expired ports do not cause a burst of work.
  static constexpr std::size_t kMostAtOnce = 16;

  // `duration`: how long a port stays bound. 0 disables lingering.
  explicit LingeringPorts(Duration duration) : duration_(duration) {}

  [[nodiscard]] bool has_room() const { return duration_ > Duration{} && by_local_.size() < kMost; }
  [[nodiscard]] bool is_empty() const { return by_local_.empty(); }
  [[nodiscard]] std::size_t size() const { return by_local_.size(); }

  // Requires has_room(), and that the port is not here already.
  void add(const Endpoint& local, std::unique_ptr<Port> port, Instant now) {
    by_age_.push_back({.local = local, .until = now + duration_});
    by_local_.emplace(local, Entry{.port = std::move(port), .age = std::prev(by_age_.end())});
  }
  // nullptr when the port is not here.
  [[nodiscard]] std::unique_ptr<Port> take(const Endpoint& local) {
    const auto found = by_local_.find(local);
    if (found == by_local_.end()) return nullptr;
    std::unique_ptr<Port> port = std::move(found->second.port);
    by_age_.erase(found->second.age);
    by_local_.erase(found);
    return port;
  }
  // Closes at most kMostAtOnce of the oldest ports that expire by `limit`. kNever: regardless of their time.
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
