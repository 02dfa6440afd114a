// Counters in the table: page views as the processor counted them, and named counters that are incremented at once.
//
// A page's counter counts its views and is not incremented; a named one is one item, whose number no two increments
// share. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/table_layout.h"
#include "base/result.h"
#include "ports/item_table.h"
#include "ports/visit_store.h"

namespace footfall {

class TableCounters {
 public:
  // Both outlive it.
  TableCounters(ItemTable& table, const TableLayout& layout, const Crypto& crypto)
      : table_(table), layout_(layout), crypto_(crypto) {}

  // Nothing: never counted. Error: unavailable.
  Result<std::optional<std::uint64_t>> value(std::string_view site, std::string_view key);
  // All of a site, TOTAL first, then by key. Error: unavailable.
  Result<std::vector<CounterValue>> all(std::string_view site);
  // The new value.
  //   errors  unsupported     the key is a page's, or the total's
  //           too_large       more than addition_max at a time
  //           unavailable     it was not counted
  //           unknown_result  it may have been counted
  Result<std::uint64_t> increment(std::string_view site, std::string_view key, std::uint64_t by);

  // So that no number comes near the end of what JSON can say.
  static constexpr std::uint64_t addition_max = 1'000'000'000;

 private:
  ItemTable& table_;
  TableLayout layout_;
  const Crypto& crypto_;
};

}  // namespace footfall
