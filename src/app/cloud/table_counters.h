// Counters of the table: page views, and named counters that are incremented at once.
//
// A page's counter counts its views (app/cloud/page_views.h) and is not incremented; a named one is one item, whose
// number no two increments share. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/page_views.h"
#include "app/cloud/table_layout.h"
#include "base/result.h"
#include "ports/item_table.h"
#include "ports/visit_store.h"

namespace footfall {

class TableCounters {
 public:
  // All outlive it.
  TableCounters(ItemTable& table, PageViews& page_views, const Crypto& crypto)
      : table_(table), page_views_(page_views), crypto_(crypto) {}

  // Nothing: never counted. Errors: those of PageViews.
  Result<std::optional<std::uint64_t>> value(std::string_view site, std::string_view key);
  // All of a site, TOTAL first, then by key. Errors: those of PageViews.
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
  PageViews& page_views_;
  const Crypto& crypto_;
};

}  // namespace footfall
