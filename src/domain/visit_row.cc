#include "domain/visit_row.h"

#include <array>

namespace footfall {
namespace {

// By the number of the TopBy.
constexpr std::array<std::string_view, 12> top_by_names{"ip",       "path",       "session", "visitor",
                                                        "referrer", "user_agent", "event",   "country",
                                                        "browser",  "os",         "device",  "source"};
static_assert(top_by_names.size() == static_cast<std::size_t>(TopBy::source) + 1);

}  // namespace

std::string_view name_of(TopBy by) { return top_by_names.at(static_cast<std::size_t>(by)); }

std::optional<TopBy> top_by_named(std::string_view name) {
  for (std::size_t i = 0; i < top_by_names.size(); ++i) {
    if (top_by_names[i] == name) return static_cast<TopBy>(i);
  }
  return std::nullopt;
}

}  // namespace footfall
