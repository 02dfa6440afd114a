// Filters of the statistics as conditions on a hit and its visit.
#pragma once

#include <span>
#include <string>

#include "adapters/duckdb/row_sql.h"
#include "domain/public_id.h"
#include "domain/stats_rules.h"

namespace footfall::duckdb {

// A condition over `h`, a row of visits, and `s`, a row of `sessions` (stats_sql.cc).
struct Condition {
  std::string sql;
  bool asks_hit = false;
  bool asks_visit = false;
};

// All of the filters. Texts are looked up in the dictionaries first: where few numbers have them, the condition names
// the numbers. Values that are not UTF-8 match nothing.
//
// `is` takes the label of nothing ("Direct / None", "(not set)", "(none)") for nothing. Patterns are RE2's and may
// match a part of the text. A property that is not there is not anything, contains nothing, and matches no pattern, nor
// the opposite of the latter two. visit:ip, visit:session and visit:visitor know only `is` and `is_not`.
//   errors  invalid  a pattern that is no regular expression, an operation that the dimension does not know
//           those of sql.h
Result<Condition> condition_of(const Asking& asking, std::span<const StatsFilter> filters, PageMeans page,
                               const PublicIds& ids, Sql& sql);

}  // namespace footfall::duckdb
