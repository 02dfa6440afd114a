// The days of a site (UTC), and where what came on each is to be read: a day that is over has sums, which are believed
// as long as nothing came since; every other day is open, and is read from its packs.
//
// The head of a day's sums names the marks of the day and of its neighbours that they were made with, since a session
// may go on past midnight. Another mark at one of the three: something came late, and the day is open again until it is
// summed anew (app/cloud/day_summer.h). A visit that comes on its own day, within late_after, leaves no mark: until the
// day is due to be summed it is open anyway.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/table_layout.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/item_table.h"

namespace footfall {

// A day is summed when the one behind it is over as well, and whoever was putting its last pack has ended: no session
// of the day goes on then, and whatever still comes leaves a mark.
inline constexpr std::chrono::minutes summed_after = std::chrono::days(1) + std::chrono::minutes(30);
// Where nothing has ever been summed, no day before this many is looked at unless it has a mark.
inline constexpr std::chrono::days unsummed_days_max{40};

// The marks of the day before, of the day, and of the day after; empty: none.
using DayMarks = std::array<std::string, 3>;

struct SummedDay {
  std::string run;           // of whoever summed it: all parts of the day's sums have it
  std::uint64_t visits = 0;  // none: there are no parts
  bool has_rest = false;     // some of its visits are in no sum (app/stats/day_sums.h)
  DayMarks marks;
};

// Beside the panels of app/stats/day_sums.h: the heads are in the panel "", so the totals are in one of this name; and
// the rest of each day, as packs.
inline constexpr std::string_view totals_panel = "totals";
inline constexpr std::string_view rest_panel = "rest";
// The panel that counters are made of.
inline constexpr std::string_view page_panel = "event:page";

struct SiteDays {
  std::map<Day, SummedDay> summed;  // with sums to be believed
  std::vector<Day> open;            // to be read from packs, ascending
  std::vector<Day> due;             // those of the open ones that are to be summed now
  Day known_until;                  // as it is said, or would be had nothing ever been summed
};

// One part of the sums of a day, as keys have it: "20261121#000".
std::string sums_key(Day day, std::size_t part);

// The newest day that is over of a site all of whose days up to it have sums, or never had a pack without a mark: of
// those behind it nobody knows without looking. Days are not always summed in their order, so that it is said apart: an
// item beside the heads.
Item known_until_item(std::string_view site, Day day);

// One thread at a time.
class SiteCalendar {
 public:
  // All outlive it.
  SiteCalendar(ItemTable& table, const TableLayout& layout, const Clock& clock)
      : table_(table), layout_(layout), clock_(clock) {}

  // Those from `first` to `last`, both included. Days that have left (TableLayout::row_days) are neither.
  // Error: unavailable.
  Result<SiteDays> between(std::string_view site, Day first, Day last);

 private:
  Result<std::map<Day, std::string>> marks(std::string_view site, Day first, Day last);
  Result<std::optional<Day>> known_until(std::string_view site);

  ItemTable& table_;
  TableLayout layout_;
  const Clock& clock_;
};

}  // namespace footfall
