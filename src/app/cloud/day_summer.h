// Sums the days of sites that are over, and sums them again when something came late: the function `compactor`.
//
// A day is summed from its packs, all of them, each time anew; the same visits make the same sums, so that doing it
// twice, or ending in the middle, does no harm. Its parts are put first and its head last; parts of another run than
// the head's are not believed. Only one at a time may put sums: whoever holds the lock, an item that ends by itself.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/day_packs.h"
#include "app/cloud/functions.h"
#include "app/cloud/site_days.h"
#include "app/stats/day_sums.h"
#include "ports/crypto.h"

namespace footfall {

// The visits of a day that can be held at once; a day of more stays open.
inline constexpr std::uint32_t summed_visits_max = 5'000'000;
// How long a lock lasts whose holder ended: longer than a function may take.
inline constexpr std::chrono::minutes summing_max{16};

// One thread at a time.
class DaySummer {
 public:
  using Log = std::function<void(std::string_view)>;

  // All outlive it.
  DaySummer(ItemTable& table, const TableLayout& layout, const Compression& compression, const Crypto& crypto,
            const Clock& clock, const StatsKnowledge& knowledge, Log log)
      : table_(table),
        layout_(layout),
        compression_(compression),
        crypto_(crypto),
        clock_(clock),
        knowledge_(knowledge),
        log_(std::move(log)),
        calendar_(table, layout, clock),
        packs_(table, compression) {}

  // Sums the days of the site from `first` to `last` that are due, the oldest first, until `end`. How many it summed.
  //   errors  in_use       another one sums at this moment
  //           timed_out    `end` came before all was done
  //           unavailable
  //           corrupt      a pack is damaged
  //           too_many     a day has more than summed_visits_max visits: as above, it stays open, and all others are
  //           summed
  Result<std::size_t> sum(std::string_view site, Day first, Day last, Instant end);
  // All that are due.
  Result<std::size_t> sum_all(std::string_view site, Instant end);

 private:
  Result<std::int64_t> lock();
  Result<Done> unlock(std::int64_t version);
  Result<std::size_t> sum_locked(std::string_view site, Day first, Day last, Instant end);
  Result<Done> sum_day(std::string_view site, Day day);
  Result<Done> put_day(std::string_view site, Day day, const DayMarks& marks, std::uint64_t visits, const DaySums& sums,
                       std::span<const std::string> rest);
  [[nodiscard]] Result<DayMarks> marks_of(std::string_view site, Day day);

  ItemTable& table_;
  TableLayout layout_;
  const Compression& compression_;
  const Crypto& crypto_;
  const Clock& clock_;
  const StatsKnowledge knowledge_;
  const Log log_;
  SiteCalendar calendar_;
  DayPacks packs_;
};

// The days of all sites.
class SitesSummer final : public DaysToSum {
 public:
  using Sites = std::function<Result<std::vector<std::string>>()>;

  // Both outlive it. `sites` names those there are at the moment.
  SitesSummer(DaySummer& summer, Sites sites, DaySummer::Log log)
      : summer_(summer), sites_(std::move(sites)), log_(std::move(log)) {}

  Result<Done> sum_due(Instant deadline) override;
  Summed sum_days(std::span<const SiteDay> days, Instant deadline) override;

 private:
  DaySummer& summer_;
  const Sites sites_;
  const DaySummer::Log log_;
};

}  // namespace footfall
