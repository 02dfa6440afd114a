#include "app/cloud/table_counters.h"

#include <algorithm>
#include <map>

#include "app/counters.h"

namespace footfall {
namespace {

bool counts_views(std::string_view key) { return key.starts_with('/') || key == total_key || key == other_key; }

std::uint64_t counted(const Item& item) {
  const auto number = item.number("n");
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

}  // namespace

Result<std::optional<std::uint64_t>> TableCounters::value(std::string_view site, std::string_view key) {
  if (counts_views(key)) return page_views_.of(site, key);
  const auto item = table_.get(increments_key(site, key, crypto_));
  if (!item) return item.error();
  return *item ? std::optional(counted(**item)) : std::optional<std::uint64_t>{};
}

Result<std::vector<CounterValue>> TableCounters::all(std::string_view site) {
  const auto pages = page_views_.all(site);
  if (!pages) return pages.error();
  ItemQuery query;
  query.partition = increments_key(site, total_key, crypto_).pk;
  const auto items = table_.query(query);
  if (!items) return items.error();
  std::map<std::string, std::uint64_t> values(pages->begin(), pages->end());
  for (const Item& item : *items) values[std::string(item.text("key"))] += counted(item);
  std::vector<CounterValue> counters;
  counters.reserve(values.size());
  for (auto& [key, value] : values) counters.push_back({std::string(site), key, value});
  std::stable_partition(counters.begin(), counters.end(), [](const CounterValue& one) { return one.key == total_key; });
  return counters;
}

Result<std::uint64_t> TableCounters::increment(std::string_view site, std::string_view key, std::uint64_t by) {
  if (counts_views(key)) {
    return Error{ErrorCode::unsupported,
                 "the counter of a page counts its views, and is not incremented where visits rest in DynamoDB", "key"};
  }
  if (by == 0 || by > addition_max) {
    return Error{ErrorCode::too_large, "'by' is at most " + std::to_string(addition_max) + " here", "by"};
  }
  const auto value =
      table_.add({increments_key(site, key, crypto_), static_cast<std::int64_t>(by), {{"key", std::string(key)}}});
  if (!value) return value.error();
  return static_cast<std::uint64_t>(*value);
}

}  // namespace footfall
