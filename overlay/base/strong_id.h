// Integers that mean one thing only: no implicit conversion, no arithmetic.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace overlay {

template <typename Tag, typename Rep>
class StrongId {
 public:
  using rep = Rep;
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  Rep value_{};
};

}  // namespace overlay

template <typename Tag, typename Rep>
struct std::hash<overlay::StrongId<Tag, Rep>> {
  std::size_t operator()(const overlay::StrongId<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
