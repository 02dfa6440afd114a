// Questions to the embedded store: pages of visits, counts, exports and statistics.
//
// Every question has a connection and a deadline of its own and reads what was committed when it began, so the writer
// is never held up. What goes wrong inside is reported to the person who runs this, not to the stranger who asked.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/duckdb/database.h"
#include "adapters/duckdb/query_gate.h"
#include "adapters/duckdb/row_sql.h"
#include "domain/limits.h"
#include "domain/public_id.h"
#include "ports/visit_reader.h"

namespace footfall::duckdb {

struct ReaderOptions {
  std::chrono::milliseconds question_time_max = query_time_max;
  // Writing ten million rows to a file takes about a minute; while it runs, the log cannot be checkpointed.
  std::chrono::milliseconds export_time_max = std::chrono::minutes(2);
  std::size_t at_once_max = queries_at_once_max;
  std::size_t waiting_max = queries_waiting_max;
  // One line when a question failed inside. Any thread.
  std::function<void(std::string_view)> report = [](std::string_view) {};
};

class DuckdbReader : public VisitReader {
 public:
  // Before anything borrows from the database, which must outlive the reader.
  static Result<std::unique_ptr<DuckdbReader>> make(DuckDatabase& database, const PublicIds& ids,
                                                    ReaderOptions options = {});

  Result<VisitPage> visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                           const std::optional<VisitCursor>& after) override;
  Result<std::uint64_t> count(const VisitFilter& filter) override;
  Result<CounterCounts> counted(const CounterQuestion& question) override;
  Result<std::vector<Position>> positions(const VisitFilter& filter, std::size_t positions_max) override;
  Result<std::vector<TopRow>> top(const VisitFilter& filter, TopBy by, std::size_t limit) override;
  Result<std::unique_ptr<BodySource>> parquet(const VisitFilter& filter, VisitOrder order, std::size_t limit) override;
  Result<StatsResult> stats(const StatsQuery& query) override;
  Result<std::optional<VisitRow>> find(const std::string& site, const std::string& id) override;
  Result<std::vector<std::string>> known_ids(const std::string& site, std::span<const std::string> ids,
                                             std::optional<Instant> since) override;
  Result<DroppedPage> dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                              const std::optional<VisitCursor>& after) override;
  Result<DroppedCounts> count_dropped(const DroppedFilter& filter) override;

 private:
  DuckdbReader(DuckDatabase& database, const PublicIds& ids, ReaderOptions options);

  // Runs `question`, a function of an Asking, when it is its turn.
  template <typename Question>
  auto answer(std::chrono::milliseconds time_max, Question&& question) -> std::invoke_result_t<Question, const Asking&>;
  // What the asker is told of an error inside.
  [[nodiscard]] Error told(const Error& error, Deadline deadline) const;

  Result<StatsResult> ask_stats(const Asking& asking, const StatsQuery& query) const;

  DuckDatabase& database_;
  PublicIds ids_;
  ReaderOptions options_;
  QueryGate gate_;
};

}  // namespace footfall::duckdb
