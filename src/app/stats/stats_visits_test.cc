#include "app/stats/stats_visits.h"

#include <gtest/gtest.h>

#include "app/stats/stats_answer.h"
#include "app/stats/stats_world.h"

namespace footfall {
namespace {

class StatsVisitsTest : public ::testing::Test {
 protected:
  static ToldHit hit(Position number, const std::string& clock, const std::string& path) {
    ToldHit hit;
    hit.number = number;
    hit.time = at("2026-11-16T" + clock + "Z");
    hit.path = path;
    hit.session = "one session";
    hit.visitor = "one visitor";
    return hit;
  }
  static StatsQuery about(Metric metric, const char* dimension = nullptr) {
    StatsQuery query;
    query.site = "example.com";
    query.from = at("2026-11-16");
    query.to = at("2026-11-17");
    query.metrics = {metric};
    if (dimension != nullptr) query.dimensions = {*dimension_named(dimension)};
    return query;
  }
  bool add(const ToldHit& hit) { return visits_.add(hit.number, hit.hit(), hit.ip); }
  // The label of the only row.
  std::string only(const char* dimension) {
    const auto answer = stats_of(visits_, about(Metric::visits, dimension));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer || answer->rows.size() != 1) return "not one row";
    return answer->rows.front().dimensions.front();
  }
  double events() { return stats_of(visits_, about(Metric::events))->rows.at(0).metrics.at(0).value_or(-1); }

  StatsWorld world_;
  StatsVisits visits_ = world_.visits();
};

TEST_F(StatsVisitsTest, TakeEachVisitOnce) {
  EXPECT_TRUE(add(hit(5, "10:00:00", "/")));
  EXPECT_FALSE(add(hit(5, "10:00:00", "/")));
  EXPECT_TRUE(add(hit(6, "10:00:00", "/")));
  EXPECT_EQ(visits_.size(), 2U);
  EXPECT_EQ(events(), 2);
}

TEST_F(StatsVisitsTest, AreFoundAgainAmongMany) {
  for (Position number = 0; number < 50'000; ++number) ASSERT_TRUE(add(hit(number << 20U, "10:00:00", "/")));
  for (Position number = 0; number < 50'000; number += 7) ASSERT_FALSE(add(hit(number << 20U, "10:00:00", "/")));
  EXPECT_EQ(events(), 50'000);
}

TEST_F(StatsVisitsTest, JudgeEachUserAgentAndEachSourceOnce) {
  for (Position number = 0; number < 100; ++number) {
    ToldHit one = hit(number, "10:00:00", "/");
    one.referrer = "https://search.example/";
    one.query = number % 2 == 0 ? "a=1" : "a=2";
    add(one);
  }
  EXPECT_EQ(world_.agents.asked, 1);
  EXPECT_EQ(world_.referrers.asked, 2);
}

TEST_F(StatsVisitsTest, JudgeTheSameAgainAfterMuchElse) {
  for (Position number = 0; number < 120'000; ++number) {
    ToldHit one = hit(number, "10:00:00", "/");
    one.user_agent = number % 3 == 0 ? "Firefox" : "Chrome " + std::to_string(number);
    one.query = "utm_campaign=" + std::string(number % 3 == 0 ? "launch" : std::to_string(number));
    add(one);
  }
  EXPECT_EQ(only("visit:browser"), "Firefox") << "the visit began with it";
  EXPECT_EQ(only("visit:utm_campaign"), "launch");
  EXPECT_EQ(events(), 120'000);
}

TEST_F(StatsVisitsTest, KnowTheFirstHitByItsTimeWhereNumbersAreRandom) {
  ToldHit later = hit(1, "10:05:00", "/later");
  later.user_agent = "Chrome";
  add(later);
  add(hit(2, "10:00:00", "/first"));
  EXPECT_EQ(only("visit:entry_page"), "/first");
  EXPECT_EQ(only("visit:exit_page"), "/later");
  EXPECT_EQ(only("visit:browser"), "Firefox");
}

TEST_F(StatsVisitsTest, KnowTheFirstHitByItsNumberWhereNumbersGrow) {
  StatsVisits visits("example.com", world_.knowledge(), FirstBy::number);
  for (const ToldHit& one : {hit(1, "10:05:00", "/later"), hit(2, "10:00:00", "/first")}) {
    visits.add(one.number, one.hit(), one.ip);
  }
  const auto entries = stats_of(visits, about(Metric::visits, "visit:entry_page"));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->rows.size(), 1U);
  EXPECT_EQ(entries->rows[0].dimensions[0], "/later");
}

TEST_F(StatsVisitsTest, TellWhereAVisitCameFromByItsLinkFirst) {
  ToldHit one = hit(1, "10:00:00", "/");
  one.referrer = "https://search.example/";
  one.query = "utm_source=letter&utm_medium=email&utm_campaign=spring";
  add(one);
  EXPECT_EQ(only("visit:source"), "elsewhere.example") << "as the tag is classified";
  EXPECT_EQ(only("visit:referrer"), "https://search.example/");
  EXPECT_EQ(only("visit:channel"), "Email");
  EXPECT_EQ(only("visit:utm_campaign"), "spring");
  EXPECT_EQ(only("visit:utm_term"), "(not set)");
}

TEST_F(StatsVisitsTest, HaveTheVisitorForASessionWhereThereIsNone) {
  ToldHit one = hit(1, "10:00:00", "/");
  one.session.clear();
  add(one);
  EXPECT_EQ(only("visit:session"), "one visitor");
  EXPECT_EQ(only("visit:visitor"), "one visitor");
}

TEST_F(StatsVisitsTest, KeepTheAddressAsItIsKept) {
  ToldHit one = hit(1, "10:00:00", "/");
  one.ip = "hashed:AAAAAAAAAAAAAAAAAAAAAA";
  add(one);
  EXPECT_EQ(only("visit:ip"), one.ip);
}

TEST_F(StatsVisitsTest, SayWhatNothingKnowsHere) {
  add(hit(1, "10:00:00", "/"));
  for (const char* place : {"visit:country", "visit:region", "visit:city"}) {
    EXPECT_EQ(stats_of(visits_, about(Metric::visits, place)).error().code, ErrorCode::unsupported);
    StatsQuery query = about(Metric::visits);
    query.filters = {{StatsFilter::Operation::negate,
                      {},
                      {},
                      true,
                      {{StatsFilter::Operation::is, *dimension_named(place), {"CH"}, true, {}}}}};
    EXPECT_EQ(stats_of(visits_, query).error().code, ErrorCode::unsupported);
  }
  EXPECT_EQ(stats_of(visits_, about(Metric::time_on_page, "event:page")).error().code, ErrorCode::unsupported);
  StatsQuery query = about(Metric::visits);
  query.filters = {{StatsFilter::Operation::matches, *dimension_named("event:page"), {"^/a"}, true, {}}};
  EXPECT_EQ(stats_of(visits_, query).error().code, ErrorCode::unsupported);
}

TEST_F(StatsVisitsTest, RefuseFiltersThatCannotBeAsked) {
  add(hit(1, "10:00:00", "/"));
  using Operation = StatsFilter::Operation;
  for (const auto& filter : {StatsFilter{Operation::contains, *dimension_named("visit:ip"), {"203"}, true, {}},
                             StatsFilter{Operation::is, *dimension_named("time:day"), {"2026-11-16"}, true, {}},
                             StatsFilter{Operation::is, *dimension_named("event:page"), {}, true, {}}}) {
    StatsQuery query = about(Metric::visits);
    query.filters = {filter};
    EXPECT_EQ(stats_of(visits_, query).error().code, ErrorCode::invalid);
  }
  StatsQuery query = about(Metric::visits);
  query.filters.assign(64, {Operation::is, *dimension_named("event:page"), {"/"}, true, {}});
  EXPECT_TRUE(stats_of(visits_, query));
  query.filters.push_back(query.filters.front());
  EXPECT_EQ(stats_of(visits_, query).error().code, ErrorCode::unsupported);
}

TEST_F(StatsVisitsTest, AskPropertiesByTheirNames) {
  ToldHit one = hit(1, "10:00:00", "/");
  one.props = R"({"plan":"pro","a/b ~\"c\"":"odd","size":""})";
  add(one);
  EXPECT_EQ(only("event:props:plan"), "pro");
  EXPECT_EQ(only("event:props:a/b ~\"c\""), "odd");
  EXPECT_EQ(only("event:props:size"), "(none)");
  EXPECT_EQ(only("event:props:other"), "(none)");
}

TEST_F(StatsVisitsTest, FindAnAddressHoweverItIsWritten) {
  ToldHit one = hit(1, "10:00:00", "/");
  one.ip = "2001:db8::1";
  add(one);
  StatsQuery query = about(Metric::events);
  query.filters = {{StatsFilter::Operation::is, *dimension_named("visit:ip"), {"2001:DB8:0:0::1"}, true, {}}};
  EXPECT_EQ(stats_of(visits_, query)->rows.at(0).metrics.at(0), 1);
}

}  // namespace
}  // namespace footfall
