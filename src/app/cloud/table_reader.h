// Reads visits where the table has an index for the question: by ip, by path, by session.
//
// What it cannot answer exactly is `unsupported`, and never a guess: numbers over all visits, lists without one of the
// three, and questions that would look at more than table_rows_max rows. Indexes may be behind for a moment.
#pragma once

#include "app/cloud/table_layout.h"
#include "domain/public_id.h"
#include "ports/item_table.h"
#include "ports/visit_reader.h"

namespace footfall {

class TableReader final : public VisitReader {
 public:
  // All outlive it.
  TableReader(ItemTable& table, const TableLayout& layout, const Crypto& crypto, const PublicIds& ids)
      : table_(table), layout_(layout), crypto_(crypto), ids_(ids) {}

  Result<VisitPage> visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                           const std::optional<VisitCursor>& after) override;
  Result<std::uint64_t> count(const VisitFilter& filter) override;
  Result<std::vector<Position>> positions(const VisitFilter& filter, std::size_t positions_max) override;
  // By ip, path, session, visitor, referrer, user agent, event and source, of the rows that one of the three lookups
  // finds.
  Result<std::vector<TopRow>> top(const VisitFilter& filter, TopBy by, std::size_t limit) override;

  // Error: unsupported, always.
  Result<CounterCounts> counted(const CounterQuestion& question) override;
  Result<std::unique_ptr<BodySource>> parquet(const VisitFilter& filter, VisitOrder order, std::size_t limit) override;
  Result<StatsResult> stats(const StatsQuery& query) override;
  Result<std::vector<std::string>> known_ids(const std::string& site, std::span<const std::string> ids,
                                             std::optional<Instant> since) override;
  Result<std::optional<VisitRow>> find(const std::string& site, const std::string& id) override;
  Result<DroppedPage> dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                              const std::optional<VisitCursor>& after) override;
  Result<DroppedCounts> count_dropped(const DroppedFilter& filter) override;

 private:
  [[nodiscard]] Result<std::vector<ItemQuery>> queries_of(const VisitFilter& filter) const;
  Result<std::vector<VisitRow>> all(const VisitFilter& filter);
  [[nodiscard]] VisitRow finished(VisitRow row) const;

  ItemTable& table_;
  TableLayout layout_;
  const Crypto& crypto_;
  const PublicIds& ids_;
};

}  // namespace footfall
