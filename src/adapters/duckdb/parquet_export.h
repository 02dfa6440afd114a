// Answers as one Parquet file: made in a temporary place, streamed, and gone with its stream.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/duckdb/row_sql.h"
#include "base/result.h"
#include "ports/http.h"

namespace footfall::duckdb {

// Runs the query and gives what it answers as Parquet, compressed with zstd. The file has no name any more once this
// returns: whatever happens to the process, nothing stays behind.
//   folder  DatabaseOptions' temporary folder: the only place that DuckDB may write to
//   errors  unavailable  no room on the disk, or DuckDB's own
//           failed       the file cannot be read back
Result<std::unique_ptr<BodySource>> parquet_of(const Asking& asking, Sql query, const std::filesystem::path& folder);

}  // namespace footfall::duckdb
