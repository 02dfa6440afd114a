// What a day that is over comes to, cut by one dimension at a time: small, and exact when days are added.
//
// A day's sums are those of its visits that belong to it alone. The others, the rest, are few and stay visits: whoever
// asks brings them along. To the rest goes, as a whole, every set of sessions and visitors that hang together on the
// day, if one of them
//
//   - has a hit on another day, among the visits given;
//   - has hits of people and of bots;
//   - may last longer than a day, or is not known to end: a visitor whose id is not 11 characters of base64url (those
//     are made with the salt of the day), a session whose id is neither 22 characters of it (the cookie's, which ends
//     within hours) nor that of the hit's visitor.
//
// So the visitors, and the visits, of sums and of rests are all different, and numbers of them may be added.
// Pure; the bytes are versioned.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/stats/stats_visits.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/stats_query.h"

namespace footfall {

// A panel with more labels than this says no more than its totals.
inline constexpr std::size_t panel_labels_max = 100'000;

// By name: "" for the totals, else a dimension, "visit:browser". Every day has all of them.
std::span<const std::string_view> panels();

struct DaySums {
  std::map<std::string, std::string, std::less<>> parts;  // by panel
  std::vector<Position> rest;                             // ascending
};

// `visits` hold that day and session_reach before and after it, all of the site's. The same visits give the same bytes,
// in whatever order they were added.
DaySums sums_of(const StatsVisits& visits, Day day);

// The panel that answers the question; nothing: only whole visits do. A question with filters has one if all of them
// ask for its one dimension, and not for shares of all visitors.
std::optional<std::string> panel_of(const StatsQuery& query);

// One day's bytes of a panel.
struct DaySum {
  Day day;
  std::string_view bytes;
};

// The answer from sums and visits. `sums` are of the panel of the question, of days that lie in its range as wholes,
// each once. `visits` hold, within the range and session_reach around it, the rest of each day that has sums (also of
// those around the range), and all visits of the others.
//   errors  those of stats_of(visits, query)
//           unsupported  no panel answers it, though there are sums; a day has too many labels
//           corrupt      bytes that are no sums of that panel and day
Result<StatsResult> stats_of(const StatsVisits& visits, std::span<const DaySum> sums, const StatsQuery& query);

// How often the pages of a day were viewed, as counters count: by everyone, in the sums or in the rest.
struct DayPageviews {
  std::uint64_t total = 0;
  // Ascending by path; views into the bytes. Of more than panel_labels_max, the most viewed.
  std::vector<std::pair<std::string_view, std::uint64_t>> by_path;
};
// From the bytes of the panel "event:page". Error: corrupt.
Result<DayPageviews> pageviews_of(std::string_view bytes);

}  // namespace footfall
