// What each dimension of the statistics is in the tables: the number that it groups and filters by, and its words.
#pragma once

#include <string>
#include <string_view>

#include "adapters/duckdb/row_sql.h"
#include "domain/stats_rules.h"

namespace footfall::duckdb {

struct Cut {
  // Whose property it is.
  enum class Of { hit, visit, time };
  Of of = Of::hit;

  // The number, of the type `type`: over `h` (a row of visits) for hits; over `s` (a row of `sessions`, stats_sql.cc)
  // for visits; over {moment}, a TIMESTAMP_MS, for times.
  std::string number;
  std::string type = "UINTEGER";

  // What the number says: SQL over {number} and `d`, the row of `words` whose `word` it is. Several numbers may say the
  // same. Without `words` each says something of its own; filters then look through `all_numbers`, a list.
  std::string text;
  std::string words;
  std::string word = "id";
  std::string all_numbers;

  // There may be so many that the first of them are worth finding first.
  bool many = false;

  // The label of those that say nothing.
  std::string none{label_not_set};
};

// `sql` with every {place} taken by `what`.
std::string filled(std::string sql, std::string_view place, std::string_view what);

// Binds into `sql` what belongs to the dimension: the name of a property.
Cut cut_of(const DimensionName& name, Sql& sql);

}  // namespace footfall::duckdb
