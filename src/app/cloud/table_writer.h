// Moves visits into the table, each once, whatever is said twice, out of order or without an answer.
//
// A row and what it counts are one transaction, whose condition is that the row is not there yet. So a row is in the
// table if and only if it is counted, and the second time finds the row there and does nothing: no memory of what was
// seen, no order and no second program is needed. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/cloud/table_layout.h"
#include "app/cloud/visit_message.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/item_table.h"

namespace footfall {

class TableWriter {
 public:
  // All outlive it.
  TableWriter(ItemTable& table, const TableLayout& layout, const Crypto& crypto, const Clock& clock)
      : table_(table), layout_(layout), crypto_(crypto), clock_(clock) {}

  // How many of the visits were new. Once it has returned, all are in the table and counted.
  //   errors  unavailable  the table does not take more now; some may be in: say all of it again
  //           invalid      the table cannot hold one of them; others may be in
  Result<std::size_t> store(std::span<const NumberedHit> visits);

 private:
  struct Pending {
    Item item;
    const NumberedHit* visit = nullptr;
    std::size_t bytes = 0;
  };
  Result<std::size_t> store_group(std::vector<Pending> group);
  [[nodiscard]] std::vector<ItemAddition> additions_of(std::span<const Pending> group) const;

  ItemTable& table_;
  TableLayout layout_;
  const Crypto& crypto_;
  const Clock& clock_;
};

}  // namespace footfall
