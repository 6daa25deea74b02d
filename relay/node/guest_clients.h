// Clients on UDP whose allocation is at another data plane than the one to which the kernel gives their
// datagrams: they claimed a port that the other keeps (RESERVATION-TOKEN). All data planes of a node share
// this, on any thread. An entry lasts as long as its allocation; mostly there are none, and then asking costs
// one load.
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
  [[nodiscard]] bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }

  void add(const FiveTuple& client, std::size_t host) {
    const std::lock_guard lock(mutex_);
    hosts_by_client_[client] = host;
    count_.store(hosts_by_client_.size(), std::memory_order_relaxed);
  }

  void remove(const FiveTuple& client) {
    if (empty()) return;
    const std::lock_guard lock(mutex_);
    hosts_by_client_.erase(client);
    count_.store(hosts_by_client_.size(), std::memory_order_relaxed);
  }

  // The data plane that has the client's allocation, if it is a guest there.
  [[nodiscard]] std::optional<std::size_t> host_of(const FiveTuple& client) const {
    if (empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto found = hosts_by_client_.find(client);
    if (found == hosts_by_client_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<FiveTuple, std::size_t> hosts_by_client_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace relay
