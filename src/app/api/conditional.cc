#include "app/api/conditional.h"

#include "base/text.h"
#include "base/time.h"

namespace footfall {
namespace {

enum class Compare { weak, strong };

// Takes one entity tag from the front of `list`; nothing if there is none.
struct EntityTag {
  std::string_view opaque;  // with its quotes
  bool is_weak = false;
};
std::optional<EntityTag> take_tag(std::string_view& list) {
  EntityTag tag;
  tag.is_weak = list.starts_with("W/");
  if (tag.is_weak) list.remove_prefix(2);
  if (!list.starts_with('"')) return std::nullopt;
  const std::size_t end = list.find('"', 1);  // a comma may stand inside
  if (end == std::string_view::npos) return std::nullopt;
  tag.opaque = list.substr(0, end + 1);
  list.remove_prefix(end + 1);
  return tag;
}

bool matches(const EntityTag& tag, std::string_view etag, Compare how) {
  return tag.opaque == etag && (how == Compare::weak || !tag.is_weak);
}

// One header line: "*" or a list of entity tags.
bool line_matches(std::string_view list, std::string_view etag, Compare how) {
  if (trim(list) == "*") return true;
  while (true) {
    while (!list.empty() && (list.front() == ' ' || list.front() == '\t' || list.front() == ',')) list.remove_prefix(1);
    const auto tag = take_tag(list);
    if (!tag) return false;
    if (matches(*tag, etag, how)) return true;
  }
}

// None: the header was not sent.
std::optional<bool> any_line_matches(const Request& request, std::string_view name, std::string_view etag,
                                     Compare how) {
  std::optional<bool> found;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    found = found.value_or(false) || line_matches(header.value, etag, how);
  }
  return found;
}

// None: not sent, sent twice, or not a date.
std::optional<std::chrono::sys_seconds> date_in(const Request& request, std::string_view name,
                                                const Validators& validators) {
  std::optional<std::string_view> only;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    if (only) return std::nullopt;
    only = header.value;
  }
  if (!only || !validators.modified) return std::nullopt;
  // A date with a year of two digits is about the file: its own date says which century is meant.
  return parse_http_date(trim(*only), *validators.modified);
}

}  // namespace

Precondition check_preconditions(const Request& request, const Validators& now) {
  if (const auto match = any_line_matches(request, "if-match", now.etag, Compare::strong)) {
    if (!*match) return Precondition::failed;
  } else if (const auto date = date_in(request, "if-unmodified-since", now)) {
    if (*now.modified > *date) return Precondition::failed;
  }
  if (const auto match = any_line_matches(request, "if-none-match", now.etag, Compare::weak)) {
    return *match ? Precondition::not_modified : Precondition::holds;
  }
  const auto date = date_in(request, "if-modified-since", now);
  return date && *now.modified <= *date ? Precondition::not_modified : Precondition::holds;
}

bool may_send_part(const Request& request, const Validators& now) {
  if (!request.has_header("if-range")) return true;
  std::string_view given = trim(request.header("if-range"));
  if (given.starts_with('"') || given.starts_with("W/")) {
    const auto tag = take_tag(given);
    return tag && given.empty() && matches(*tag, now.etag, Compare::strong);
  }
  const auto date = date_in(request, "if-range", now);
  return date && now.date_is_exact && *date == *now.modified;
}

}  // namespace footfall
