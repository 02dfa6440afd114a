// A StatsQuery as one SQL statement: what every metric of the statistics means.
//
// All as Plausible means it, unless said otherwise:
//
//   hits      rows of the site within [from, to); without those of bots, unless they are asked for.
//   visits    sessions, each made of all its hits within session_reach of the range: what a visit is does not depend on
//             where the range cuts it. A visit is in the range if one of its hits is.
//   first     hit of a visit: the one collected first, the one of the lowest position. The visit's source, referrer,
//             channel, campaign, browser, place and visitor are those of its first hit, whatever comes later. Its entry
//             and exit are its first and last page view.
//   filters   ask a hit and its visit. Metrics of hits (visitors, visits, pageviews, events, time_on_page,
//   scroll_depth)
//             are over the hits that match; metrics of visits (bounce_rate, visit_duration, views_per_visit) over the
//             visits that have a hit that matches, each as a whole.
//   rows      are those of the hits that match; a metric of visits is nothing in a row without such visits.
//   bounce    at most one page view and no interactive custom event.
//   duration  from the earliest to the latest hit; one hit makes 0. Engagement does not prolong it.
//   by page   metrics of visits are over those that entered at the page, and filters on the page then ask for the
//   entry,
//             too. With a filter on the page alone, bounce_rate is over the visits that entered there, the other two
//             over all that saw it. (Plausible knows no views_per_visit by anything; here it goes by what a visit has.)
//   by time   a hit counts in the bucket of its time, so visitors and visits count in each bucket in which they have a
//             hit. Metrics of visits count in the bucket of the visit's last hit that matches.
//   engaged   time_on_page and scroll_depth belong to the page view they complete, whenever they came in.
//   rounded   percent and seconds to whole numbers, views_per_visit to two decimals, percentage to one.
//   order     as asked; rows that are equal in it by their dimensions. Nothing comes last.
#pragma once

#include <chrono>

#include "adapters/duckdb/row_sql.h"
#include "base/result.h"
#include "domain/public_id.h"
#include "domain/stats_query.h"

namespace footfall::duckdb {

// How far around the range the hits of its visits are looked for. A session lasts two hours unless a setting of the
// site says otherwise, and a day bounds every sensible setting.
inline constexpr std::chrono::hours session_reach{24};

// What is wrong with a question, before the store is asked.
//   errors  invalid  no metric; metrics and dimensions that do not go together; an order by what is not asked for
Result<Done> check(const StatsQuery& query);

// The statement that answers. Its columns: the dimensions as texts, the metrics as doubles, and the number of all rows
// if it is asked for. Texts in filters are looked up in the store on the way.
//   errors  invalid  as `check`; a filter that cannot be asked (stats_filter.h)
//           those of sql.h
Result<Sql> stats_sql(const Asking& asking, const StatsQuery& query, const PublicIds& ids);

}  // namespace footfall::duckdb
