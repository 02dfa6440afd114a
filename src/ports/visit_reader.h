// Questions to the stored visits. Never in the way of collecting; each has a time limit.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/stats_query.h"
#include "domain/visit_row.h"
#include "ports/http.h"

namespace footfall {

struct VisitPage {
  std::vector<VisitRow> rows;
  std::optional<VisitCursor> next;  // none: this was the last page
};

// What a counter counted, within a time.
struct CounterQuestion {
  std::string site{};
  std::string key{};              // a path, or the name of a counter
  bool total = false;             // all pages of the site instead of the one that is the key; no increments
  std::optional<Instant> from{};  // inclusive
  std::optional<Instant> to{};    // exclusive
};
struct CounterCounts {
  std::uint64_t pageviews = 0;
  std::uint64_t visitors = 0;  // exact: how many different ones made those page views
  std::uint64_t increments = 0;
};
struct DroppedPage {
  std::vector<DroppedRow> rows;
  std::optional<VisitCursor> next;  // none: this was the last page
};
using DroppedCounts = std::array<std::uint64_t, drop_reasons>;  // by DropReason

// Any thread, many at once (queries_at_once_max run, the others wait a little).
//   errors of all   timed_out    longer than query_time_max
//                   unavailable  too many at once, or the store is being reopened
class VisitReader {
 public:
  virtual ~VisitReader() = default;

  // One page behind `after` (from the start without it). limit: 1 to 10,000.
  virtual Result<VisitPage> visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                   const std::optional<VisitCursor>& after) = 0;
  // How many rows match.
  virtual Result<std::uint64_t> count(const VisitFilter& filter) = 0;
  virtual Result<CounterCounts> counted(const CounterQuestion& question) = 0;
  // The positions of all that match, ascending. Error: too_large (more than positions_max match).
  virtual Result<std::vector<Position>> positions(const VisitFilter& filter, std::size_t positions_max) = 0;
  // How often each value came, most first.
  virtual Result<std::vector<TopRow>> top(const VisitFilter& filter, TopBy by, std::size_t limit) = 0;
  // All that match as one Parquet file, made in a temporary place and streamed; zstd. `limit` 0: all.
  virtual Result<std::unique_ptr<BodySource>> parquet(const VisitFilter& filter, VisitOrder order,
                                                      std::size_t limit) = 0;
  virtual Result<StatsResult> stats(const StatsQuery& query) = 0;
  // The one visit with this id, if there is one.
  virtual Result<std::optional<VisitRow>> find(const std::string& site, const std::string& id) = 0;
  // Those of the ids (canonical UUIDs, at most batch_hits_max) that came with a visit of the site at or after `since`.
  virtual Result<std::vector<std::string>> known_ids(const std::string& site, std::span<const std::string> ids,
                                                     std::optional<Instant> since) = 0;

  // The quarantine. One page behind `after`, limit as of `visits`.
  virtual Result<DroppedPage> dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                                      const std::optional<VisitCursor>& after) = 0;
  virtual Result<DroppedCounts> count_dropped(const DroppedFilter& filter) = 0;
};

}  // namespace footfall
