// An ItemTable in memory that fails as DynamoDB does: it refuses for want of capacity, and it does what it was told
// without being able to say so.
//
// testing/table_contract.h holds it to what DynamoDB does.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "ports/item_table.h"

namespace footfall {

class MemoryTable final : public ItemTable {
 public:
  Result<Done> put_all(std::span<const Item> items) override;
  Result<std::int64_t> add(const ItemAddition& addition) override;
  Result<bool> put_if(const Item& item, const PutCondition& condition) override;
  Result<std::optional<Item>> get(const ItemKey& key) override;
  Result<std::vector<Item>> query(const ItemQuery& query) override;
  Result<Done> scan(const std::function<Result<Done>(const Item&)>& take) override;

  // --- What a test does to it ---

  enum class Fault { none, refuse, lose_reply };
  // Asked before every call. Of many items, half are put before the table refuses; a lost reply of a call that reads is
  // a refusal.
  std::function<Fault()> fault = [] { return Fault::none; };
  // Lets items go whose `ttl` is before `seconds` since 1970.
  void let_go(std::int64_t seconds);
  // Every item, in the order of the keys.
  [[nodiscard]] const std::map<ItemKey, ItemValues>& items() const { return items_; }

 private:
  void apply(const ItemAddition& addition);

  std::map<ItemKey, ItemValues> items_;
};

}  // namespace footfall
