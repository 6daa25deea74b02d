// Clients whose allocations end soon or are checked again, at most one task for each. The data plane takes a
// bounded number in a round, because an end may need a packet buffer and a check some HMACs.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "relay/turn/allocation.h"

namespace relay {

class DueClients {
 public:
  enum class Task : std::uint8_t {  // a later one includes those before
    kReviewWithGrace,
    kReview,
    kEnd,
  };
  struct Due {
    Task task{};
    AllocationEnd end{};  // with kEnd
  };

  // The client keeps the greater of two tasks.
  void add(const FiveTuple& client, Due due) {
    const auto [kept, is_new] = due_by_client_.try_emplace(client, due);
    if (!is_new && kept->second.task < due.task) kept->second = due;
  }
  // nullopt: none is due.
  [[nodiscard]] std::optional<std::pair<FiveTuple, Due>> take() {
    if (due_by_client_.empty()) return std::nullopt;
    auto first = due_by_client_.extract(due_by_client_.begin());
    return std::pair(first.key(), first.mapped());
  }
  [[nodiscard]] bool empty() const { return due_by_client_.empty(); }
  [[nodiscard]] std::size_t size() const { return due_by_client_.size(); }

 private:
  std::unordered_map<FiveTuple, Due> due_by_client_;
};

}  // namespace relay
