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
  std::optional<std::uint64_t> value;
  const auto add = [&](const ItemKey& where) -> Result<Done> {
    const auto item = table_.get(where);
    if (!item) return item.error();
    if (*item) value = value.value_or(0) + counted(**item);
    return Done{};
  };
  if (!counts_views(key)) {
    if (auto added = add(increments_key(site, key, crypto_)); !added) return added.error();
    return value;
  }
  for (unsigned shard = 0; shard < layout_.counter_shards; ++shard) {
    if (auto added = add(views_key(site, key, shard, crypto_)); !added) return added.error();
  }
  return value;
}

Result<std::vector<CounterValue>> TableCounters::all(std::string_view site) {
  std::map<std::string, std::uint64_t> values;
  const auto add_all = [&](std::string partition) -> Result<Done> {
    ItemQuery query;
    query.partition = std::move(partition);
    const auto items = table_.query(query);
    if (!items) return items.error();
    for (const Item& item : *items) values[std::string(item.text("key"))] += counted(item);
    return Done{};
  };
  for (unsigned shard = 0; shard < layout_.counter_shards; ++shard) {
    if (auto added = add_all(views_key(site, total_key, shard, crypto_).pk); !added) return added.error();
  }
  if (auto added = add_all(increments_key(site, total_key, crypto_).pk); !added) return added.error();
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
