// A number or text that cannot be mistaken for another one of the same representation.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace footfall {

// Explicit in, `.value()` out. `Tag` is a type that exists only to tell one Strong from another.
template <typename Tag, typename T>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}
  [[nodiscard]] constexpr const T& value() const { return value_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

}  // namespace footfall

template <typename Tag, typename T>
struct std::hash<footfall::Strong<Tag, T>> {
  std::size_t operator()(const footfall::Strong<Tag, T>& strong) const { return std::hash<T>{}(strong.value()); }
};
