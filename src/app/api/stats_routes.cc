// POST /api/v2/query: the numbers, in the language of Plausible's Stats API v2. GET /api/live: hits as they come.

#include <algorithm>
#include <array>
#include <cmath>

#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/api/visit_filter.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"
#include "domain/stats_query.h"

namespace footfall {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::year_month_day;

constexpr std::size_t metrics_max = 16;
constexpr std::size_t dimensions_max = 4;
constexpr std::size_t filter_values_max = 1'000;
constexpr std::size_t rows_default = 10'000;
constexpr std::size_t rows_max = 100'000;
constexpr std::size_t labels_max = 50'000;
// What `all` begins with until the site's visits are looked at: nothing was on the web before.
constexpr Instant beginning = Day(std::chrono::year(1991) / 8 / 6);

Error wrong(std::string_view field, std::string what) {
  return {ErrorCode::invalid, std::move(what), std::string(field)};
}

struct Range {
  Instant from;
  Instant to;
};

Day first_of_month(Day day, int back) {
  const year_month_day date(day);
  return Day((date.year() / date.month() / std::chrono::day(1)) - months(back));
}

// The named ranges, in UTC. Those in days and months leave out today, as Plausible's do.
Result<Range> named_range(std::string_view name, Instant now) {
  const Day today = day_of(now);
  if (name == "day") return Range{today, today + days(1)};
  if (name == "24h") return Range{now - std::chrono::hours(24), now + Milliseconds(1)};
  if (name == "all") return Range{beginning, today + days(1)};
  if (name == "month") return Range{first_of_month(today, 0), first_of_month(today, -1)};
  if (name == "year") {
    const auto year = year_month_day(today).year();
    return Range{Day(year / 1 / 1), Day((year + std::chrono::years(1)) / 1 / 1)};
  }
  const char unit = name.empty() ? ' ' : name.back();
  const auto count = parse_unsigned(name.substr(0, name.size() - (unit == 'o' ? 2 : 1)));
  if (count && *count >= 1 && *count <= 3'660 && unit == 'd') {
    return Range{today - days(static_cast<int>(*count)), today};
  }
  if (count && *count >= 1 && *count <= 120 && name.ends_with("mo")) {
    return Range{first_of_month(today, static_cast<int>(*count)), first_of_month(today, 0)};
  }
  return wrong("date_range",
               "'date_range' must be day, 24h, 7d, 28d, 30d, 91d, month, 6mo, 12mo, year, all, or a pair "
               "of dates or times");
}

Result<Range> read_range(const json::object& body, Instant now) {
  const json::value* range = body.if_contains("date_range");
  if (range == nullptr) return wrong("date_range", "'date_range' is missing");
  if (range->is_string()) return named_range(range->get_string(), now);
  if (!range->is_array() || range->get_array().size() != 2 || !range->get_array()[0].is_string() ||
      !range->get_array()[1].is_string()) {
    return wrong("date_range", "'date_range' must be a name or a pair of texts");
  }
  const std::string_view first = range->get_array()[0].get_string();
  const std::string_view last = range->get_array()[1].get_string();
  const auto from = parse_time(first);
  const auto to = parse_time(last);
  if (!from || !to) return wrong("date_range", "'date_range' holds no RFC 3339 dates or times");
  // A pair of dates includes the second day.
  Range read{*from, last.size() == 10 ? *to + days(1) : *to};
  if (read.from >= read.to) return wrong("date_range", "'date_range' ends before it begins");
  return read;
}

Result<DimensionName> read_dimension(const json::value& value, Range range, std::string_view field) {
  if (!value.is_string()) return wrong(field, "a dimension must be text");
  const std::string_view text = value.get_string();
  if (text == "time") {
    const auto span = range.to - range.from;
    const Dimension unit = span <= days(1)     ? Dimension::time_hour
                           : span <= days(190) ? Dimension::time_day
                                               : Dimension::time_month;
    return DimensionName{unit, ""};
  }
  const auto named = dimension_named(text);
  if (!named) return wrong(field, "there is no dimension '" + std::string(text.substr(0, 80)) + "'");
  return *named;
}

constexpr std::array<std::pair<std::string_view, StatsFilter::Operation>, 9> operations{{
    {"is", StatsFilter::Operation::is},
    {"is_not", StatsFilter::Operation::is_not},
    {"contains", StatsFilter::Operation::contains},
    {"contains_not", StatsFilter::Operation::contains_not},
    {"matches", StatsFilter::Operation::matches},
    {"matches_not", StatsFilter::Operation::matches_not},
    {"and", StatsFilter::Operation::all},
    {"or", StatsFilter::Operation::any},
    {"not", StatsFilter::Operation::negate},
}};

Result<StatsFilter> read_filter(const json::value& value, Range range);

// An address that is asked for is meant as well where the site hashes it.
void also_hashed(std::vector<StatsFilter>& filters, const AddressKeeper& keeper) {
  for (StatsFilter& filter : filters) {
    also_hashed(filter.children, keeper);
    if (!filter.children.empty() || filter.dimension.dimension != Dimension::visit_ip) continue;
    for (std::size_t i = 0, asked = filter.values.size(); i < asked; ++i) {
      if (auto hashed = hashed_ip(keeper, filter.values[i])) filter.values.push_back(std::move(*hashed));
    }
  }
}

Result<std::vector<StatsFilter>> read_filters(const json::value& value, Range range) {
  if (!value.is_array()) return wrong("filters", "filters must be arrays");
  std::vector<StatsFilter> filters;
  for (const json::value& entry : value.get_array()) {
    auto filter = read_filter(entry, range);
    if (!filter) return filter.error();
    filters.push_back(std::move(*filter));
  }
  return filters;
}

Result<StatsFilter> read_filter(const json::value& value, Range range) {
  if (!value.is_array() || value.get_array().size() < 2 || !value.get_array()[0].is_string()) {
    return wrong("filters", "a filter is [operation, dimension, [values]] or [\"and\"|\"or\"|\"not\", …]");
  }
  const json::array& parts = value.get_array();
  const std::string_view name = parts[0].get_string();
  const auto* operation =
      std::find_if(operations.begin(), operations.end(), [&](const auto& entry) { return entry.first == name; });
  if (operation == operations.end()) {
    return wrong("filters", "there is no filter operation '" + std::string(name.substr(0, 40)) + "'");
  }
  StatsFilter filter;
  filter.operation = operation->second;
  if (filter.operation == StatsFilter::Operation::negate) {
    auto child = read_filter(parts[1], range);
    if (!child) return child.error();
    filter.children.push_back(std::move(*child));
    return filter;
  }
  if (filter.operation == StatsFilter::Operation::all || filter.operation == StatsFilter::Operation::any) {
    auto children = read_filters(parts[1], range);
    if (!children) return children.error();
    filter.children = std::move(*children);
    return filter;
  }
  auto dimension = read_dimension(parts[1], range, "filters");
  if (!dimension) return dimension.error();
  filter.dimension = std::move(*dimension);
  if (is_time(filter.dimension.dimension)) return wrong("filters", "time is narrowed by 'date_range', not by a filter");
  if (parts.size() < 3 || !parts[2].is_array() || parts[2].get_array().empty() ||
      parts[2].get_array().size() > filter_values_max) {
    return wrong("filters", "a filter needs 1 to 1,000 values");
  }
  for (const json::value& entry : parts[2].get_array()) {
    if (!entry.is_string()) return wrong("filters", "the values of a filter must be texts");
    filter.values.emplace_back(entry.get_string());
  }
  if (parts.size() > 3 && parts[3].is_object()) {
    const auto sensitive = bool_member(parts[3].get_object(), "case_sensitive");
    if (!sensitive) return wrong("filters", sensitive.error().what);
    filter.case_sensitive = sensitive->value_or(true);
  }
  return filter;
}

struct StatsQuestion {
  StatsQuery query;
  bool time_labels = false;
};

Result<std::vector<Metric>> read_metrics(const json::object& body) {
  const json::value* value = body.if_contains("metrics");
  if (value == nullptr || !value->is_array() || value->get_array().empty() || value->get_array().size() > metrics_max) {
    return wrong("metrics", "'metrics' must be an array of 1 to 16 names");
  }
  std::vector<Metric> metrics;
  for (const json::value& entry : value->get_array()) {
    const auto metric = entry.is_string() ? metric_named(entry.get_string()) : std::nullopt;
    if (!metric) return wrong("metrics", "there is no metric " + json::serialize(entry).substr(0, 80));
    metrics.push_back(*metric);
  }
  return metrics;
}

Result<std::vector<StatsOrder>> read_order(const json::value& value, Range range) {
  std::vector<StatsOrder> order;
  const Error bad = wrong("order_by", "'order_by' must be an array of [metric or dimension, \"asc\" or \"desc\"]");
  if (!value.is_array()) return bad;
  for (const json::value& entry : value.get_array()) {
    if (!entry.is_array() || entry.get_array().size() != 2 || !entry.get_array()[0].is_string()) return bad;
    const json::value& direction = entry.get_array()[1];
    if (direction != "asc" && direction != "desc") return bad;
    StatsOrder by;
    by.descending = direction == "desc";
    by.metric = metric_named(entry.get_array()[0].get_string());
    if (!by.metric) {
      auto dimension = read_dimension(entry.get_array()[0], range, "order_by");
      if (!dimension) return dimension.error();
      by.dimension = std::move(*dimension);
    }
    order.push_back(std::move(by));
  }
  return order;
}

Result<Done> read_includes(const json::object& body, StatsQuestion& question) {
  const json::value* include = body.if_contains("include");
  if (include == nullptr || include->is_null()) return Done{};
  if (!include->is_object()) return wrong("include", "'include' must be an object");
  const auto bots = bool_member(include->get_object(), "bots");
  const auto labels = bool_member(include->get_object(), "time_labels");
  const auto total = bool_member(include->get_object(), "total_rows");
  for (const auto& flag : {bots, labels, total}) {
    if (!flag) return flag.error();
  }
  question.query.bots = bots->value_or(false);
  question.time_labels = labels->value_or(false);
  question.query.total_rows = total->value_or(false);
  return Done{};
}

Result<Done> read_pagination(const json::object& body, StatsQuery& query) {
  query.limit = rows_default;
  const json::value* pagination = body.if_contains("pagination");
  if (pagination == nullptr || pagination->is_null()) return Done{};
  if (!pagination->is_object()) return wrong("pagination", "'pagination' must be an object");
  const auto limit = number_member(pagination->get_object(), "limit");
  const auto offset = number_member(pagination->get_object(), "offset");
  if (!limit) return limit.error();
  if (!offset) return offset.error();
  if (*limit && (**limit < 1 || **limit > static_cast<double>(rows_max))) {
    return wrong("pagination", "'limit' must be from 1 to 100,000");
  }
  if (*offset && (**offset < 0 || **offset > 1e9)) return wrong("pagination", "'offset' must not be negative");
  if (*limit) query.limit = static_cast<std::size_t>(**limit);
  if (*offset) query.offset = static_cast<std::size_t>(**offset);
  return Done{};
}

Result<StatsQuestion> read_question(const json::value& value, Instant now) {
  if (!value.is_object()) return wrong("body", "the body must be a JSON object");
  const json::object& body = value.get_object();
  StatsQuestion question;
  StatsQuery& query = question.query;
  const auto site = text_member(body, "site_id");
  if (!site) return site.error();
  auto name = parse_site(site->value_or(""));
  if (!name) return wrong("site_id", "'site_id' is missing or no host name");
  query.site = std::move(*name);
  const auto range = read_range(body, now);
  if (!range) return range.error();
  query.from = range->from;
  query.to = range->to;
  auto metrics = read_metrics(body);
  if (!metrics) return metrics.error();
  query.metrics = std::move(*metrics);
  if (const json::value* dimensions = body.if_contains("dimensions"); dimensions != nullptr) {
    if (!dimensions->is_array() || dimensions->get_array().size() > dimensions_max) {
      return wrong("dimensions", "'dimensions' must be an array of at most 4 names");
    }
    for (const json::value& entry : dimensions->get_array()) {
      auto dimension = read_dimension(entry, *range, "dimensions");
      if (!dimension) return dimension.error();
      query.dimensions.push_back(std::move(*dimension));
    }
  }
  if (const json::value* filters = body.if_contains("filters"); filters != nullptr) {
    auto read = read_filters(*filters, *range);
    if (!read) return read.error();
    query.filters = std::move(*read);
  }
  if (const json::value* order = body.if_contains("order_by"); order != nullptr) {
    auto read = read_order(*order, *range);
    if (!read) return read.error();
    query.order = std::move(*read);
  }
  if (auto read = read_includes(body, question); !read) return read.error();
  if (auto read = read_pagination(body, query); !read) return read.error();
  return question;
}

// Every bucket of the range, as the rows name them; empty when there is no time dimension.
json::array time_labels(const StatsQuery& query, Instant now) {
  json::array labels;
  const auto time = std::find_if(query.dimensions.begin(), query.dimensions.end(),
                                 [](const DimensionName& name) { return is_time(name.dimension); });
  if (time == query.dimensions.end()) return labels;
  const Instant end = std::min(query.to, now + Milliseconds(1));
  const auto by_clock = [&](Milliseconds step) {
    for (Instant at = query.from - query.from.time_since_epoch() % step; at < end && labels.size() < labels_max;
         at += step) {
      labels.emplace_back(to_date(day_of(at)) + " " + to_rfc3339(at).substr(11, 8));
    }
  };
  const auto by_date = [&](Day at, auto next) {
    for (; Instant(at) < end && labels.size() < labels_max; at = next(at)) labels.emplace_back(to_date(at));
  };
  const Day first = day_of(query.from);
  switch (time->dimension) {
    case Dimension::time_minute:
      by_clock(std::chrono::minutes(1));
      break;
    case Dimension::time_hour:
      by_clock(std::chrono::hours(1));
      break;
    case Dimension::time_day:
      by_date(first, [](Day day) { return day + days(1); });
      break;
    case Dimension::time_week:
      by_date(first - (std::chrono::weekday(first) - std::chrono::Monday), [](Day day) { return day + days(7); });
      break;
    default:
      by_date(first_of_month(first, 0), [](Day day) { return first_of_month(day, -1); });
      break;
  }
  return labels;
}

// From the day of the site's first visit through that of its last; today when there is none.
Result<Range> whole_life(VisitReader& reader, const std::string& site, Instant now) {
  VisitFilter filter;
  filter.site = site;
  Range life{day_of(now), day_of(now) + days(1)};
  for (const VisitOrder order : {VisitOrder::oldest_first, VisitOrder::newest_first}) {
    const auto page = reader.visits(filter, order, 1, std::nullopt);
    if (!page) return page.error();
    if (page->rows.empty()) return life;
    const Day day = day_of(page->rows.front().time);
    if (order == VisitOrder::oldest_first) {
      life.from = day;
    } else {
      life.to = day + days(1);
    }
  }
  return life;
}

json::value number(const std::optional<double>& value) {
  if (!value) return nullptr;
  const double whole = std::round(*value);
  if (whole == *value && std::abs(whole) < 9e15) return static_cast<std::int64_t>(whole);
  return *value;
}

json::value to_json(const StatsQuestion& question, const StatsResult& result, Instant now) {
  json::array results;
  for (const StatsRow& row : result.rows) {
    json::array metrics;
    for (const auto& value : row.metrics) metrics.push_back(number(value));
    results.push_back(
        {{"dimensions", json::array(row.dimensions.begin(), row.dimensions.end())}, {"metrics", std::move(metrics)}});
  }
  json::object meta;
  if (question.time_labels) meta["time_labels"] = time_labels(question.query, now);
  if (result.total_rows) meta["total_rows"] = *result.total_rows;
  json::array metrics;
  for (const Metric metric : question.query.metrics) metrics.emplace_back(name_of(metric));
  json::array dimensions;
  for (const DimensionName& name : question.query.dimensions) dimensions.emplace_back(text_of(name));
  return {{"results", std::move(results)},
          {"meta", std::move(meta)},
          {"query",
           {{"site_id", question.query.site},
            {"metrics", std::move(metrics)},
            {"date_range", json::array{to_rfc3339(question.query.from), to_rfc3339(question.query.to)}},
            {"dimensions", std::move(dimensions)}}}};
}

}  // namespace

void add_stats_routes(Router& router, const VisitServices& services) {
  router.add(
      {Method::post, "/api/v2/query", Access::read, api_body_bytes_max, true, [services](const Call& call) -> Response {
         const auto body = parse_json(call.request.body);
         if (!body) return problem({ErrorCode::invalid, body.error().what, "body"});
         const Instant now = services.clock.now();
         auto question = read_question(*body, now);
         if (!question) return problem(question.error());
         if (!services.registry.site(question->query.site) || !call.caller.may(Role::read, question->query.site)) {
           return problem({ErrorCode::not_found, "the site is not registered", "site_id"});
         }
         if (question->query.from == beginning) {
           const auto life = whole_life(services.reader, question->query.site, now);
           if (!life) return problem(life.error());
           question->query.from = life->from;
           question->query.to = life->to;
         }
         also_hashed(question->query.filters, services.keeper);
         const auto result = services.reader.stats(question->query);
         if (!result) return problem(result.error());
         return json_response(200, json::serialize(to_json(*question, *result, now)));
       }});
}

void add_live_routes(Router& router, const Services& services) {
  router.add({Method::get, "/api/live", Access::read, 0, false, [services](const Call& call) -> Response {
                const auto site = site_of(call, services.registry, Role::read);
                if (!site) return problem(site.error());
                Response response;
                response.headers.push_back({"content-type", "text/event-stream"});
                response.headers.push_back({"cache-control", "no-store"});
                response.headers.push_back({"x-accel-buffering", "no"});
                response.body = services.live.watch(*site);
                return response;
              }});
}

}  // namespace footfall
