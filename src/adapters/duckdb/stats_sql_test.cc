#include "adapters/duckdb/stats_sql.h"

#include <gtest/gtest.h>

#include "adapters/duckdb/visit_world.h"
#include "base/text.h"

namespace footfall::duckdb {
namespace {

using Numbers = std::vector<std::optional<double>>;
using Table = std::vector<std::pair<std::vector<std::string>, Numbers>>;
using enum StatsFilter::Operation;

constexpr auto nothing = std::nullopt;

// A day in the life of a small site, told hit by hit.
class Stats : public ::testing::Test {
 protected:
  // A page view of `path`, `clock` as "10:00:00" on the day.
  TestHit& view(std::uint32_t session, const std::string& clock, const std::string& path) {
    return world_.add({.time = time(clock), .path = path, .visitor = session, .session = session});
  }
  TestHit& event(std::uint32_t session, const std::string& clock, const std::string& name, bool interactive = true) {
    return world_.add({.time = time(clock),
                       .visitor = session,
                       .session = session,
                       .event = name,
                       .kind = Kind::event,
                       .interactive = interactive});
  }
  static Instant time(const std::string& clock) { return at("2026-11-21T" + clock + "Z"); }

  static StatsQuery about(std::vector<Metric> metrics, std::vector<Dimension> dimensions = {}) {
    StatsQuery query;
    query.site = "example.com";
    query.metrics = std::move(metrics);
    query.from = at("2026-11-21");
    query.to = at("2026-11-22");
    for (const Dimension dimension : dimensions) query.dimensions.push_back({dimension, ""});
    return query;
  }
  static StatsFilter where(StatsFilter::Operation operation, const std::string& dimension,
                           std::vector<std::string> values) {
    return {operation, *dimension_named(dimension), std::move(values), true, {}};
  }

  Table ask(const StatsQuery& query) {
    world_.save();
    const auto result = world_.reader().stats(query);
    EXPECT_TRUE(result) << result.error().what;
    Table table;
    if (!result) return table;
    for (const StatsRow& row : result->rows) table.emplace_back(row.dimensions, row.metrics);
    total_ = result->total_rows;
    return table;
  }
  // Without dimensions.
  Numbers total(StatsQuery query) {
    const Table table = ask(query);
    EXPECT_EQ(table.size(), 1U);
    return table.empty() ? Numbers{} : table.front().second;
  }
  Error refused(const StatsQuery& query) {
    const auto result = world_.reader().stats(query);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  VisitWorld world_;
  std::optional<std::uint64_t> total_;
};

TEST_F(Stats, AnEmptySiteHasZerosAndNoRates) {
  EXPECT_EQ(total(about({Metric::visitors, Metric::visits, Metric::pageviews, Metric::events, Metric::bounce_rate,
                         Metric::visit_duration, Metric::views_per_visit})),
            (Numbers{0, 0, 0, 0, nothing, nothing, nothing}));
  EXPECT_EQ(ask(about({Metric::visitors}, {Dimension::event_page})), Table{});
}

TEST_F(Stats, CountsVisitorsVisitsPageviewsAndEvents) {
  view(1, "10:00:00", "/");
  view(1, "10:01:00", "/about");
  view(2, "11:00:00", "/").visitor = 1;
  event(3, "12:00:00", "signup");
  EXPECT_EQ(total(about({Metric::visitors, Metric::visits, Metric::pageviews, Metric::events})), (Numbers{2, 3, 3, 4}));
}

TEST_F(Stats, SessionsAndVisitorsOfTheSameIdAreOneRow) {
  // An id that is forgotten meanwhile gets another number when it comes again.
  view(1, "10:00:00", "/");
  view(2, "15:00:00", "/about");
  view(3, "16:00:00", "/");
  world_.give_session(1, "given");
  world_.give_session(2, "given");
  world_.give_visitor(1, "member");
  world_.give_visitor(2, "member");
  for (const auto& [dimension, id] :
       {std::pair{Dimension::visit_session, "given"}, {Dimension::visit_visitor, "member"}}) {
    StatsQuery query = about({Metric::pageviews, Metric::visits, Metric::visitors}, {dimension});
    EXPECT_EQ(ask(query).at(0), (Table::value_type{{id}, {2, 2, 2}}));
    query.filters = {where(is_not, text_of({dimension, ""}), {id})};
    EXPECT_EQ(ask(query).size(), 1U);
  }
}

TEST_F(Stats, ABounceIsOnePageViewAndNoInteractiveEvent) {
  view(1, "10:00:00", "/");  // bounced
  view(2, "10:00:00", "/");  // two views
  view(2, "10:01:00", "/about");
  view(3, "10:00:00", "/");  // an interactive event
  event(3, "10:01:00", "signup");
  view(4, "10:00:00", "/");  // one that is not: bounced
  event(4, "10:01:00", "scrolled", false);
  view(5, "10:00:00", "/").engaged = {{time("10:09:00"), 500'000, 100}};  // engagement does not count: bounced
  event(6, "10:00:00", "scrolled", false);                                // no view at all: bounced
  event(7, "10:00:00", "signup");
  EXPECT_EQ(total(about({Metric::bounce_rate})), (Numbers{57}));  // 4 of 7
}

TEST_F(Stats, DurationIsFromTheFirstToTheLastHitAndBouncesCountZero) {
  view(1, "10:00:00", "/");
  view(1, "10:01:40", "/about");
  view(2, "10:00:00", "/").engaged = {{time("10:20:00"), 1'200'000, 100}};
  EXPECT_EQ(total(about({Metric::visit_duration, Metric::views_per_visit})), (Numbers{50, 1.5}));
}

TEST_F(Stats, AVisitIsWholeWhereverTheRangeCutsIt) {
  view(1, "00:10:00", "/in").time = at("2026-11-20T23:50:00Z");
  view(1, "00:10:00", "/later");
  EXPECT_EQ(total(about({Metric::visits, Metric::pageviews, Metric::bounce_rate, Metric::visit_duration,
                         Metric::views_per_visit})),
            (Numbers{1, 1, 0, 1200, 2}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::visit_entry_page})), (Table{{{"/in"}, {1}}}));
  StatsQuery before = about({Metric::visits, Metric::visit_duration});
  before.to = at("2026-11-21T00:05:00Z");
  EXPECT_EQ(total(before), (Numbers{0, nothing})) << "no hit of it lies in there";
}

TEST_F(Stats, WhatAVisitIsStaysAsItsFirstHitWas) {
  TestHit& first = view(1, "10:00:00", "/");
  first.referrer = "https://news.example/item";
  first.referrer_source = "News";
  first.country = "CH";
  first.utm_campaign = "launch";
  TestHit& second = view(1, "10:01:00", "/about");
  second.referrer = "https://example.com/";
  second.country = "DE";
  for (const auto& [dimension, value] : {std::pair{Dimension::visit_source, "News"},
                                         {Dimension::visit_referrer, "https://news.example/item"},
                                         {Dimension::visit_country, "CH"},
                                         {Dimension::visit_utm_campaign, "launch"},
                                         {Dimension::visit_entry_page, "/"},
                                         {Dimension::visit_exit_page, "/about"}}) {
    SCOPED_TRACE(text_of({dimension, ""}));
    EXPECT_EQ(ask(about({Metric::visitors, Metric::pageviews}, {dimension})), (Table{{{value}, {1, 2}}}));
  }
}

TEST_F(Stats, NothingHasTheLabelsOfPlausible) {
  view(1, "10:00:00", "/");
  event(1, "10:01:00", "signup");
  for (const auto& [dimension, label] : {std::pair{Dimension::visit_source, "Direct / None"},
                                         {Dimension::visit_referrer, "Direct / None"},
                                         {Dimension::visit_channel, "Direct"},
                                         {Dimension::visit_utm_source, "(not set)"},
                                         {Dimension::visit_utm_term, "(not set)"},
                                         {Dimension::visit_country, "(not set)"},
                                         {Dimension::visit_city, "(not set)"},
                                         {Dimension::visit_bot, "(none)"}}) {
    SCOPED_TRACE(text_of({dimension, ""}));
    EXPECT_EQ(ask(about({Metric::visits}, {dimension})), (Table{{{label}, {1}}}));
    StatsQuery filtered = about({Metric::visits});
    filtered.filters = {where(is, text_of({dimension, ""}), {label})};
    EXPECT_EQ(total(filtered), (Numbers{1}));
    filtered.filters = {where(is_not, text_of({dimension, ""}), {label})};
    EXPECT_EQ(total(filtered), (Numbers{0}));
  }
  EXPECT_EQ(ask(about({Metric::events}, {Dimension::event_name})), (Table{{{"pageview"}, {1}}, {{"signup"}, {1}}}));
  StatsQuery by_plan = about({Metric::events});
  by_plan.dimensions = {{Dimension::event_props, "plan"}};
  EXPECT_EQ(ask(by_plan), (Table{{{"(none)"}, {2}}}));
}

TEST_F(Stats, BotsAreLeftOutUnlessTheyAreAskedFor) {
  view(1, "10:00:00", "/");
  TestHit& bot = view(2, "10:00:00", "/");
  bot.user_agent = "Crawler/1.0";
  bot.bot = "crawler: Crawler";
  StatsQuery query = about({Metric::visitors, Metric::visits, Metric::pageviews, Metric::bounce_rate});
  EXPECT_EQ(total(query), (Numbers{1, 1, 1, 100}));
  query.bots = true;
  EXPECT_EQ(total(query), (Numbers{2, 2, 2, 100}));
  query.dimensions = {{Dimension::visit_bot, ""}};
  EXPECT_EQ(ask(query), (Table{{{"(none)"}, {1, 1, 1, 100}}, {{"crawler: Crawler"}, {1, 1, 1, 100}}}));
}

TEST_F(Stats, OtherSitesAndOtherTimesAreNobodysBusiness) {
  view(1, "10:00:00", "/");
  view(2, "10:00:00", "/").site = "other.example";
  view(3, "10:00:00", "/").time = at("2026-11-22T00:00:00Z");
  view(4, "10:00:00", "/").time = at("2026-11-20T23:59:59.999Z");
  view(5, "10:00:00", "/").time = at("2026-11-21T00:00:00Z");
  EXPECT_EQ(total(about({Metric::visitors})), (Numbers{2}));
  StatsQuery unknown = about({Metric::visitors});
  unknown.site = "nobody.example";
  EXPECT_EQ(total(unknown), (Numbers{0}));
}

TEST_F(Stats, BucketsOfTimeBeginAtTheirStartAndWeeksOnMonday) {
  view(1, "10:59:59", "/");
  view(1, "11:00:00", "/");
  view(2, "11:20:00", "/");
  EXPECT_EQ(ask(about({Metric::visitors, Metric::visits}, {Dimension::time_hour})),
            (Table{{{"2026-11-21T10:00:00.000Z"}, {1, 1}}, {{"2026-11-21T11:00:00.000Z"}, {2, 2}}}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::time_minute})), (Table{{{"2026-11-21T10:59:00.000Z"}, {1}},
                                                                              {{"2026-11-21T11:00:00.000Z"}, {1}},
                                                                              {{"2026-11-21T11:20:00.000Z"}, {1}}}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::time_day})), (Table{{{"2026-11-21"}, {3}}}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::time_week})), (Table{{{"2026-11-16"}, {3}}}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::time_month})), (Table{{{"2026-11-01"}, {3}}}));
}

TEST_F(Stats, AVisitIsMeasuredInTheBucketOfItsLastHit) {
  view(1, "10:50:00", "/");
  view(1, "11:10:00", "/");
  EXPECT_EQ(ask(about({Metric::visits, Metric::visit_duration}, {Dimension::time_hour})),
            (Table{{{"2026-11-21T10:00:00.000Z"}, {1, nothing}}, {{"2026-11-21T11:00:00.000Z"}, {1, 1200}}}));
}

TEST_F(Stats, ByPageAVisitIsMeasuredWhereItEntered) {
  view(1, "10:00:00", "/");
  view(1, "10:01:00", "/about");
  view(2, "10:00:00", "/about");
  EXPECT_EQ(ask(about({Metric::visitors, Metric::visits, Metric::bounce_rate, Metric::visit_duration},
                      {Dimension::event_page})),
            (Table{{{"/about"}, {2, 2, 100, 0}}, {{"/"}, {1, 1, 0, 60}}}));
}

TEST_F(Stats, AFilterOnThePageAsksForBouncesOfThoseWhoEnteredThere) {
  view(1, "10:00:00", "/");
  view(1, "10:01:00", "/about");
  view(2, "10:00:00", "/about");
  StatsQuery query = about({Metric::visits, Metric::bounce_rate, Metric::visit_duration, Metric::views_per_visit});
  query.filters = {where(is, "event:page", {"/about"})};
  EXPECT_EQ(total(query), (Numbers{2, 100, 30, 1.5}));
  query.filters = {where(is, "event:page", {"/nowhere"})};
  EXPECT_EQ(total(query), (Numbers{0, nothing, nothing, nothing}));
}

TEST_F(Stats, EngagementBelongsToThePageViewItCompletes) {
  view(1, "10:00:00", "/").engaged = {{time("10:00:30"), 20'000, 40}, {time("10:05:00"), 10'000, 80}};
  view(1, "10:02:00", "/about").engaged = {{time("10:03:00"), 7'000, 255}};
  view(2, "10:00:00", "/").engaged = {{time("10:00:09"), 9'000, 20}};
  view(3, "10:00:00", "/");
  EXPECT_EQ(ask(about({Metric::visits, Metric::time_on_page, Metric::scroll_depth}, {Dimension::event_page})),
            (Table{{{"/"}, {3, 20, 50}}, {{"/about"}, {1, 7, nothing}}}));
  StatsQuery one = about({Metric::time_on_page, Metric::scroll_depth});
  one.filters = {where(is, "event:page", {"/"})};
  EXPECT_EQ(total(one), (Numbers{20, 50}));
}

TEST_F(Stats, FiltersAskAHitAndItsVisitTogether) {
  TestHit& first = view(1, "10:00:00", "/");
  first.country = "CH";
  view(1, "10:01:00", "/about").country = "CH";
  event(1, "10:02:00", "signup").props = {{"plan", "pro"}};
  view(2, "10:00:00", "/about").country = "DE";
  const auto answer = [&](std::vector<StatsFilter> filters) {
    StatsQuery query =
        about({Metric::visitors, Metric::visits, Metric::pageviews, Metric::events, Metric::visit_duration});
    query.filters = std::move(filters);
    return total(query);
  };
  EXPECT_EQ(answer({where(is, "visit:country", {"CH"})}), (Numbers{1, 1, 2, 3, 120}));
  EXPECT_EQ(answer({where(is, "event:name", {"signup"})}), (Numbers{1, 1, 0, 1, 120}));
  EXPECT_EQ(answer({where(is, "event:name", {"pageview"})}), (Numbers{2, 2, 3, 3, 60}));
  EXPECT_EQ(answer({where(is, "event:props:plan", {"pro"})}), (Numbers{1, 1, 0, 1, 120}));
  EXPECT_EQ(answer({where(is, "visit:country", {"CH"}), where(is, "event:page", {"/about"})}),
            (Numbers{1, 1, 1, 1, 120}));
  EXPECT_EQ(answer({where(is, "visit:entry_page", {"/"}), where(contains, "event:page", {"bou"})}),
            (Numbers{1, 1, 1, 1, 120}));
  EXPECT_EQ(answer({where(is, "visit:exit_page", {"/about"})}), (Numbers{2, 2, 3, 4, 60}));
  StatsFilter either{StatsFilter::Operation::any,
                     {},
                     {},
                     true,
                     {where(is, "visit:country", {"DE"}), where(is, "event:name", {"signup"})}};
  EXPECT_EQ(answer({either}), (Numbers{2, 2, 1, 2, 60}));
  EXPECT_EQ(answer({StatsFilter{StatsFilter::Operation::negate, {}, {}, true, {either}}}), (Numbers{1, 1, 2, 2, 120}));
}

TEST_F(Stats, TextsCompareAsAsked) {
  view(1, "10:00:00", "/Blog/One");
  view(2, "10:00:00", "/blog/two");
  view(3, "10:00:00", "/");
  const auto visitors = [&](StatsFilter filter, bool case_sensitive = true) {
    filter.case_sensitive = case_sensitive;
    StatsQuery query = about({Metric::visitors});
    query.filters = {std::move(filter)};
    return total(query).at(0);
  };
  EXPECT_EQ(visitors(where(is, "event:page", {"/blog/one"})), 0);
  EXPECT_EQ(visitors(where(is, "event:page", {"/blog/one"}), false), 1);
  EXPECT_EQ(visitors(where(is, "event:page", {"/Blog/One", "/"})), 2);
  EXPECT_EQ(visitors(where(is_not, "event:page", {"/Blog/One", "/"})), 1);
  EXPECT_EQ(visitors(where(contains, "event:page", {"blog"})), 1);
  EXPECT_EQ(visitors(where(contains, "event:page", {"blog"}), false), 2);
  EXPECT_EQ(visitors(where(contains_not, "event:page", {"blog"})), 2);
  EXPECT_EQ(visitors(where(contains, "event:page", {"%"})), 0) << "no wildcard";
  EXPECT_EQ(visitors(where(matches, "event:page", {"^/[Bb]log/"})), 2);
  EXPECT_EQ(visitors(where(matches, "event:page", {"log", "^/$"})), 3) << "a part of the text is enough";
  EXPECT_EQ(visitors(where(matches, "event:page", {"^/blog/"}), false), 2);
  EXPECT_EQ(visitors(where(matches_not, "event:page", {"^/[Bb]log/"})), 1);
}

TEST_F(Stats, APropertyThatIsNotThereContainsNothingAndLacksNothing) {
  event(1, "10:00:00", "signup").props = {{"plan", "pro"}};
  event(2, "10:00:00", "signup").props = {{"plan", "free"}, {"a/b~\"c\"", "x"}};
  event(3, "10:00:00", "signup").props = {{"other", "pro"}};
  const auto events = [&](const StatsFilter& filter) {
    StatsQuery query = about({Metric::events});
    query.filters = {filter};
    return total(query).at(0);
  };
  EXPECT_EQ(events(where(is, "event:props:plan", {"pro"})), 1);
  EXPECT_EQ(events(where(is, "event:props:plan", {"(none)"})), 1);
  EXPECT_EQ(events(where(is, "event:props:plan", {"(none)", "pro"})), 2);
  EXPECT_EQ(events(where(is_not, "event:props:plan", {"pro"})), 2);
  EXPECT_EQ(events(where(is_not, "event:props:plan", {"(none)"})), 2);
  EXPECT_EQ(events(where(contains, "event:props:plan", {"r"})), 2);
  EXPECT_EQ(events(where(contains_not, "event:props:plan", {"pro"})), 1) << "only of those that are there";
  EXPECT_EQ(events(where(matches_not, "event:props:plan", {"^p"})), 1);
  EXPECT_EQ(events(where(is, "event:props:a/b~\"c\"", {"x"})), 1) << "any name is a name";
  StatsQuery by_plan = about({Metric::events});
  by_plan.dimensions = {{Dimension::event_props, "plan"}};
  EXPECT_EQ(ask(by_plan), (Table{{{"(none)"}, {1}}, {{"free"}, {1}}, {{"pro"}, {1}}}));
}

TEST_F(Stats, AddressesSessionsAndVisitorsAreDimensionsToo) {
  view(1, "10:00:00", "/").ip = "2001:db8::1";
  view(2, "10:00:00", "/");
  view(2, "10:01:00", "/");
  world_.give_session(2, "cookie-session");
  const std::string made = test_ids().number_id(PublicIds::What::session, 1);
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::visit_ip})),
            (Table{{{"203.0.113.9"}, {2}}, {{"2001:db8::1"}, {1}}}));
  EXPECT_EQ(ask(about({Metric::pageviews}, {Dimension::visit_session})),
            (Table{{{"cookie-session"}, {2}}, {{made}, {1}}}));
  const auto views = [&](const StatsFilter& filter) {
    StatsQuery query = about({Metric::pageviews});
    query.filters = {filter};
    return total(query).at(0);
  };
  EXPECT_EQ(views(where(is, "visit:ip", {"2001:DB8:0::1"})), 1) << "however it is written";
  EXPECT_EQ(views(where(is_not, "visit:ip", {"2001:db8::1"})), 2);
  EXPECT_EQ(views(where(is, "visit:ip", {"nonsense"})), 0);
  EXPECT_EQ(views(where(is, "visit:session", {made})), 1);
  EXPECT_EQ(views(where(is, "visit:session", {"cookie-session"})), 2);
  EXPECT_EQ(views(where(is, "visit:session", {test_ids().number_id(PublicIds::What::session, 2)})), 0)
      << "the caller's id is its only one";
  EXPECT_EQ(views(where(is, "visit:visitor", {test_ids().number_id(PublicIds::What::visitor, 2)})), 2);
  StatsQuery query = about({Metric::pageviews});
  query.filters = {where(contains, "visit:session", {"cookie"})};
  EXPECT_EQ(refused(query).code, ErrorCode::invalid);
}

TEST_F(Stats, ATextWithSeveralNumbersIsOneRow) {
  world_.forget_texts(1.0);
  for (std::uint32_t session = 1; session <= 3; ++session) {
    view(session, "10:00:00", "/").visitor = 1;
    view(session, "10:01:00", "/about").visitor = 1;
  }
  EXPECT_EQ(
      ask(about({Metric::visitors, Metric::visits, Metric::pageviews, Metric::bounce_rate}, {Dimension::event_page})),
      (Table{{{"/"}, {1, 3, 3, 0}}, {{"/about"}, {1, 3, 3, nothing}}}));
  EXPECT_EQ(ask(about({Metric::visitors, Metric::visits}, {Dimension::visit_browser, Dimension::event_page})),
            (Table{{{"Firefox", "/"}, {1, 3}}, {{"Firefox", "/about"}, {1, 3}}}));
  StatsQuery query = about({Metric::visits});
  query.filters = {where(is, "event:page", {"/"}), where(is, "visit:browser", {"Firefox"})};
  EXPECT_EQ(total(query), (Numbers{3}));
}

TEST_F(Stats, RowsComeInTheOrderAskedForPageByPage) {
  for (std::uint32_t session = 1; session <= 6; ++session) {
    for (std::uint32_t page = 1; page <= session; ++page) view(session, "10:00:00", "/" + std::to_string(page));
  }
  StatsQuery query = about({Metric::visitors}, {Dimension::event_page});
  query.limit = 2;
  query.total_rows = true;
  EXPECT_EQ(ask(query), (Table{{{"/1"}, {6}}, {{"/2"}, {5}}}));
  EXPECT_EQ(total_, 6U);
  query.offset = 4;
  EXPECT_EQ(ask(query), (Table{{{"/5"}, {2}}, {{"/6"}, {1}}}));
  query.offset = 10;
  EXPECT_EQ(ask(query), Table{});
  EXPECT_EQ(total_, 6U) << "also behind the last row";
  query.offset = 0;
  query.order = {{Metric::visitors, std::nullopt, false}};
  EXPECT_EQ(ask(query), (Table{{{"/6"}, {1}}, {{"/5"}, {2}}}));
  query.order = {{std::nullopt, DimensionName{Dimension::event_page, ""}, true}};
  EXPECT_EQ(ask(query), (Table{{{"/6"}, {1}}, {{"/5"}, {2}}}));
}

TEST_F(Stats, ThePercentageIsOfAllVisitorsThatMatch) {
  view(1, "10:00:00", "/");
  view(2, "10:00:00", "/");
  view(3, "10:00:00", "/about");
  EXPECT_EQ(ask(about({Metric::percentage}, {Dimension::event_page})), (Table{{{"/"}, {66.7}}, {{"/about"}, {33.3}}}));
}

TEST_F(Stats, WhatMakesNoSenseIsRefusedWithAReason) {
  struct Row {
    const char* because;
    StatsQuery query;
  };
  StatsQuery unordered = about({Metric::visitors});
  unordered.order = {{Metric::visits, std::nullopt, true}};
  StatsQuery by_time = about({Metric::visitors});
  by_time.filters = {where(is, "time:day", {"2026-11-21"})};
  StatsQuery bad_pattern = about({Metric::visitors});
  bad_pattern.filters = {where(matches, "event:page", {"a("})};
  StatsQuery no_values = about({Metric::visitors});
  no_values.filters = {where(is, "event:page", {})};
  StatsQuery deep = about({Metric::visitors});
  StatsFilter nested = where(is, "event:page", {"/"});
  for (int i = 0; i < 100; ++i) nested = StatsFilter{negate, {}, {}, true, {nested}};
  deep.filters = {nested};
  for (const Row& row :
       {Row{"no metric", about({})},
        Row{"a visit has no one event", about({Metric::bounce_rate}, {Dimension::event_name})},
        Row{"a visit has no one source of a hit", about({Metric::views_per_visit}, {Dimension::event_source})},
        Row{"time on which page?", about({Metric::time_on_page})},
        Row{"depth of which page?", about({Metric::scroll_depth}, {Dimension::visit_country})},
        Row{"a part of what?", about({Metric::percentage})}, Row{"not asked for", unordered},
        Row{"time is a range", by_time}, Row{"no regular expression", bad_pattern},
        Row{"a filter without values", no_values}, Row{"nested too deep", deep}}) {
    SCOPED_TRACE(row.because);
    const Error error = refused(row.query);
    EXPECT_EQ(error.code, ErrorCode::invalid);
    EXPECT_FALSE(error.field.empty());
    EXPECT_EQ(error.what.find("SELECT"), std::string::npos);
  }
}

TEST_F(Stats, HostileTextsAreTextsAndNothingElse) {
  const std::vector<std::string> hostile{"'; DROP TABLE visits; --",
                                         "\" OR 1=1",
                                         "$1",
                                         "{number}",
                                         "{moment}",
                                         "\\",
                                         "%",
                                         "_",
                                         "(not set)",
                                         std::string("a\0b", 3),
                                         "\xff\xfe",
                                         "\xed\xa0\x80",
                                         "''",
                                         "d.path",
                                         std::string(100'000, 'x'),
                                         "?",
                                         "NULL",
                                         "\n\r\t"};
  view(1, "10:00:00", "/");
  TestHit& named = view(2, "10:00:00", hostile[0]);
  named.props = {{hostile[0], hostile[1]}};
  for (const std::string& text : hostile) {
    SCOPED_TRACE(text.substr(0, 40));
    StatsQuery all = about({Metric::visitors, Metric::bounce_rate});
    for (const char* dimension :
         {"event:page", "event:name", "visit:source", "visit:country", "visit:ip", "visit:session"}) {
      all.filters.push_back(where(is_not, dimension, {text}));
    }
    for (const char* dimension : {"event:page", "visit:source"})
      all.filters.push_back(where(contains_not, dimension, {text}));
    total(all);
    for (const auto operation : {is, contains_not}) {
      StatsQuery query = about({Metric::visitors});
      query.filters = {{operation, {Dimension::event_props, text}, {text}, true, {}}};
      query.dimensions = {{Dimension::event_props, text}};
      if (is_utf8(text)) {
        ask(query);
      } else {
        EXPECT_EQ(refused(query).code, ErrorCode::invalid);
      }
    }
    StatsQuery query = about({Metric::visitors});
    query.filters = {where(matches, "event:page", {text})};
    const auto answered = world_.reader().stats(query);
    EXPECT_TRUE(answered || answered.error().code == ErrorCode::invalid);
  }
  StatsQuery query = about({Metric::pageviews});
  query.filters = {where(is, "event:page", {hostile[0]})};
  EXPECT_EQ(total(query), (Numbers{1}));
  query.filters = {{is, {Dimension::event_props, hostile[0]}, {hostile[1]}, true, {}}};
  EXPECT_EQ(total(query), (Numbers{1}));
}

}  // namespace
}  // namespace footfall::duckdb
