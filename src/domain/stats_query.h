// A question to the numbers: metrics of a site over a time, cut by dimensions, narrowed by filters.
//
// Names and meanings are those of Plausible's Stats API v2, with Footfall's additions visit:ip, visit:session,
// visit:visitor, visit:bot, event:kind, event:source and time:minute (docs/api.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace footfall {

enum class Metric : std::uint8_t {
  visitors,         // distinct visitors
  visits,           // distinct sessions
  pageviews,        // hits that are no custom event
  events,           // all hits
  views_per_visit,  // pageviews / visits
  bounce_rate,      // percent of visits with one page view and no interactive custom event
  visit_duration,   // seconds from the first to the last hit, mean over visits
  time_on_page,     // seconds of engagement per visit of the page, mean; needs event:page
  scroll_depth,     // percent, mean over sessions of each one's deepest; needs event:page
  percentage,       // visitors of the row / all visitors; needs dimensions
};

enum class Dimension : std::uint8_t {
  event_page,
  event_name,
  event_kind,
  event_source,
  event_props,  // with the property's name
  visit_entry_page,
  visit_exit_page,
  visit_source,
  visit_referrer,
  visit_channel,
  visit_utm_source,
  visit_utm_medium,
  visit_utm_campaign,
  visit_utm_content,
  visit_utm_term,
  visit_device,
  visit_browser,
  visit_browser_version,
  visit_os,
  visit_os_version,
  visit_country,
  visit_region,
  visit_city,
  visit_ip,
  visit_session,
  visit_visitor,
  visit_bot,
  time_minute,
  time_hour,
  time_day,
  time_week,  // Mondays
  time_month,
};

struct DimensionName {
  Dimension dimension = Dimension::event_page;
  std::string property;  // of event_props only
  friend bool operator==(const DimensionName&, const DimensionName&) = default;
};

// "visit:browser" and back; "event:props:NAME" carries its property.
std::string text_of(const DimensionName& name);
std::optional<DimensionName> dimension_named(std::string_view text);
std::string_view name_of(Metric metric);
std::optional<Metric> metric_named(std::string_view text);
inline bool is_time(Dimension dimension) { return dimension >= Dimension::time_minute; }

struct StatsFilter {
  enum class Operation : std::uint8_t { is, is_not, contains, contains_not, matches, matches_not, all, any, negate };
  Operation operation = Operation::is;
  DimensionName dimension;          // of the first six
  std::vector<std::string> values;  // of the first six; any of them
  bool case_sensitive = true;
  std::vector<StatsFilter> children;  // of all, any, negate
};

struct StatsOrder {
  std::optional<Metric> metric;
  std::optional<DimensionName> dimension;
  bool descending = true;
};

struct StatsQuery {
  std::string site;
  std::vector<Metric> metrics;
  Instant from;  // inclusive
  Instant to;    // exclusive
  std::vector<DimensionName> dimensions;
  std::vector<StatsFilter> filters;  // all must hold
  std::vector<StatsOrder> order;     // empty: the first metric descending, or time ascending
  std::size_t limit = 10'000;
  std::size_t offset = 0;
  bool bots = false;  // true: hits of bots count too
  bool total_rows = false;
};

// Values are doubles; those of counts are whole. Nothing: the metric has no meaning for the row.
struct StatsRow {
  std::vector<std::string> dimensions;  // times as "2026-11-21" or "2026-11-21 09:00:00", the start of the bucket
  std::vector<std::optional<double>> metrics;
};

struct StatsResult {
  std::vector<StatsRow> rows;
  std::optional<std::uint64_t> total_rows;
};

}  // namespace footfall
