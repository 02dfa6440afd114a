// A value, or the Error that kept it from being made.
//
// The names are those of std::expected, which Debian 12's compilers do not have in C++20. `code` is for programs and is
// what tests compare; `what` is one sentence for a person; `field` names the part of the input that was wrong.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace footfall {

enum class ErrorCode {
  invalid,         // the input is wrong; sending it again will not help
  too_large,       // the input is over a limit
  too_many,        // there are as many as there may be
  not_found,       // there is no such thing
  exists,          // there is one already
  unauthorized,    // no credentials, or unknown ones
  forbidden,       // known, but not allowed
  unavailable,     // not now; try again
  timed_out,       // took longer than it may
  unsupported,     // a known thing that is not done here
  corrupt,         // stored bytes are not what was written
  unknown_result,  // it may or may not have happened: look before trying again
  in_use,          // someone else holds it
  failed,          // the outside world refused
};

// The code as it stands in problem documents and logs, e.g. "too_large".
std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string what;
  std::string field{};
};

// What a function returns that has nothing to return but may fail.
struct Done {};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    FOOTFALL_ASSERT(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    FOOTFALL_ASSERT(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    FOOTFALL_ASSERT(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    FOOTFALL_ASSERT(!has_value());
    return std::get<1>(state_);
  }

  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

  // Goes on with the value, or passes the error along: `next` takes a T and returns a Result.
  template <typename F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::get<1>(std::move(state_));
    return std::forward<F>(next)(std::get<0>(std::move(state_)));
  }

  // The same for a `change` that cannot fail.
  template <typename F>
  auto transform(F&& change) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return std::get<1>(std::move(state_));
    return std::forward<F>(change)(std::get<0>(std::move(state_)));
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace footfall
