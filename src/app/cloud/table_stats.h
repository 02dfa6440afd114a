// The numbers of a site from the table: sums of the days that are over, and the visits of the days that are open.
//
// Exact: what sums cannot answer (filters, two dimensions, parts of a day) is answered from visits as long as there are
// at most packed_visits_max of them, and is `unsupported` beyond. What was read of open days is kept, so that the next
// question reads only what came since. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/day_packs.h"
#include "app/cloud/site_days.h"
#include "app/stats/day_sums.h"
#include "app/stats/stats_answer.h"
#include "app/stats/stats_visits.h"
#include "domain/stats_query.h"

namespace footfall {

class TableStats {
 public:
  // All outlive it.
  TableStats(ItemTable& table, const TableLayout& layout, const Compression& compression, const Clock& clock,
             const StatsKnowledge& knowledge)
      : table_(table),
        compression_(compression),
        knowledge_(knowledge),
        calendar_(table, layout, clock),
        packs_(table, compression) {}

  //   errors  those of app/stats
  //           unsupported  too many visits would have to be looked at one by one
  //           unavailable, corrupt
  Result<StatsResult> stats(const StatsQuery& query);

 private:
  // What of a day is among the visits that are held: all of it, as far as `place`; or the rest of one run of sums.
  struct Held {
    bool open = false;
    DayPacks::Place place;
    std::string run;
  };
  struct OfSite {
    OfSite(std::string site, const StatsKnowledge& knowledge) : visits(std::move(site), knowledge) {}
    StatsVisits visits;
    std::map<Day, Held> days;
  };
  Result<Done> hold(OfSite& of_site, Day day, bool open, const SummedDay* summed);
  Result<Done> read_rest(OfSite& of_site, Day day, const SummedDay& summed);
  OfSite& fresh(const std::string& site);

  ItemTable& table_;
  const Compression& compression_;
  const StatsKnowledge knowledge_;
  SiteCalendar calendar_;
  DayPacks packs_;
  std::map<std::string, OfSite, std::less<>> sites_;
};

// The bytes of one panel, of each day that has them: those of a run that is not the day's own are left out.
// Errors: unavailable, corrupt.
Result<std::map<Day, std::string>> read_panel(ItemTable& table, const Compression& compression, std::string_view site,
                                              std::string_view panel, const std::map<Day, SummedDay>& days);

}  // namespace footfall
