// The numbers of visits in memory: what domain/stats_rules.h says, in one pass over the visits.
//
// The store's SQL answers the same (src/main/stats_property_test.cc compares them).
#pragma once

#include "app/stats/stats_visits.h"
#include "base/result.h"
#include "domain/stats_query.h"

namespace footfall {

// `visits` hold all of the site's within the range and session_reach around it; others do not matter.
//   errors  invalid      as `check` of domain/stats_rules.h says; a filter that cannot be asked (stats_match.h)
//           unsupported  what nothing knows here: places, engagement, patterns; more rows than are counted
//   threads any number over the same visits
//   cost    linear in the visits, and sorting the rows
Result<StatsResult> stats_of(const StatsVisits& visits, const StatsQuery& query);

}  // namespace footfall
