// Summing days that are over: when, once, again when something came late, and whatever is in the way.

#include "app/cloud/day_summer.h"

#include "app/cloud/cloud_world.h"
#include "app/counters.h"

namespace footfall {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class DaySummerTest : public CloudWorld {
 protected:
  Result<std::size_t> sum() { return summer.sum_all("example.com", clock.now() + minutes(1)); }
  std::size_t summed() {
    const auto done = sum();
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : 99;
  }
  SiteDays around(Day day) {
    SiteCalendar calendar(table, layout, clock);
    const auto found = calendar.between("example.com", day - days(3), day + days(3));
    EXPECT_TRUE(found);
    return found ? *found : SiteDays{};
  }
  // Whether the day's numbers come from its sums.
  bool stands(Day day) { return around(day).summed.contains(day); }
  std::vector<double> totals() {
    StatsQuery query;
    query.site = "example.com";
    query.metrics = {Metric::visitors, Metric::visits, Metric::pageviews};
    query.from = day_of(clock.now()) - days(30);
    query.to = day_of(clock.now()) + days(1);
    const auto answer = stats.stats(query);
    EXPECT_TRUE(answer) << answer.error().what;
    std::vector<double> numbers;
    if (answer) {
      for (const auto& number : answer->rows.at(0).metrics) numbers.push_back(number.value_or(-1));
    }
    return numbers;
  }
  std::size_t items(std::string_view prefix) {
    std::size_t found = 0;
    for (const auto& [key, values] : table.items()) found += key.pk.starts_with(prefix) ? 1U : 0U;
    return found;
  }

  Day first = day_of(clock.now());
};

TEST_F(DaySummerTest, ADayIsSummedWhenTheOneBehindItIsOver) {
  record(hit("/"));
  process();
  clock.set(first + days(2));
  summed();
  EXPECT_FALSE(stands(first)) << "whoever puts its last pack may still be at it";
  clock.set(first + days(2) + minutes(30));
  EXPECT_GE(summed(), 1U);
  EXPECT_TRUE(stands(first));
  EXPECT_EQ(summed(), 0U) << "once is enough";
}

TEST_F(DaySummerTest, DaysWithoutVisitsAreSummedAndTakeNoRoom) {
  clock.advance(days(10));
  EXPECT_GT(summed(), 5U);
  EXPECT_EQ(items("R#example.com#event:page"), 0U);
  EXPECT_TRUE(around(first).open.empty());
  EXPECT_EQ(summed(), 0U);
}

TEST_F(DaySummerTest, WhatComesLateOpensTheDayAndItsNeighboursUntilTheyAreSummedAgain) {
  record(hit("/a"));
  process();
  clock.advance(days(4));
  summed();
  ASSERT_TRUE(stands(first));
  Hit late = hit("/b");
  late.time = first + hours(30);  // the day behind
  ASSERT_TRUE(writer.store(std::vector{numbered(77, late)}));
  EXPECT_FALSE(stands(first));
  EXPECT_FALSE(stands(first + days(1)));
  EXPECT_FALSE(stands(first + days(2)));
  EXPECT_EQ(totals().back(), 2);
  const auto again = SitesSummer(
                         summer, [] { return std::vector<std::string>{}; }, log)
                         .sum_days(std::vector{SiteDay{"example.com", first + days(1)}}, clock.now() + minutes(1));
  EXPECT_EQ(again.done, 1U);
  EXPECT_TRUE(stands(first));
  EXPECT_TRUE(stands(first + days(1)));
  EXPECT_TRUE(stands(first + days(2)));
  EXPECT_EQ(totals().back(), 2);
  EXPECT_EQ(counter("/b"), 1U);
}

TEST_F(DaySummerTest, ASessionOverMidnightIsOneVisit) {
  clock.set(first + hours(23) + minutes(50));
  record(hit("/a"));
  process();
  clock.advance(minutes(20));
  record(hit("/b"));
  process();
  const auto open = totals();
  EXPECT_EQ(open[1], 1);
  clock.advance(days(4));
  EXPECT_GE(summed(), 2U);
  EXPECT_EQ(totals(), open);
  EXPECT_GE(items("R#example.com#rest"), 2U);
}

TEST_F(DaySummerTest, OnlyOneSumsAtATimeAndALockEndsByItself) {
  record(hit("/"));
  process();
  clock.advance(days(3));
  table.fault = [turn = 0]() mutable { return ++turn == 8 ? MemoryTable::Fault::refuse : MemoryTable::Fault::none; };
  // It ended in the middle, and its lock with the error: the next one goes on.
  EXPECT_FALSE(sum());
  table.fault = [] { return MemoryTable::Fault::none; };
  EXPECT_GE(summed(), 1U);
  ASSERT_TRUE(table.put_all(std::vector{
      Item{{"F#summing", "-"}, {{"ver", std::int64_t{99}}, {"until", milliseconds_of(clock.now() + minutes(5))}}}}));
  EXPECT_EQ(sum().error().code, ErrorCode::in_use);
  clock.advance(minutes(6));
  EXPECT_TRUE(sum());
}

// Whatever of its writes is the last one that is done, numbers and counters are right before and after.
TEST_F(DaySummerTest, EndingAnywhereHarmsNothing) {
  for (int i = 0; i < 30; ++i) record(hit(i % 3 == 0 ? "/a" : "/b", i % 2 == 0 ? "" : "abcdefghijklmnopqrstuv"));
  process();
  clock.advance(days(3));
  const auto expected = totals();
  for (int end = 1; end < 60; ++end) {
    int turn = 0;
    table.fault = [&] { return ++turn >= end ? MemoryTable::Fault::lose_reply : MemoryTable::Fault::none; };
    static_cast<void>(sum());
    table.fault = [] { return MemoryTable::Fault::none; };
    EXPECT_EQ(totals(), expected) << end;
    PageViews views(table, compression, clock, SipKey{});
    EXPECT_EQ(**views.of("example.com", "/a"), 10U) << end;
    clock.advance(summing_max + minutes(1));
  }
  summed();
  EXPECT_TRUE(stands(first));
  EXPECT_EQ(totals(), expected);
}

TEST_F(DaySummerTest, PartsOfAnotherRunAreNotBelieved) {
  record(hit("/a"));
  process();
  clock.advance(days(3));
  summed();
  for (const auto& [key, values] : table.items()) {
    if (key.pk != "R#example.com#event:page") continue;
    Item other{key, values};
    other.values["run"] = std::string("another");
    ASSERT_TRUE(table.put_all(std::span(&other, 1)));
    break;
  }
  EXPECT_EQ(counter("/a"), 1U);
  EXPECT_EQ(totals().back(), 1);
}

TEST_F(DaySummerTest, ADamagedPackIsToldAndItsDayStaysOpenWhileTheOthersAreSummed) {
  record(hit("/a"));
  process();
  ASSERT_TRUE(table.put_all(std::vector{Item{{pack_partition("example.com", first), pack_time(clock.now()) + "#x"},
                                             {{"data", ItemBytes{"packed nonsense"}}}}}));
  clock.advance(days(4));
  record(hit("/b"));
  process();
  clock.advance(days(4));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(sum().error().code, ErrorCode::corrupt);
    EXPECT_FALSE(stands(first));
    EXPECT_TRUE(stands(first + days(4)));
    const auto open = around(first).open;
    EXPECT_EQ(std::count(open.begin(), open.end(), first), 1) << "what is behind it does not hide it";
  }
}

// The stream tells of a late day before the schedule has summed those in between.
TEST_F(DaySummerTest, DaysThatAreSummedOutOfOrderHideNoOthers) {
  for (int day = 0; day < 6; ++day) {
    record(hit(day % 2 == 0 ? "/a" : "/b"));
    process();
    clock.advance(days(1));
  }
  clock.advance(days(3));
  const auto expected = totals();
  Hit late = hit("/late");
  late.time = first + days(4) + hours(20);
  ASSERT_TRUE(writer.store(std::vector{numbered(77, late)}));
  const auto done = SitesSummer(
                        summer, [] { return std::vector<std::string>{}; }, log)
                        .sum_days(std::vector{SiteDay{"example.com", first + days(4)}}, clock.now() + minutes(1));
  ASSERT_EQ(done.done, 1U);
  ASSERT_TRUE(stands(first + days(4)));
  EXPECT_EQ(counter("/a"), 3U);
  EXPECT_EQ(counter("/b"), 3U);
  EXPECT_EQ(totals().back(), expected.back() + 1);
  EXPECT_GE(summed(), 4U) << "they are still due";
  EXPECT_EQ(counter(total_key), 7U);
  EXPECT_EQ(totals().back(), expected.back() + 1);
}

// Somebody asks for more pages than are told apart: the pages that people view keep their counters.
TEST_F(DaySummerTest, ACrowdOfPagesHidesNoCounterThatIsViewed) {
  std::vector<NumberedHit> visits;
  std::deque<std::string> paths;
  Position number = 0;
  for (std::size_t i = 0; i < panel_labels_max + 10; ++i) {
    visits.push_back(numbered(++number, hit(paths.emplace_back("/x" + std::to_string(i)))));
  }
  for (int i = 0; i < 3; ++i) visits.push_back(numbered(++number, hit("/about")));
  ASSERT_TRUE(writer.store(visits));
  clock.advance(days(3));
  summed();
  ASSERT_TRUE(stands(first));
  EXPECT_EQ(counter("/about"), 3U);
  EXPECT_EQ(counter(total_key), visits.size());
  EXPECT_EQ(page_views.of("example.com", "/never").error().code, ErrorCode::unsupported);
  const auto all = page_views.all("example.com");
  ASSERT_TRUE(all);
  std::uint64_t listed = 0;
  for (const auto& [path, views] : *all) listed += path == total_key ? 0 : views;
  EXPECT_EQ(listed, visits.size());
  EXPECT_EQ(all->back(), (std::pair<std::string, std::uint64_t>(other_key, 11)));
}

TEST_F(DaySummerTest, ThereIsTimeForSoMuchAndTheRestIsForTheNextTime) {
  record(hit("/a"));
  process();
  clock.advance(days(3));
  EXPECT_EQ(summer.sum_all("example.com", clock.now()).error().code, ErrorCode::timed_out);
  SitesSummer sites(
      summer, [] { return std::vector<std::string>{"example.com"}; }, log);
  EXPECT_TRUE(sites.sum_due(clock.now()));
  EXPECT_FALSE(stands(first));
  EXPECT_TRUE(sites.sum_due(clock.now() + minutes(1)));
  EXPECT_TRUE(stands(first));
}

// What was counted stays counted when the visits leave.
TEST_F(DaySummerTest, CountersKeepWhatLeft) {
  layout.row_days = 15;
  TableWriter leaving(table, layout, crypto, compression, clock);
  DaySummer summing(table, layout, compression, crypto, clock, knowledge, log);
  ASSERT_TRUE(leaving.store(std::vector{numbered(1, hit("/a"))}));
  clock.advance(days(3));
  ASSERT_TRUE(summing.sum_all("example.com", clock.now() + minutes(1)));
  clock.advance(days(30));
  table.let_go(milliseconds_of(clock.now()) / 1'000);
  EXPECT_EQ(items("P#"), 0U);
  EXPECT_EQ(items("V#"), 0U);
  EXPECT_EQ(items("R#example.com#visit:ip"), 0U);
  EXPECT_EQ(counter("/a"), 1U);
  EXPECT_EQ(counter(total_key), 1U);
}

}  // namespace
}  // namespace footfall
