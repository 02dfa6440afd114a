// Any question to any visits: the SQL answers as a few plain loops do.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <regex>
#include <set>

#include "adapters/duckdb/stats_filter.h"
#include "adapters/duckdb/stats_sql.h"
#include "adapters/duckdb/visit_world.h"
#include "base/text.h"

namespace footfall::duckdb {
namespace {

using Operation = StatsFilter::Operation;

// --- The plain loops ---

struct Visit {
  const TestHit* first = nullptr;
  std::string entry, exit;
  std::size_t pageviews = 0;
  bool interacted = false;
  Instant began, ended;
};

class Reference {
 public:
  Reference(const VisitWorld& world, const StatsQuery& query) : world_(world), query_(query) {
    for (const TestHit& hit : world.hits()) {
      if (hit.site != query.site || (!query.bots && !hit.bot.empty())) continue;
      if (hit.time < query.from - session_reach || hit.time >= query.to + session_reach) continue;
      if (hit.time >= query.from && hit.time < query.to) hits_.push_back(&hit);
      Visit& visit = visits_[hit.session];
      if (visit.first == nullptr) {
        visit.first = &hit;
        visit.began = visit.ended = hit.time;
      }
      visit.began = std::min(visit.began, hit.time);
      visit.ended = std::max(visit.ended, hit.time);
      if (hit.kind != Kind::event) {
        if (visit.pageviews == 0) visit.entry = hit.path;
        visit.exit = hit.path;
        ++visit.pageviews;
      } else {
        visit.interacted = visit.interacted || hit.interactive;
      }
    }
  }

  StatsResult answer() {
    std::map<std::vector<std::string>, Group> groups;
    std::set<std::uint32_t> all_visitors;
    if (query_.dimensions.empty()) groups[{}];
    for (const TestHit* hit : hits_) {
      if (!matches(*hit, PageMeans::page_of_hit)) continue;
      Group& group = groups[labels(*hit, hit->time, PageMeans::page_of_hit)];
      group.visitors.insert(hit->visitor);
      group.visits.insert(hit->session);
      ++group.events;
      if (hit->kind != Kind::event) ++group.pageviews;
      all_visitors.insert(hit->visitor);
      for (const Engaged& engaged : hit->engaged) {
        if (engaged.time < query_.from - session_reach || engaged.time >= query_.to + session_reach) continue;
        group.engaged[hit->session].ms += engaged.ms;
        if (engaged.depth <= 100) {
          auto& deepest = group.engaged[hit->session].deepest;
          deepest = std::max<int>(deepest, engaged.depth);
        }
      }
    }
    add_visits(groups);
    StatsResult result;
    for (auto& [labels_of_row, group] : groups) {
      StatsRow row{labels_of_row, {}};
      for (const Metric metric : query_.metrics) row.metrics.push_back(value(metric, group, all_visitors.size()));
      result.rows.push_back(std::move(row));
    }
    order(result.rows);
    if (query_.total_rows) result.total_rows = result.rows.size();
    result.rows.erase(result.rows.begin(),
                      result.rows.begin() + static_cast<std::ptrdiff_t>(std::min(query_.offset, result.rows.size())));
    if (result.rows.size() > query_.limit) result.rows.resize(query_.limit);
    return result;
  }

 private:
  struct Group {
    std::set<std::uint32_t> visitors, visits;
    std::size_t pageviews = 0, events = 0;
    struct Engagement {
      std::uint64_t ms = 0;
      int deepest = -1;
    };
    std::map<std::uint32_t, Engagement> engaged;
    // Of the visits measured in this group.
    std::size_t measured = 0, entered = 0, bounced = 0, views = 0;
    std::int64_t duration_ms = 0;
  };

  const Visit& visit_of(const TestHit& hit) const { return visits_.at(hit.session); }

  void add_visits(std::map<std::vector<std::string>, Group>& groups) {
    const bool by_page = std::any_of(query_.dimensions.begin(), query_.dimensions.end(),
                                     [](const auto& name) { return name.dimension == Dimension::event_page; });
    const PageMeans page = by_page ? PageMeans::entry_of_visit : PageMeans::page_of_hit;
    std::map<std::uint32_t, const TestHit*> last;
    for (const TestHit* hit : hits_) {
      if (!matches(*hit, page)) continue;
      const TestHit*& latest = last[hit->session];
      if (latest == nullptr || hit->time > latest->time) latest = hit;
    }
    for (const auto& [session, hit] : last) {
      const auto found = groups.find(labels(*hit, hit->time, page));
      if (found == groups.end()) continue;
      Group& group = found->second;
      const Visit& visit = visit_of(*hit);
      bool entered = true;
      for (const StatsFilter& filter : query_.filters) {
        if (!by_page && filter.children.empty() && filter.dimension.dimension == Dimension::event_page) {
          entered = entered && matches(filter, *hit, PageMeans::entry_of_visit);
        }
      }
      ++group.measured;
      group.entered += entered;
      group.bounced += entered && visit.pageviews <= 1 && !visit.interacted;
      group.views += visit.pageviews;
      group.duration_ms += (visit.ended - visit.began).count();
    }
  }

  static std::optional<double> ratio(double part, double whole, double scale) {
    if (whole == 0) return std::nullopt;
    return std::round(part / whole * scale) / scale;
  }

  static std::optional<double> value(Metric metric, const Group& group, std::size_t all_visitors) {
    const auto number = [](std::size_t count) { return static_cast<double>(count); };
    switch (metric) {
      case Metric::visitors:
        return number(group.visitors.size());
      case Metric::visits:
        return number(group.visits.size());
      case Metric::pageviews:
        return number(group.pageviews);
      case Metric::events:
        return number(group.events);
      case Metric::views_per_visit:
        return ratio(number(group.views), number(group.measured), 100);
      case Metric::bounce_rate:
        return ratio(100.0 * number(group.bounced), number(group.entered), 1);
      case Metric::visit_duration:
        return ratio(static_cast<double>(group.duration_ms) / 1000, number(group.measured), 1);
      case Metric::percentage:
        return ratio(100.0 * number(group.visitors.size()), number(all_visitors), 10);
      case Metric::time_on_page: {
        double ms = 0;
        for (const auto& [session, engaged] : group.engaged) ms += static_cast<double>(engaged.ms);
        return ratio(ms / 1000, number(group.engaged.size()), 1);
      }
      case Metric::scroll_depth: {
        double depths = 0;
        std::size_t measured = 0;
        for (const auto& [session, engaged] : group.engaged) {
          if (engaged.deepest < 0) continue;
          depths += engaged.deepest;
          ++measured;
        }
        return ratio(depths, number(measured), 1);
      }
    }
    return std::nullopt;
  }

  // What the hit or its visit says; nothing for a property that is not there.
  std::optional<std::string> text(const DimensionName& name, const TestHit& hit, PageMeans page) const {
    const Visit& visit = visit_of(hit);
    const TestHit& first = *visit.first;
    switch (name.dimension) {
      case Dimension::event_page:
        return page == PageMeans::page_of_hit ? hit.path : visit.entry;
      case Dimension::event_name:
        return hit.event.empty() ? "pageview" : hit.event;
      case Dimension::event_kind:
        return std::string(name_of(hit.kind));
      case Dimension::event_source:
        return std::string(name_of(hit.source));
      case Dimension::event_props: {
        const auto found = hit.props.find(name.property);
        return found == hit.props.end() ? std::nullopt : std::optional(found->second);
      }
      case Dimension::visit_entry_page:
        return visit.entry;
      case Dimension::visit_exit_page:
        return visit.exit;
      case Dimension::visit_source:
        return first.referrer_source;
      case Dimension::visit_referrer:
        return first.referrer;
      case Dimension::visit_channel:
        return std::string(name_of(first.channel));
      case Dimension::visit_utm_source:
        return first.utm_source;
      case Dimension::visit_utm_medium:
        return first.utm_medium;
      case Dimension::visit_utm_campaign:
        return first.utm_campaign;
      case Dimension::visit_utm_content:
        return first.utm_content;
      case Dimension::visit_utm_term:
        return first.utm_term;
      case Dimension::visit_device:
        return first.device;
      case Dimension::visit_browser:
        return first.browser;
      case Dimension::visit_browser_version:
        return first.browser_version;
      case Dimension::visit_os:
        return first.os;
      case Dimension::visit_os_version:
        return first.os_version;
      case Dimension::visit_country:
        return first.country;
      case Dimension::visit_region:
        return first.region;
      case Dimension::visit_city:
        return first.city;
      case Dimension::visit_ip:
        return first.ip;
      case Dimension::visit_session: {
        const auto given = world_.given_sessions().find(hit.session);
        if (given != world_.given_sessions().end()) return given->second;
        return test_ids().number_id(PublicIds::What::session, hit.session);
      }
      case Dimension::visit_visitor: {
        const auto given = world_.given_visitors().find(first.visitor);
        if (given != world_.given_visitors().end()) return given->second;
        return test_ids().number_id(PublicIds::What::visitor, first.visitor);
      }
      case Dimension::visit_bot:
        return first.bot;
      default:
        return std::nullopt;
    }
  }

  static std::string nothing_of(Dimension dimension) {
    switch (dimension) {
      case Dimension::visit_source:
      case Dimension::visit_referrer:
        return "Direct / None";
      case Dimension::event_props:
      case Dimension::visit_bot:
        return "(none)";
      default:
        return "(not set)";
    }
  }

  static std::string bucket(Dimension dimension, Instant time) {
    using namespace std::chrono;
    const Day day = day_of(time);
    switch (dimension) {
      case Dimension::time_minute:
        return to_rfc3339(floor<minutes>(time));
      case Dimension::time_hour:
        return to_rfc3339(floor<hours>(time));
      case Dimension::time_day:
        return to_date(day);
      case Dimension::time_week:
        return to_date(day - (weekday(day) - Monday));
      default: {
        const year_month_day date(day);
        return to_date(Day(date.year() / date.month() / 1));
      }
    }
  }

  std::vector<std::string> labels(const TestHit& hit, Instant time, PageMeans page) const {
    std::vector<std::string> labels;
    for (const DimensionName& name : query_.dimensions) {
      if (is_time(name.dimension)) {
        labels.push_back(bucket(name.dimension, time));
        continue;
      }
      const auto said = text(name, hit, page);
      labels.push_back(said && !said->empty() ? *said : nothing_of(name.dimension));
    }
    return labels;
  }

  bool matches(const TestHit& hit, PageMeans page) const {
    return std::all_of(query_.filters.begin(), query_.filters.end(),
                       [&](const StatsFilter& filter) { return matches(filter, hit, page); });
  }

  bool matches(const StatsFilter& filter, const TestHit& hit, PageMeans page) const {
    const auto of_child = [&](const StatsFilter& child) { return matches(child, hit, page); };
    const auto all = [&] { return std::all_of(filter.children.begin(), filter.children.end(), of_child); };
    switch (filter.operation) {
      case Operation::all:
        return all();
      case Operation::any:
        return std::any_of(filter.children.begin(), filter.children.end(), of_child);
      case Operation::negate:
        return !all();
      default:
        break;
    }
    const auto said = text(filter.dimension, hit, page);
    const bool there = said && !said->empty();
    const bool positive = filter.operation == Operation::is || filter.operation == Operation::contains ||
                          filter.operation == Operation::matches;
    const bool is = filter.operation == Operation::is || filter.operation == Operation::is_not;
    if (filter.dimension.dimension == Dimension::event_props && !there && !is) return false;
    const bool any = std::any_of(filter.values.begin(), filter.values.end(), [&](const std::string& value) {
      const std::string text = said.value_or("");
      const auto folded = [&](const std::string& which) { return filter.case_sensitive ? which : to_lower(which); };
      if (is) {
        const Dimension dimension = filter.dimension.dimension;
        const bool is_utm = dimension >= Dimension::visit_utm_source && dimension <= Dimension::visit_utm_term;
        if (folded(value) == folded(nothing_of(dimension)) ||
            (folded(value) == "(not set)" && dimension != Dimension::event_props) ||
            (folded(value) == folded("Direct / None") && is_utm)) {
          return !there;
        }
        return there && folded(text) == folded(value);
      }
      if (filter.operation == Operation::contains || filter.operation == Operation::contains_not) {
        return folded(text).find(folded(value)) != std::string::npos;
      }
      const auto flags = filter.case_sensitive ? std::regex::ECMAScript : std::regex::ECMAScript | std::regex::icase;
      return std::regex_search(text, std::regex(value, flags));
    });
    return any == positive;
  }

  void order(std::vector<StatsRow>& rows) const {
    const auto place = [](const auto& things, const auto& thing) {
      return static_cast<std::size_t>(std::find(things.begin(), things.end(), thing) - things.begin());
    };
    std::vector<StatsOrder> order = query_.order;
    if (order.empty()) {
      for (const DimensionName& name : query_.dimensions) {
        if (is_time(name.dimension)) order.push_back({std::nullopt, name, false});
      }
      order.push_back({query_.metrics.front(), std::nullopt, true});
    }
    for (const DimensionName& name : query_.dimensions) order.push_back({std::nullopt, name, false});
    std::sort(rows.begin(), rows.end(), [&](const StatsRow& a, const StatsRow& b) {
      for (const StatsOrder& by : order) {
        if (by.dimension) {
          const std::size_t at = place(query_.dimensions, *by.dimension);
          if (a.dimensions[at] != b.dimensions[at]) return (a.dimensions[at] < b.dimensions[at]) != by.descending;
        } else {
          const std::size_t at = place(query_.metrics, *by.metric);
          const auto& x = a.metrics[at];
          const auto& y = b.metrics[at];
          if (x.has_value() != y.has_value()) return x.has_value();
          if (x && *x != *y) return (*x < *y) != by.descending;
        }
      }
      return false;
    });
  }

  const VisitWorld& world_;
  const StatsQuery& query_;
  std::vector<const TestHit*> hits_;
  std::map<std::uint32_t, Visit> visits_;
};

// --- Chance ---

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  // Small numbers come more often.
  int skewed(int end) { return std::min(below(end), below(end)); }
  bool chance(double part) { return std::uniform_real_distribution<double>()(random_) < part; }
  template <typename T>
  const T& of(const std::vector<T>& things) {
    return things[static_cast<std::size_t>(below(static_cast<int>(things.size())))];
  }

 private:
  std::mt19937 random_;
};

constexpr int days_told = 6;
const Instant first_day = Day(std::chrono::year(2026) / 10 / 29);

void live(VisitWorld& world, Dice& dice, std::size_t hits_wanted) {
  const std::vector<std::string> sites{"example.com", "example.com", "example.com", "other.example"};
  const std::vector<std::string> names{"signup", "Download", "video play", "outbound"};
  const std::vector<std::string> plans{"pro", "Free", "team"};
  std::uint32_t session = 0;
  std::uint32_t visitor = 0;
  std::vector<TestHit> told;
  while (told.size() < hits_wanted) {
    ++session;
    if (visitor == 0 || dice.chance(0.7)) ++visitor;
    TestHit hit;
    hit.site = dice.of(sites);
    hit.session = session;
    hit.visitor = dice.chance(0.8) ? visitor : 1 + static_cast<std::uint32_t>(dice.below(static_cast<int>(visitor)));
    hit.time = first_day + std::chrono::milliseconds(dice.below(days_told * 86'400) * 1000LL + dice.below(1000));
    hit.ip = dice.chance(0.05)  ? ""
             : dice.chance(0.2) ? "2001:db8::" + std::to_string(dice.below(9) + 1)
                                : "198.51.100." + std::to_string(dice.skewed(40));
    const int place = hit.ip.empty() ? 0 : static_cast<int>(hit.ip.size() % 4);
    hit.country = std::vector<std::string>{"", "CH", "DE", "US"}[static_cast<std::size_t>(place)];
    hit.region = place == 0 ? "" : "Region " + std::to_string(place);
    hit.city = place < 2 ? "" : "City " + std::to_string(place);
    const auto use_agent = [&](int agent) {
      hit.user_agent = agent == 0 ? "" : "Agent/" + std::to_string(agent);
      hit.browser = agent == 0 ? "" : agent % 2 == 0 ? "Firefox" : "Chrome";
      hit.browser_version = agent == 0 ? "" : std::to_string(100 + agent);
      hit.os = agent < 2 ? "" : agent % 3 == 0 ? "Linux" : "Windows";
      hit.os_version = agent < 3 ? "" : std::to_string(agent % 3);
      hit.device = agent == 0 ? "" : agent % 4 == 0 ? "mobile" : "desktop";
      hit.bot = agent >= 7 ? "crawler: " + std::to_string(agent) : "";
    };
    const int agent = dice.skewed(9);
    const int hits = 1 + dice.skewed(dice.chance(0.1) ? 30 : 6);
    for (int i = 0; i < hits; ++i) {
      use_agent(dice.chance(0.03) ? dice.below(9) : agent);
      if (dice.chance(0.02)) hit.visitor = 1 + static_cast<std::uint32_t>(dice.below(static_cast<int>(visitor)));
      hit.kind = static_cast<Kind>(dice.chance(0.75) ? 0 : dice.below(5));
      hit.source = static_cast<Source>(dice.below(5));
      hit.path =
          "/" +
          std::vector<std::string>{
              "", "about", "Blog/a", "blog/b", "blog/c", "pricing", "x", "y"}[static_cast<std::size_t>(dice.skewed(8))];
      hit.event.clear();
      hit.props.clear();
      hit.interactive = true;
      if (dice.chance(0.15)) {
        hit.kind = Kind::event;
        hit.event = dice.of(names);
        hit.interactive = dice.chance(0.6);
      }
      if (dice.chance(0.2)) hit.props["plan"] = dice.of(plans);
      if (dice.chance(0.1)) hit.props["a/b ~\"c\""] = dice.of(plans);
      const bool referred = dice.chance(i == 0 ? 0.6 : 0.1);
      const int from = dice.skewed(8);
      hit.referrer = referred ? "https://site-" + std::to_string(from) + ".example/" : "";
      hit.referrer_source = referred ? (from < 3 ? "Google" : "site-" + std::to_string(from) + ".example") : "";
      hit.channel = static_cast<Channel>(referred ? 1 + dice.below(18) : 0);
      const bool tagged = dice.chance(0.1);
      hit.utm_source = tagged ? dice.of(plans) : "";
      hit.utm_medium = tagged ? "email" : "";
      hit.utm_campaign = tagged && dice.chance(0.5) ? "launch" : "";
      hit.utm_content = tagged && dice.chance(0.3) ? "top" : "";
      hit.utm_term = tagged && dice.chance(0.3) ? "shoes" : "";
      hit.engaged.clear();
      if (hit.kind != Kind::event) {
        for (int n = dice.chance(0.5) ? dice.below(3) : 0; n > 0; --n) {
          hit.engaged.push_back({hit.time + std::chrono::seconds(dice.below(900)),
                                 static_cast<std::uint32_t>(dice.below(60'000)),
                                 static_cast<std::uint8_t>(dice.chance(0.8) ? dice.below(101) : 255)});
        }
      }
      told.push_back(hit);
      // Some at the same moment, some long after; a few earlier, as in a log that is out of order.
      hit.time += std::chrono::milliseconds(dice.chance(0.1)    ? 0
                                            : dice.chance(0.05) ? -dice.below(60'000)
                                                                : dice.below(1'200'000));
    }
    if (dice.chance(0.1)) world.give_session(session, "session " + std::to_string(dice.below(40)));
    if (dice.chance(0.1)) world.give_visitor(visitor, "visitor " + std::to_string(dice.below(40)));
  }
  // Sessions overlap: the order of positions is about that of time.
  std::stable_sort(told.begin(), told.end(), [](const TestHit& a, const TestHit& b) { return a.time < b.time; });
  for (std::size_t i = 0; i + 1 < told.size(); i += 7) std::swap(told[i], told[i + 1]);
  for (TestHit& hit : told) world.add(std::move(hit));
}

StatsFilter any_filter(Dice& dice, const VisitWorld& world, int depth) {
  StatsFilter filter;
  if (depth > 0 && dice.chance(0.3)) {
    filter.operation = static_cast<Operation>(static_cast<int>(Operation::all) + dice.below(3));
    const int children = filter.operation == Operation::negate ? 1 : 1 + dice.below(3);
    for (int i = 0; i < children; ++i) filter.children.push_back(any_filter(dice, world, depth - 1));
    return filter;
  }
  // Pages are asked for most.
  filter.dimension.dimension = dice.chance(0.3)
                                   ? Dimension::event_page
                                   : static_cast<Dimension>(dice.below(static_cast<int>(Dimension::time_minute)));
  if (filter.dimension.dimension == Dimension::event_props)
    filter.dimension.property = dice.chance(0.7) ? "plan" : "a/b ~\"c\"";
  const bool ids_only = filter.dimension.dimension == Dimension::visit_ip ||
                        filter.dimension.dimension == Dimension::visit_session ||
                        filter.dimension.dimension == Dimension::visit_visitor;
  filter.operation = static_cast<Operation>(dice.below(ids_only ? 2 : 6));
  // Ids are exact, however the rest is compared.
  filter.case_sensitive = ids_only || dice.chance(0.8);
  for (int n = 1 + dice.below(2); n > 0; --n) {
    const TestHit& hit = dice.of(world.hits());
    const auto session = world.given_sessions().find(hit.session);
    const auto visitor = world.given_visitors().find(hit.visitor);
    const std::vector<std::string> texts{
        hit.path,
        hit.event.empty() ? "pageview" : hit.event,
        std::string(name_of(hit.kind)),
        std::string(name_of(hit.source)),
        hit.props.empty() ? "(none)" : hit.props.begin()->second,
        hit.path,
        hit.path,
        hit.referrer_source,
        hit.referrer,
        std::string(name_of(hit.channel)),
        hit.utm_source,
        hit.utm_medium,
        hit.utm_campaign,
        hit.utm_content,
        hit.utm_term,
        hit.device,
        hit.browser,
        hit.browser_version,
        hit.os,
        hit.os_version,
        hit.country,
        hit.region,
        hit.city,
        hit.ip,
        session == world.given_sessions().end() ? test_ids().number_id(PublicIds::What::session, hit.session)
                                                : session->second,
        visitor == world.given_visitors().end() ? test_ids().number_id(PublicIds::What::visitor, hit.visitor)
                                                : visitor->second,
        hit.bot};
    std::string value = texts.at(static_cast<std::size_t>(filter.dimension.dimension));
    if (value.empty()) value = "(not set)";
    if (dice.chance(0.05)) value = "Direct / None";
    if (!filter.case_sensitive && value.find('(') == std::string::npos) value = to_lower(value);
    const bool partly = filter.operation != Operation::is && filter.operation != Operation::is_not;
    if (partly) {
      value = value.substr(static_cast<std::size_t>(dice.below(static_cast<int>(value.size()))));
      value.resize(std::max<std::size_t>(1, value.size() / 2));
    }
    if (filter.operation == Operation::matches || filter.operation == Operation::matches_not) {
      std::string pattern = dice.chance(0.2) ? "^" : "";
      for (const char c : value) pattern += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : ".";
      value = pattern + (dice.chance(0.2) ? "$" : "");
    }
    filter.values.push_back(value);
  }
  return filter;
}

StatsQuery any_query(Dice& dice, const VisitWorld& world) {
  StatsQuery query;
  query.site = "example.com";
  query.from = first_day + std::chrono::minutes(dice.chance(0.3) ? dice.below(days_told * 1440) : 0);
  query.to = query.from + std::chrono::minutes(1 + dice.below(days_told * 1440));
  for (int n = 1 + dice.skewed(6); n > 0; --n) query.metrics.push_back(static_cast<Metric>(dice.below(10)));
  for (int n = dice.skewed(4); n > 0; --n) {
    DimensionName name{dice.chance(0.25)
                           ? Dimension::event_page
                           : static_cast<Dimension>(dice.below(static_cast<int>(Dimension::time_month) + 1)),
                       ""};
    if (name.dimension == Dimension::event_props) name.property = dice.chance(0.7) ? "plan" : "a/b ~\"c\"";
    query.dimensions.push_back(name);
  }
  for (int n = dice.skewed(4); n > 0; --n) query.filters.push_back(any_filter(dice, world, 2));
  if (dice.chance(0.4)) query.order.push_back({dice.of(query.metrics), std::nullopt, dice.chance(0.7)});
  if (dice.chance(0.2) && !query.dimensions.empty()) {
    query.order.push_back({std::nullopt, dice.of(query.dimensions), dice.chance(0.5)});
  }
  query.limit = dice.chance(0.5) ? static_cast<std::size_t>(1 + dice.below(12)) : 10'000;
  query.offset = dice.chance(0.2) ? static_cast<std::size_t>(dice.below(6)) : 0;
  query.bots = dice.chance(0.2);
  query.total_rows = dice.chance(0.3);
  return query;
}

// --- Telling what went wrong ---

std::string told(const StatsFilter& filter) {
  constexpr const char* names[]{"is",          "is_not", "contains", "contains_not", "matches",
                                "matches_not", "and",    "or",       "not"};
  std::string text = std::string("[") + names[static_cast<int>(filter.operation)];
  for (const StatsFilter& child : filter.children) text += " " + told(child);
  if (filter.children.empty()) text += " " + text_of(filter.dimension);
  for (const std::string& value : filter.values) text += " '" + value + "'";
  return text + (filter.case_sensitive ? "]" : " any case]");
}

std::string told(const StatsQuery& query) {
  std::string text = to_rfc3339(query.from) + " to " + to_rfc3339(query.to) + ":";
  for (const Metric metric : query.metrics) text += " " + std::string(name_of(metric));
  text += "\n  by";
  for (const DimensionName& name : query.dimensions) text += " " + text_of(name);
  text += "\n  where";
  for (const StatsFilter& filter : query.filters) text += " " + told(filter);
  for (const StatsOrder& by : query.order) {
    text += "\n  order " + (by.metric ? std::string(name_of(*by.metric)) : text_of(*by.dimension)) +
            (by.descending ? " desc" : "");
  }
  return text + "\n  limit " + std::to_string(query.limit) + " offset " + std::to_string(query.offset) +
         (query.bots ? " with bots" : "") + (query.total_rows ? " with total" : "");
}

std::string told(const StatsRow& row) {
  std::string text;
  for (const std::string& dimension : row.dimensions) text += dimension + " | ";
  for (const auto& metric : row.metrics) text += (metric ? std::to_string(*metric) : "nothing") + " ";
  return text;
}

bool is_near(const std::optional<double>& a, const std::optional<double>& b, Metric metric) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return true;
  // Halves may be rounded either way: the sums are made in another order.
  const double step = metric == Metric::views_per_visit ? 0.01 : metric == Metric::percentage ? 0.1 : 1;
  const bool rounded =
      metric != Metric::visitors && metric != Metric::visits && metric != Metric::pageviews && metric != Metric::events;
  return std::abs(*a - *b) <= (rounded ? 1e-9 * step : 0);
}

void expect_same(const StatsQuery& query, const StatsResult& wanted, const StatsResult& got) {
  EXPECT_EQ(wanted.total_rows, got.total_rows);
  ASSERT_EQ(wanted.rows.size(), got.rows.size());
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    bool same = wanted.rows[i].dimensions == got.rows[i].dimensions;
    for (std::size_t m = 0; m < query.metrics.size(); ++m) {
      same = same && is_near(wanted.rows[i].metrics[m], got.rows[i].metrics[m], query.metrics[m]);
    }
    ASSERT_TRUE(same) << "row " << i << "\n  wanted " << told(wanted.rows[i]) << "\n  got    " << told(got.rows[i]);
  }
}

TEST(StatsProperty, AnyQuestionIsAnsweredAsByPlainLoops) {
  const char* given = std::getenv("FOOTFALL_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20261121;
  const char* rounds_given = std::getenv("FOOTFALL_TEST_ROUNDS");
  const int rounds = rounds_given != nullptr ? std::atoi(rounds_given) : 200;
  Dice dice(seed);
  VisitWorld world;
  world.forget_texts(0.02);
  live(world, dice, 5'000);
  world.save();
  int asked = 0;
  int filled = 0;
  while (asked < rounds) {
    const StatsQuery query = any_query(dice, world);
    if (!check(query)) continue;
    ++asked;
    SCOPED_TRACE("FOOTFALL_TEST_SEED=" + std::to_string(seed) + " question " + std::to_string(asked) + "\n" +
                 told(query));
    const auto got = world.reader().stats(query);
    ASSERT_TRUE(got) << got.error().what;
    const StatsResult wanted = Reference(world, query).answer();
    expect_same(query, wanted, *got);
    if (HasFatalFailure()) return;
    filled += wanted.rows.size() > 1;
  }
  EXPECT_GT(filled, rounds / 10) << "the questions should not be about nothing";
}

}  // namespace
}  // namespace footfall::duckdb
