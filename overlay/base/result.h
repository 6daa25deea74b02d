// A small subset of C++23's std::expected, with its member names, for operations that may fail.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "overlay/base/check.h"

namespace overlay {

// The message says what failed, where, and what to do. An operator reads it.
struct Error {
  std::string message;
};

template <typename E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  [[nodiscard]] E& error() & { return error_; }
  [[nodiscard]] E&& error() && { return std::move(error_); }

 private:
  E error_;
};

[[nodiscard]] inline Unexpected<Error> failure(std::string message) {
  return Unexpected(Error{std::move(message)});
}

struct Success {
  constexpr bool operator==(const Success&) const = default;
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Unexpected<E> unexpected)                           // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(unexpected).error()) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const E& error() const {
    CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] T value_or(T fallback) const& { return has_value() ? value() : std::move(fallback); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

using Status = Result<Success>;
[[nodiscard]] inline Status ok() {
  return Success{};
}

}  // namespace overlay
