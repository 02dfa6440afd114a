#include "domain/hit.h"

#include <array>

namespace footfall {
namespace {

constexpr std::array<std::string_view, 6> kind_names{"load", "cached", "restored", "soft", "prerendered", "event"};
constexpr std::array<std::string_view, 5> source_names{"edge", "script", "pixel", "api", "log"};

template <typename Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Kind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(Source source) { return source_names.at(static_cast<std::size_t>(source)); }
std::optional<Kind> kind_named(std::string_view name) { return named<Kind>(kind_names, name); }
std::optional<Source> source_named(std::string_view name) { return named<Source>(source_names, name); }

}  // namespace footfall
