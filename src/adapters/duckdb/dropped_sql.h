// Questions about the quarantine as SQL: the hits that policy dropped.
//
// It is small (dropped_per_day_max a site and day), so one statement joins what a row says.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "adapters/duckdb/row_sql.h"
#include "ports/visit_reader.h"

namespace footfall::duckdb {

// The first `limit` rows behind the cursor, in order.
Result<std::vector<DroppedRow>> read_dropped(const Asking& asking, const DroppedFilter& filter, VisitOrder order,
                                             std::size_t limit, const std::optional<VisitCursor>& after);

Result<DroppedCounts> count_dropped(const Asking& asking, const DroppedFilter& filter);

}  // namespace footfall::duckdb
