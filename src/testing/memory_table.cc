#include "testing/memory_table.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "domain/limits.h"

namespace footfall {
namespace {

const Error refused{ErrorCode::unavailable, "the table has no capacity left"};
const Error lost{ErrorCode::unknown_result, "the table did not answer"};
const Error invalid{ErrorCode::invalid, "a key is empty or too long, or a text of an index is"};

bool fits(const ItemKey& key) {
  return !key.pk.empty() && key.pk.size() <= item_pk_bytes_max && !key.sk.empty() && key.sk.size() <= item_sk_bytes_max;
}

bool fits(const Item& item) {
  if (!fits(item.key)) return false;
  for (const char* partition : {"g1", "g2", "g3"}) {
    const auto found = item.values.find(partition);
    if (found == item.values.end()) continue;
    const auto* text = std::get_if<std::string>(&found->second);
    if (text == nullptr || text->empty() || text->size() > item_pk_bytes_max || !item.number("ts")) return false;
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : item.values) {
    const auto* held = std::get_if<ItemBytes>(&value);
    const auto* text = std::get_if<std::string>(&value);
    bytes += name.size() + (held != nullptr ? held->bytes.size() : text != nullptr ? text->size() : 21);
  }
  return bytes <= item_bytes_max;
}

}  // namespace

void MemoryTable::apply(const ItemAddition& addition) {
  ItemValues& values = items_[addition.key];
  const Item now{addition.key, values};
  values["n"] = now.number("n").value_or(0) + addition.by;
  for (const auto& [name, text] : addition.texts) values[name] = text;
}

Result<Done> MemoryTable::put_all(std::span<const Item> items) {
  std::set<ItemKey> keys;
  for (const Item& item : items) {
    if (!fits(item)) return invalid;
    FOOTFALL_ASSERT(keys.insert(item.key).second);
  }
  const Fault fate = fault();
  if (fate == Fault::refuse) items = items.first(items.size() / 2);
  for (const Item& item : items) items_[item.key] = item.values;
  if (fate != Fault::none) return refused;
  return Done{};
}

Result<std::int64_t> MemoryTable::add(const ItemAddition& addition) {
  const Fault fate = fault();
  if (fate == Fault::refuse) return refused;
  if (!fits(addition.key)) return invalid;
  apply(addition);
  if (fate == Fault::lose_reply) return lost;
  return *Item{addition.key, items_[addition.key]}.number("n");
}

Result<bool> MemoryTable::put_if(const Item& item, const PutCondition& condition) {
  const Fault fate = fault();
  if (fate == Fault::refuse) return refused;
  if (!fits(item)) return invalid;
  const auto found = items_.find(item.key);
  const bool holds = condition.version
                         ? found != items_.end() && Item{found->first, found->second}.number("ver") == condition.version
                         : found == items_.end();
  if (holds) items_[item.key] = item.values;
  if (fate == Fault::lose_reply) return lost;
  return holds;
}

Result<std::optional<Item>> MemoryTable::get(const ItemKey& key) {
  if (fault() != Fault::none) return refused;
  const auto found = items_.find(key);
  return found == items_.end() ? std::optional<Item>{} : std::optional(Item{key, found->second});
}

Result<std::vector<Item>> MemoryTable::query(const ItemQuery& query) {
  if (fault() != Fault::none) return refused;
  const char* partition = query.index == ItemQuery::Index::by_ip     ? "g1"
                          : query.index == ItemQuery::Index::by_path ? "g2"
                                                                     : "g3";
  std::vector<Item> found;
  if (query.index == ItemQuery::Index::table) {
    for (auto at = items_.lower_bound({query.partition, query.sk_from}); at != items_.end(); ++at) {
      if (at->first.pk != query.partition || (!query.sk_to.empty() && at->first.sk > query.sk_to)) break;
      found.push_back({at->first, at->second});
    }
  }
  for (const auto& [key, values] : items_) {
    if (query.index == ItemQuery::Index::table) break;
    const Item item{key, values};
    const auto time = item.number("ts");
    if (item.text(partition) != query.partition || !time) continue;
    if ((query.from && *time < *query.from) || (query.to && *time > *query.to)) continue;
    found.push_back(item);
  }
  if (query.index != ItemQuery::Index::table) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Item& a, const Item& b) { return *a.number("ts") < *b.number("ts"); });
  }
  if (query.newest_first) std::reverse(found.begin(), found.end());
  if (query.items_max > 0 && found.size() > query.items_max) found.resize(query.items_max);
  return found;
}

void MemoryTable::let_go(std::int64_t seconds) {
  std::erase_if(items_, [&](const auto& entry) {
    const auto leaves = Item{entry.first, entry.second}.number("ttl");
    return leaves && *leaves < seconds;
  });
}

Result<Done> MemoryTable::scan(const std::function<Result<Done>(const Item&)>& take) {
  if (fault() != Fault::none) return refused;
  for (const auto& [key, values] : items_) {
    if (auto taken = take({key, values}); !taken) return taken;
  }
  return Done{};
}

}  // namespace footfall
