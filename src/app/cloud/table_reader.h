// Reads visits: by ip, by path and by session where the table has rows with an index for each, else from the packs of
// the days asked for.
//
// What it cannot answer exactly is `unsupported`, and never a guess, as are questions that would look at more than
// table_rows_max rows or packed_visits_max packed visits. Indexes may be behind for a moment.
#pragma once

#include "app/cloud/day_packs.h"
#include "app/cloud/site_days.h"
#include "app/cloud/table_layout.h"
#include "app/cloud/table_stats.h"
#include "domain/public_id.h"
#include "ports/item_table.h"
#include "ports/visit_reader.h"

namespace footfall {

class TableReader final : public VisitReader {
 public:
  // All outlive it.
  TableReader(ItemTable& table, const TableLayout& layout, const Crypto& crypto, const Compression& compression,
              const Clock& clock, const PublicIds& ids, TableStats& stats)
      : table_(table),
        layout_(layout),
        crypto_(crypto),
        ids_(ids),
        stats_(stats),
        calendar_(table, layout, clock),
        packs_(table, compression) {}

  Result<VisitPage> visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                           const std::optional<VisitCursor>& after) override;
  Result<std::uint64_t> count(const VisitFilter& filter) override;
  Result<std::vector<Position>> positions(const VisitFilter& filter, std::size_t positions_max) override;
  // By ip, path, session, visitor, referrer, user agent, event and source.
  Result<std::vector<TopRow>> top(const VisitFilter& filter, TopBy by, std::size_t limit) override;
  Result<StatsResult> stats(const StatsQuery& query) override { return stats_.stats(query); }

  // Error: unsupported, always.
  Result<CounterCounts> counted(const CounterQuestion& question) override;
  Result<std::unique_ptr<BodySource>> parquet(const VisitFilter& filter, VisitOrder order, std::size_t limit) override;
  Result<std::vector<std::string>> known_ids(const std::string& site, std::span<const std::string> ids,
                                             std::optional<Instant> since) override;
  Result<std::optional<VisitRow>> find(const std::string& site, const std::string& id) override;
  Result<DroppedPage> dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                              const std::optional<VisitCursor>& after) override;
  Result<DroppedCounts> count_dropped(const DroppedFilter& filter) override;

 private:
  // Whether an index finds what is asked for; else its packs are looked through.
  [[nodiscard]] bool is_indexed(const VisitFilter& filter) const {
    return layout_.rows && (filter.ip || filter.path || filter.session);
  }
  [[nodiscard]] std::vector<ItemQuery> queries_of(const VisitFilter& filter) const;
  Result<VisitPage> indexed_visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                   const std::optional<VisitCursor>& after);
  Result<VisitPage> packed_visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                  const std::optional<VisitCursor>& after);
  // The days that hold visits of the time asked for, ascending.
  Result<std::vector<Day>> days_of(const VisitFilter& filter);
  // Adds the matching visits of a day, each once, and counts those it looked at.
  Result<Done> read_day(const VisitFilter& filter, Day day, std::size_t& looked, std::vector<VisitRow>& rows);
  Result<std::vector<VisitRow>> all(const VisitFilter& filter);
  [[nodiscard]] VisitRow finished(VisitRow row) const;

  ItemTable& table_;
  TableLayout layout_;
  const Crypto& crypto_;
  const PublicIds& ids_;
  TableStats& stats_;
  SiteCalendar calendar_;
  DayPacks packs_;
};

}  // namespace footfall
