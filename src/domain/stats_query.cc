#include "domain/stats_query.h"

#include <array>
#include <utility>

namespace footfall {
namespace {

constexpr std::string_view props_prefix = "event:props:";

// By the number of the Dimension.
constexpr std::array<std::string_view, 32> dimension_names{
    "event:page",         "event:name",        "event:kind",
    "event:source",       "event:props",       "visit:entry_page",
    "visit:exit_page",    "visit:source",      "visit:referrer",
    "visit:channel",      "visit:utm_source",  "visit:utm_medium",
    "visit:utm_campaign", "visit:utm_content", "visit:utm_term",
    "visit:device",       "visit:browser",     "visit:browser_version",
    "visit:os",           "visit:os_version",  "visit:country",
    "visit:region",       "visit:city",        "visit:ip",
    "visit:session",      "visit:visitor",     "visit:bot",
    "time:minute",        "time:hour",         "time:day",
    "time:week",          "time:month"};
static_assert(dimension_names.size() == static_cast<std::size_t>(Dimension::time_month) + 1);

// By the number of the Metric.
constexpr std::array<std::string_view, 10> metric_names{
    "visitors",    "visits",         "pageviews",    "events",       "views_per_visit",
    "bounce_rate", "visit_duration", "time_on_page", "scroll_depth", "percentage"};
static_assert(metric_names.size() == static_cast<std::size_t>(Metric::percentage) + 1);

}  // namespace

std::string text_of(const DimensionName& name) {
  if (name.dimension == Dimension::event_props) return std::string(props_prefix) + name.property;
  return std::string(dimension_names.at(static_cast<std::size_t>(name.dimension)));
}

std::optional<DimensionName> dimension_named(std::string_view text) {
  if (text.starts_with(props_prefix)) {
    if (text.size() == props_prefix.size()) return std::nullopt;
    return DimensionName{Dimension::event_props, std::string(text.substr(props_prefix.size()))};
  }
  for (std::size_t i = 0; i < dimension_names.size(); ++i) {
    const auto dimension = static_cast<Dimension>(i);
    if (dimension_names[i] == text && dimension != Dimension::event_props) return DimensionName{dimension, ""};
  }
  return std::nullopt;
}

std::string_view name_of(Metric metric) { return metric_names.at(static_cast<std::size_t>(metric)); }

std::optional<Metric> metric_named(std::string_view text) {
  for (std::size_t i = 0; i < metric_names.size(); ++i) {
    if (metric_names[i] == text) return static_cast<Metric>(i);
  }
  return std::nullopt;
}

}  // namespace footfall
