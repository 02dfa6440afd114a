// A StatsQuery as one SQL statement; what it means is said in domain/stats_rules.h.
//
// The first hit of a visit is the one of the lowest position.
#pragma once

#include "adapters/duckdb/row_sql.h"
#include "base/result.h"
#include "domain/public_id.h"
#include "domain/stats_rules.h"

namespace footfall::duckdb {

// The statement that answers. Its columns: the dimensions as texts, the metrics as doubles, and the number of all rows
// if it is asked for. Texts in filters are looked up in the store on the way.
//   errors  invalid  as `check` says; a filter that cannot be asked (stats_filter.h)
//           those of sql.h
Result<Sql> stats_sql(const Asking& asking, const StatsQuery& query, const PublicIds& ids);

}  // namespace footfall::duckdb
