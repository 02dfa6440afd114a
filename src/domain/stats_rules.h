// What the numbers mean, wherever they are made: the rules that every answer to a StatsQuery keeps to.
//
// Pure. All as Plausible means it, unless said otherwise:
//
//   hits      those of the site within [from, to); without those of bots, unless they are asked for.
//   visits    sessions, each made of all its hits within session_reach of the range: what a visit is does not depend on
//             where the range cuts it. A visit is in the range if one of its hits is.
//   first     hit of a visit: the one collected first. The visit's source, referrer, channel, campaign, browser, place
//             and visitor are those of its first hit, whatever comes later. Its entry and exit are its first and last
//             page view.
//   filters   ask a hit and its visit. Metrics of hits (visitors, visits, pageviews, events, time_on_page,
//             scroll_depth) are over the hits that match; metrics of visits (bounce_rate, visit_duration,
//             views_per_visit) over the visits that have a hit that matches, each as a whole.
//   rows      are those of the hits that match; a metric of visits is nothing in a row without such visits.
//   bounce    at most one page view and no interactive custom event.
//   duration  from the earliest to the latest hit; one hit makes 0. Engagement does not prolong it.
//   by page   metrics of visits are over those that entered at the page, and filters on the page then ask for the
//             entry, too. With a filter on the page alone, bounce_rate is over the visits that entered there, the other
//             two over all that saw it. (Plausible knows no views_per_visit by anything; here it goes by what a visit
//             has.)
//   by time   a hit counts in the bucket of its time, so visitors and visits count in each bucket in which they have a
//             hit. Metrics of visits count in the bucket of the visit's last hit that matches.
//   engaged   time_on_page and scroll_depth belong to the page view they complete, whenever they came in.
//   rounded   percent and seconds to whole numbers, views_per_visit to two decimals, percentage to one.
//   order     as asked; rows that are equal in it by their dimensions. Nothing comes last.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/stats_query.h"

namespace footfall {

// How far around the range the hits of its visits are looked for. A session lasts two hours unless a setting of the
// site says otherwise, and a day bounds every sensible setting.
inline constexpr std::chrono::hours session_reach{24};

// The labels that stand for nothing, as Plausible writes them.
inline constexpr std::string_view label_not_set = "(not set)";
inline constexpr std::string_view label_direct = "Direct / None";
inline constexpr std::string_view label_none = "(none)";
// What hits without a name of their own are called.
inline constexpr std::string_view label_pageview = "pageview";

// The label of hits that say nothing in this dimension.
std::string_view label_of_nothing(Dimension dimension);

// What event:page in a filter asks of: the page of the hit, or the one at which its visit entered.
enum class PageMeans { page_of_hit, entry_of_visit };

bool is_of_visits(Metric metric);      // bounce_rate, visit_duration, views_per_visit
bool is_of_engagement(Metric metric);  // time_on_page, scroll_depth
inline bool is_of_hits(Metric metric) { return !is_of_visits(metric) && !is_of_engagement(metric); }
inline bool is_of_one_hit(Dimension dimension) { return dimension <= Dimension::event_props; }
// Known by what they are and not by what their texts say: filters ask for all of it, or not.
inline bool is_exact(Dimension dimension) {
  return dimension == Dimension::visit_ip || dimension == Dimension::visit_session ||
         dimension == Dimension::visit_visitor;
}

bool is_negative(StatsFilter::Operation operation);
StatsFilter::Operation positive_of(StatsFilter::Operation operation);
// True if the value of an `is` or `is_not` is a label that stands for nothing in the filter's dimension.
bool means_nothing(const StatsFilter& filter, std::string_view value);

// What is wrong with a question, before anyone is asked.
//   errors  invalid  no metric; metrics and dimensions that do not go together; an order by what is not asked for
Result<Done> check(const StatsQuery& query);

}  // namespace footfall
