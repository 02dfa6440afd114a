#include "app/cloud/table_writer.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "app/counters.h"
#include "base/check.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// Whoever has no answer asks again; the table has tried for a while by itself each time.
constexpr int unknown_results_max = 3;
// As DynamoDB counts an item: names and values.
constexpr std::size_t addition_bytes = 4'096;

std::size_t bytes_in(const Item& item) {
  std::size_t bytes = item.key.pk.size() + item.key.sk.size() + 8;
  for (const auto& [name, value] : item.values) {
    const auto* text = std::get_if<std::string>(&value);
    bytes += name.size() + (text == nullptr ? 21 : text->size());
  }
  return bytes;
}

// The counters that a visit counts in: the page and the site's total; an event is no page view.
using Counted = std::pair<std::string_view, std::string_view>;  // site, key
std::vector<Counted> counted_by(const Hit& hit) {
  if (!hit.is_pageview()) return {};
  return {{hit.site, total_key}, {hit.site, hit.path}};
}

}  // namespace

std::vector<ItemAddition> TableWriter::additions_of(std::span<const Pending> group) const {
  std::map<Counted, std::int64_t> counts;
  for (const Pending& one : group) {
    for (const Counted& counted : counted_by(one.visit->hit)) ++counts[counted];
  }
  // Processors that run beside one another meet at the total: most of them at different shards of it.
  const auto shard = static_cast<unsigned>(group.front().visit->number % layout_.counter_shards);
  std::vector<ItemAddition> additions;
  additions.reserve(counts.size());
  for (const auto& [counted, count] : counts) {
    const auto& [site, key] = counted;
    additions.push_back({views_key(site, key, shard, crypto_), count, {{"key", std::string(key)}}});
  }
  return additions;
}

Result<std::size_t> TableWriter::store_group(std::vector<Pending> group) {
  int unknown_results = 0;
  while (!group.empty()) {
    std::vector<Item> puts;
    puts.reserve(group.size());
    for (const Pending& one : group) puts.push_back(one.item);
    const auto existing = table_.put_new_and_add(puts, additions_of(group));
    if (!existing) {
      if (existing.error().code != ErrorCode::unknown_result) return existing.error();
      if (++unknown_results == unknown_results_max) return Error{ErrorCode::unavailable, existing.error().what};
      continue;
    }
    if (existing->empty()) return group.size();
    // Nothing was done because of these. They are counted: by someone else, or by us before an answer was lost.
    for (auto index = existing->rbegin(); index != existing->rend(); ++index) {
      FOOTFALL_ASSERT(*index < group.size());
      group.erase(group.begin() + static_cast<std::ptrdiff_t>(*index));
    }
  }
  return std::size_t{0};
}

Result<std::size_t> TableWriter::store(std::span<const NumberedHit> visits) {
  std::size_t stored = 0;
  std::vector<Pending> group;
  std::set<ItemKey> keys;
  std::set<Counted> counters;
  std::size_t bytes = 0;
  const auto flush = [&]() -> Result<Done> {
    if (group.empty()) return Done{};
    const auto done = store_group(std::move(group));
    group.clear();
    counters.clear();
    bytes = 0;
    if (!done) return done.error();
    stored += *done;
    return Done{};
  };
  for (const NumberedHit& visit : visits) {
    Pending pending{item_of(visit, layout_, crypto_, clock_.now()), &visit, 0};
    if (!keys.insert(pending.item.key).second) continue;
    pending.bytes = bytes_in(pending.item);
    const std::vector<Counted> counts = counted_by(visit.hit);
    const auto more = static_cast<std::size_t>(
        std::count_if(counts.begin(), counts.end(), [&](const Counted& one) { return !counters.contains(one); }));
    if (group.size() + 1 + counters.size() + more > transaction_items_max ||
        bytes + pending.bytes + more * addition_bytes > transaction_bytes_max) {
      if (auto done = flush(); !done) return done.error();
    }
    counters.insert(counts.begin(), counts.end());
    bytes += pending.bytes + more * addition_bytes;
    group.push_back(std::move(pending));
  }
  if (auto done = flush(); !done) return done.error();
  return stored;
}

}  // namespace footfall
