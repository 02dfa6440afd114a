// The store written anew, without what has to go.
//
// DuckDB leaves the bytes of deleted rows in the file: in row groups that it only marks, and in blocks that it only
// calls free. So nothing is deleted in place. A second file is filled with what stays: rows, and of every dictionary
// the texts that a row or a counter still points to. Whoever holds the store then swaps it in (DuckDatabase::swap_in).
// The store that is open is only read; questions to it go on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "adapters/duckdb/database.h"
#include "adapters/duckdb/sql.h"
#include "base/result.h"
#include "ports/visit_store.h"

namespace footfall::duckdb {

// Conditions on `visits v`, as SQL without values: numbers only.
struct Expired {
  std::string visits;
  std::string addresses;
  std::string user_agents;
};
// Of all sites together; "false" where nothing expires.
Result<Expired> expired(Connection& connection, std::span<const Expiry> expiries);
// How much of it there is.
Result<Pruned> count_expired(Connection& connection, const Expiry& expiry);

class Rewrite {
 public:
  // Reads what stays through a connection of its own, which goes with it. `database` outlives it.
  static Result<Rewrite> begin(DuckDatabase& database);

  // What goes; before `fill`.
  Result<Done> leave_out(const Erasure& erasure, Position below);
  Result<Done> leave_out(const Expired& expired);
  Result<Done> leave_out_dropped(Instant before);
  // How many rows go, of visits and of the quarantine.
  Result<std::uint64_t> rows_left_out();

  // Fills the new file, brings it to disk whole and lets go of it.
  //   offset   what its `processed` says
  //   erased   below it the journal may hold nothing; 0: as before
  Result<std::filesystem::path> fill(Position offset, Position erased);

 private:
  Rewrite(DuckDatabase::Loan connection, std::filesystem::path file)
      : connection_(std::move(connection)), file_(std::move(file)) {}
  Result<Done> fill_visits();
  Result<Done> fill_texts();
  Result<Done> fill_rest(Position offset, Position erased);
  Result<Done> run(const std::string& sql);

  DuckDatabase::Loan connection_;
  std::filesystem::path file_;
  Expired expired_{"false", "false", "false"};
};

}  // namespace footfall::duckdb
