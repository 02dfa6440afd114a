// Puts visits into the table, so that saying the same again changes nothing.
//
// All of them go into packs, by site and day; a pack is new each time, and a visit that is in two of them is known by
// its number to whoever reads them (app/cloud/day_packs.h). Rows have keys of their own: the second time finds its own
// row there. Visits that come when their day is over, and may have been summed already, leave a mark at the day behind
// their pack: sums that were made with another mark are not believed any more. One thread at a time.
#pragma once

#include <span>

#include "app/cloud/table_layout.h"
#include "app/cloud/visit_message.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/compression.h"
#include "ports/item_table.h"

namespace footfall {

class TableWriter {
 public:
  // All outlive it.
  TableWriter(ItemTable& table, const TableLayout& layout, const Crypto& crypto, const Compression& compression,
              const Clock& clock)
      : table_(table), layout_(layout), crypto_(crypto), compression_(compression), clock_(clock) {}

  // Once it has returned, all are in the table, but for those that would leave it at once (TableLayout::row_days).
  //   errors  unavailable  the table does not take more now; some may be in: say all of it again
  //           invalid      the table cannot hold one of them; others may be in
  Result<Done> store(std::span<const NumberedHit> visits);

 private:
  [[nodiscard]] std::string random_text() const;

  ItemTable& table_;
  TableLayout layout_;
  const Crypto& crypto_;
  const Compression& compression_;
  const Clock& clock_;
};

}  // namespace footfall
