#include "domain/stats_rules.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace footfall {
namespace {

// Parsers bound the depth of what strangers send; this holds for everyone else.
constexpr int filter_depth_max = 32;

template <typename Things, typename Predicate>
bool any(const Things& things, Predicate&& predicate) {
  return std::any_of(things.begin(), things.end(), std::forward<Predicate>(predicate));
}

// Texts are UTF-8 everywhere; a property that is named otherwise cannot be asked for.
bool is_named_badly(const DimensionName& name) { return !is_utf8(name.property); }

bool asks_badly(const StatsFilter& filter) {
  return is_named_badly(filter.dimension) || any(filter.children, asks_badly);
}

bool asks_for(const StatsFilter& filter, Dimension dimension) {
  if (filter.children.empty()) return filter.dimension.dimension == dimension;
  return any(filter.children, [&](const StatsFilter& child) { return asks_for(child, dimension); });
}

bool is_too_deep(const StatsFilter& filter, int depth) {
  return depth > filter_depth_max ||
         any(filter.children, [&](const StatsFilter& child) { return is_too_deep(child, depth + 1); });
}

bool is_utm(Dimension dimension) {
  return dimension >= Dimension::visit_utm_source && dimension <= Dimension::visit_utm_term;
}

Error wrong(std::string field, std::string what) { return {ErrorCode::invalid, std::move(what), std::move(field)}; }

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

}  // namespace

std::string_view label_of_nothing(Dimension dimension) {
  switch (dimension) {
    case Dimension::event_name:
      return label_pageview;
    case Dimension::visit_source:
    case Dimension::visit_referrer:
      return label_direct;
    case Dimension::event_props:
    case Dimension::visit_bot:
      return label_none;
    default:
      return label_not_set;
  }
}

bool is_of_visits(Metric metric) {
  return metric == Metric::bounce_rate || metric == Metric::visit_duration || metric == Metric::views_per_visit;
}

bool is_of_engagement(Metric metric) { return metric == Metric::time_on_page || metric == Metric::scroll_depth; }

bool is_negative(StatsFilter::Operation operation) { return positive_of(operation) != operation; }

StatsFilter::Operation positive_of(StatsFilter::Operation operation) {
  using Operation = StatsFilter::Operation;
  switch (operation) {
    case Operation::is_not:
      return Operation::is;
    case Operation::contains_not:
      return Operation::contains;
    case Operation::matches_not:
      return Operation::matches;
    default:
      return operation;
  }
}

bool means_nothing(const StatsFilter& filter, std::string_view value) {
  const Dimension dimension = filter.dimension.dimension;
  if (dimension == Dimension::event_name) return false;
  const auto is = [&](std::string_view label) {
    return filter.case_sensitive ? value == label : equals_ignoring_case(value, label);
  };
  if (is(label_of_nothing(dimension))) return true;
  if (dimension == Dimension::event_props) return false;
  return is(label_not_set) || (is_utm(dimension) && is(label_direct));
}

Result<Done> check(const StatsQuery& query) {
  if (query.metrics.empty()) return wrong("metrics", "a question needs at least one metric");
  if (query.to - query.from > std::chrono::years(250)) return wrong("date_range", "the range is longer than 250 years");
  if (any(query.filters, [](const StatsFilter& filter) { return is_too_deep(filter, 1); })) {
    return wrong("filters", "the filters are nested too deep");
  }
  if (any(query.filters, asks_badly)) return wrong("filters", "the name of a property is not UTF-8");
  if (any(query.dimensions, is_named_badly)) return wrong("dimensions", "the name of a property is not UTF-8");
  const bool about_page =
      any(query.dimensions, [](const auto& name) { return name.dimension == Dimension::event_page; }) ||
      any(query.filters, [](const auto& filter) { return asks_for(filter, Dimension::event_page); });
  for (const Metric metric : query.metrics) {
    if (is_of_engagement(metric) && !about_page) {
      return wrong("metrics",
                   "Metric " + quoted(name_of(metric)) + " can only be queried with event:page filters or dimensions.");
    }
    if (metric == Metric::percentage && query.dimensions.empty()) {
      return wrong("metrics", "Metric `percentage` can only be queried with `dimensions`.");
    }
    if (!is_of_visits(metric)) continue;
    for (const DimensionName& name : query.dimensions) {
      if (!is_of_one_hit(name.dimension) || name.dimension == Dimension::event_page) continue;
      return wrong("metrics", "Session metric(s) " + quoted(name_of(metric)) +
                                  " cannot be queried along with event dimension(s) " + quoted(text_of(name)));
    }
  }
  for (const StatsOrder& by : query.order) {
    const bool is_asked =
        by.metric ? any(query.metrics, [&](Metric metric) { return metric == *by.metric; })
                  : by.dimension && any(query.dimensions, [&](const auto& name) { return name == *by.dimension; });
    if (!is_asked) return wrong("order_by", "the order names something that is no metric or dimension of the question");
  }
  return Done{};
}

}  // namespace footfall
