#include "domain/drop_reason.h"

#include <algorithm>

namespace footfall {
namespace {

constexpr std::array<std::string_view, drop_reasons> names{
    "unknown_site", "foreign_origin", "foreign_referrer", "cross_site", "no_token",
    "bad_token",    "expired_token",  "replayed",         "dnt",        "gpc"};

}  // namespace

std::string_view name_of(DropReason reason) { return names.at(static_cast<std::size_t>(reason)); }

std::optional<DropReason> drop_reason_named(std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<DropReason>(found - names.begin());
}

bool is_kept(DropReason reason) {
  return reason != DropReason::unknown_site && reason != DropReason::dnt && reason != DropReason::gpc;
}

}  // namespace footfall
