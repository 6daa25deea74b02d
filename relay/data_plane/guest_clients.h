// Clients on UDP and DTLS whose allocation is at another data plane than the one to which the kernel gives
// their datagrams: they claimed a port that the other keeps (RESERVATION-TOKEN). All data planes of a node
// share this, on any thread. An entry lasts as long as its allocation; mostly there are none, and then asking
// costs one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "relay/turn/turn_server.h"

namespace relay {

class GuestClients {
 public:
  // Data planes, by their cores.
  struct Way {
    std::size_t reached = 0;  // by the client's datagrams
    std::size_t host = 0;     // has its allocation
    bool operator==(const Way&) const = default;
  };

  [[nodiscard]] bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }

  void add(const FiveTuple& client, const Way& way) {
    const std::lock_guard lock(mutex_);
    ways_by_client_[client] = way;
    count_.store(ways_by_client_.size(), std::memory_order_relaxed);
  }

  void remove(const FiveTuple& client) {
    if (empty()) return;
    const std::lock_guard lock(mutex_);
    ways_by_client_.erase(client);
    count_.store(ways_by_client_.size(), std::memory_order_relaxed);
  }

  [[nodiscard]] std::optional<Way> find(const FiveTuple& client) const {
    if (empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto found = ways_by_client_.find(client);
    if (found == ways_by_client_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<FiveTuple, Way> ways_by_client_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace relay
