// Items with a due time, earliest first. Items with the same due time keep the order of the calls. Bounded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "overlay/base/check.h"
#include "overlay/base/time.h"

namespace wan {

template <typename T>
class DelayQueue {
 public:
  explicit DelayQueue(std::size_t capacity) : capacity_(capacity) { heap_.reserve(capacity); }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  // kNever when the queue is empty.
  [[nodiscard]] overlay::Instant next_due() const {
    return heap_.empty() ? overlay::kNever : heap_.front().due;
  }

  // The caller does not exceed the capacity.
  void push(overlay::Instant due, T item) {
    DCHECK(heap_.size() < capacity_);
    heap_.push_back({due, order_++, item});
    std::push_heap(heap_.begin(), heap_.end(), is_later);
  }

  // Removes and returns the first item that is due at `now`; nullopt when no item is due.
  [[nodiscard]] std::optional<T> pop_due(overlay::Instant now) {
    if (next_due() > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    const T item = heap_.back().item;
    heap_.pop_back();
    return item;
  }

 private:
  struct Entry {
    overlay::Instant due;
    std::uint64_t order;
    T item;
  };
  [[nodiscard]] static bool is_later(const Entry& a, const Entry& b) {
    return a.due != b.due ? a.due > b.due : a.order > b.order;
  }

  std::size_t capacity_;
  std::uint64_t order_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace wan
