#include "app/stats/stats_cut.h"

#include <algorithm>

#include "app/json.h"

namespace footfall {
namespace {

using std::chrono::days;

// Buckets are counted from the epoch; the Monday before it begins week 0.
constexpr Day first_monday = Day(std::chrono::year(1969) / 12 / 29);

bool is_place(Dimension dimension) {
  return dimension == Dimension::visit_country || dimension == Dimension::visit_region ||
         dimension == Dimension::visit_city;
}

bool asks_place(const StatsFilter& filter) {
  if (filter.children.empty()) return is_place(filter.dimension.dimension);
  return std::any_of(filter.children.begin(), filter.children.end(), asks_place);
}

}  // namespace

void StatsVisit::take(const StatsVisits& visits, std::uint32_t index) {
  const StatsHit& hit = visits.hit(index);
  if (first == no_hit) {
    began = ended = hit.time;
    first = index;
  }
  began = std::min(began, hit.time);
  ended = std::max(ended, hit.time);
  if (visits.is_before(hit, visits.hit(first))) first = index;
  if (!hit.is_pageview()) {
    interacted = interacted || hit.interactive;
    return;
  }
  if (pageviews == 0) first_view = last_view = index;
  if (visits.is_before(hit, visits.hit(first_view))) first_view = index;
  if (visits.is_before(visits.hit(last_view), hit)) last_view = index;
  ++pageviews;
}

StatsCut::StatsCut(const StatsVisits& visits, StatsTexts& texts, DimensionName name, Nothing nothing)
    : visits_(visits),
      texts_(texts),
      name_(std::move(name)),
      is_text_(!is_time(name_.dimension) && name_.dimension != Dimension::visit_session &&
               name_.dimension != Dimension::visit_visitor),
      nothing_(nothing == Nothing::stays ? 0 : texts.number(label_of_nothing(name_.dimension))) {}

std::uint32_t StatsCut::said(const StatsHit& hit, const StatsVisit& visit, Instant moment, PageMeans page) {
  const auto path_of = [&](std::uint32_t view) { return view == no_hit ? 0 : visits_.hit(view).path; };
  const auto first = [&]() -> const StatsHit& { return visits_.hit(visit.first); };
  const auto agent = [&]() -> const StatsVisits::Agent& { return visits_.agent(first().agent); };
  const auto origin = [&]() -> const StatsVisits::Origin& { return visits_.origin(first().origin); };
  const auto address = [&]() -> const StatsVisits::Address& { return visits_.address(first().address); };
  switch (name_.dimension) {
    case Dimension::event_page:
      return page == PageMeans::page_of_hit ? hit.path : path_of(visit.first_view);
    case Dimension::event_name:
      return hit.event;
    case Dimension::event_kind:
      return visits_.text_of(hit.kind);
    case Dimension::event_source:
      return visits_.text_of(hit.source);
    case Dimension::event_props:
      return property(hit.props);
    case Dimension::visit_entry_page:
      return path_of(visit.first_view);
    case Dimension::visit_exit_page:
      return path_of(visit.last_view);
    case Dimension::visit_source:
      return origin().source;
    case Dimension::visit_referrer:
      return origin().referrer;
    case Dimension::visit_channel:
      return origin().channel;
    case Dimension::visit_utm_source:
      return origin().utm_source;
    case Dimension::visit_utm_medium:
      return origin().utm_medium;
    case Dimension::visit_utm_campaign:
      return origin().utm_campaign;
    case Dimension::visit_utm_content:
      return origin().utm_content;
    case Dimension::visit_utm_term:
      return origin().utm_term;
    case Dimension::visit_device:
      return agent().device;
    case Dimension::visit_browser:
      return agent().browser;
    case Dimension::visit_browser_version:
      return agent().browser_version;
    case Dimension::visit_os:
      return agent().os;
    case Dimension::visit_os_version:
      return agent().os_version;
    case Dimension::visit_country:
      return address().country;
    case Dimension::visit_region:
      return address().region;
    case Dimension::visit_city:
      return address().city;
    case Dimension::visit_ip:
      return address().ip;
    case Dimension::visit_session:
      return hit.session;
    case Dimension::visit_visitor:
      return first().visitor;
    case Dimension::visit_bot:
      return agent().bot;
    case Dimension::time_minute:
    case Dimension::time_hour:
    case Dimension::time_day:
    case Dimension::time_week:
    case Dimension::time_month:
      return bucket(moment);
  }
  FOOTFALL_ASSERT(false);
  return 0;
}

std::uint32_t StatsCut::property(std::uint32_t props) {
  if (props == 0) return 0;
  if (const auto known = properties_.find(props)) return *known;
  std::uint32_t said = 0;
  const auto parsed = parse_json(texts_.text(props));
  if (parsed && parsed->is_object()) {
    const json::value* value = parsed->get_object().if_contains(name_.property);
    if (value != nullptr && value->is_string()) said = texts_.number(value->get_string());
  }
  return properties_.insert(props, said).first;
}

std::string_view StatsCut::text(std::uint32_t said) const {
  if (name_.dimension == Dimension::visit_session) return visits_.sessions().text(said);
  if (name_.dimension == Dimension::visit_visitor) return visits_.visitors().text(said);
  FOOTFALL_ASSERT(is_text_);
  return texts_.text(said);
}

std::uint32_t StatsCut::bucket(Instant time) const {
  using namespace std::chrono;
  // Signed within 32 bits: minutes reach from the year -2113 to 6053.
  const auto number = [](auto count) { return static_cast<std::uint32_t>(static_cast<std::int32_t>(count)); };
  switch (name_.dimension) {
    case Dimension::time_minute:
      return number(floor<minutes>(time).time_since_epoch().count());
    case Dimension::time_hour:
      return number(floor<hours>(time).time_since_epoch().count());
    case Dimension::time_day:
      return number(day_of(time).time_since_epoch().count());
    case Dimension::time_week:
      return number(floor<weeks>(day_of(time) - first_monday).count());
    default: {
      const year_month_day date(day_of(time));
      return number(int{date.year()} * 12 + static_cast<int>(unsigned{date.month()}) - 1);
    }
  }
}

Instant StatsCut::beginning(std::uint32_t bucket) const {
  using namespace std::chrono;
  const auto count = static_cast<std::int32_t>(bucket);
  switch (name_.dimension) {
    case Dimension::time_minute:
      return Instant(minutes(count));
    case Dimension::time_hour:
      return Instant(hours(count));
    case Dimension::time_day:
      return Day(days(count));
    case Dimension::time_week:
      return first_monday + days(count * 7);
    default: {
      const int of_year = ((count % 12) + 12) % 12;
      return Day(year((count - of_year) / 12) / month(static_cast<unsigned>(of_year) + 1) / 1);
    }
  }
}

std::string StatsCut::label(std::uint32_t label) const {
  if (!is_time(name_.dimension)) {
    const std::string_view said = text(label);
    return std::string(said.empty() ? label_not_set : said);
  }
  const Instant at = beginning(label);
  const bool by_clock = name_.dimension == Dimension::time_minute || name_.dimension == Dimension::time_hour;
  return by_clock ? to_rfc3339(at) : to_date(day_of(at));
}

bool StatsCut::is_less(std::uint32_t a, std::uint32_t b) const {
  if (is_time(name_.dimension)) return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b);
  return text(a) < text(b);
}

Result<Done> check_known(const StatsVisits& visits, const StatsQuery& query) {
  if (visits.knowledge().places == nullptr) {
    const bool asks = std::any_of(query.dimensions.begin(), query.dimensions.end(),
                                  [](const DimensionName& name) { return is_place(name.dimension); }) ||
                      std::any_of(query.filters.begin(), query.filters.end(), asks_place);
    if (asks) {
      return Error{ErrorCode::unsupported, "where visitors are (country, region, city) is not known here"};
    }
  }
  if (!visits.knowledge().engagement && std::any_of(query.metrics.begin(), query.metrics.end(), is_of_engagement)) {
    return Error{ErrorCode::unsupported, "how long pages are looked at, and how deep, is not kept here"};
  }
  return Done{};
}

}  // namespace footfall
