#include "app/cloud/table_file.h"

namespace footfall {

Result<std::optional<std::string>> TableFile::read() {
  const auto item = table_.get(key_);
  if (!item) return item.error();
  if (!*item) {
    version_ = 0;
    return std::optional<std::string>{};
  }
  version_ = (**item).number("ver").value_or(0);
  return std::optional(std::string((**item).text("text")));
}

Result<Done> TableFile::replace(std::string_view text) {
  const std::int64_t next = version_ + 1;
  const Item item{key_, {{"text", std::string(text)}, {"ver", next}}};
  const auto put = table_.put_if(item, {version_ == 0 ? std::nullopt : std::optional(version_)});
  if (!put && put.error().code != ErrorCode::unknown_result) return put.error();
  if (!put || !*put) {
    // Ours may be what is there: an answer was lost on the way.
    const auto there = table_.get(key_);
    if (!there) return there.error();
    if (!*there || (**there).text("text") != text) {
      return Error{ErrorCode::in_use, "it was changed by someone else at the same time: try again"};
    }
    version_ = (**there).number("ver").value_or(next);
    return Done{};
  }
  version_ = next;
  return Done{};
}

std::uint64_t TableFile::revision() {
  const auto item = table_.get(key_);
  if (!item) return static_cast<std::uint64_t>(version_);  // what is known serves until it can be asked for again
  return *item ? static_cast<std::uint64_t>((**item).number("ver").value_or(0)) : 0;
}

}  // namespace footfall
