#include "app/stats/day_sums.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "app/stats/panel_bytes.h"
#include "app/stats/stats_answer.h"
#include "app/stats/stats_world.h"
#include "domain/stats_rules.h"

namespace footfall {
namespace {

using std::chrono::days;

constexpr Day monday = Day(std::chrono::year(2026) / 11 / 16);

// Some days, what each comes to, and the visits that each leaves.
class SummedDays {
 public:
  SummedDays(const StatsWorld& world, std::vector<ToldHit> told, Day first, int count)
      : world_(world), told_(std::move(told)) {
    for (int i = 0; i < count; ++i) {
      const Day day = first + days(i);
      StatsVisits around = world_.visits();
      for (const ToldHit& hit : told_) {
        if (hit.time >= Instant(day) - session_reach && hit.time < Instant(day + days(1)) + session_reach) {
          around.add(hit.number, hit.hit(), hit.ip);
        }
      }
      sums_[day] = sums_of(around, day);
    }
  }

  [[nodiscard]] const DaySums& of(Day day) const { return sums_.at(day); }
  [[nodiscard]] StatsVisits all() const {
    StatsVisits visits = world_.visits();
    for (const ToldHit& hit : told_) visits.add(hit.number, hit.hit(), hit.ip);
    return visits;
  }
  // What there is where these days have sums.
  [[nodiscard]] StatsVisits without(const std::set<Day>& summed) const {
    StatsVisits visits = world_.visits();
    for (const ToldHit& hit : told_) {
      const Day day = day_of(hit.time);
      if (summed.contains(day)) {
        const auto& rest = sums_.at(day).rest;
        if (!std::binary_search(rest.begin(), rest.end(), hit.number)) continue;
      }
      visits.add(hit.number, hit.hit(), hit.ip);
    }
    return visits;
  }
  [[nodiscard]] const std::vector<ToldHit>& told() const { return told_; }

 private:
  const StatsWorld& world_;
  std::vector<ToldHit> told_;
  std::map<Day, DaySums> sums_;
};

StatsQuery any_question(Dice& dice, Day first, int count) {
  StatsQuery query;
  query.site = "example.com";
  const int from = dice.below(count);
  query.from = Instant(first + days(from));
  query.to = Instant(first + days(from + 1 + dice.below(count - from)));
  for (int n = 1 + dice.below(5); n > 0; --n) query.metrics.push_back(static_cast<Metric>(dice.below(10)));
  if (dice.chance(0.8)) query.dimensions.push_back({static_cast<Dimension>(dice.below(32)), ""});
  if (dice.chance(0.15) && !query.dimensions.empty()) {
    StatsFilter filter;
    filter.dimension = query.dimensions.front();
    filter.operation = static_cast<StatsFilter::Operation>(dice.below(4));
    filter.case_sensitive = dice.chance(0.7);
    filter.values.push_back(dice.of(std::vector<std::string>{"/a", "/b", "a", "pageview", "(not set)", "firefox",
                                                             "Chrome", "Direct / None", "Search", "e"}));
    query.filters.push_back(filter);
  }
  if (dice.chance(0.3)) query.order.push_back({dice.of(query.metrics), std::nullopt, dice.chance(0.5)});
  query.limit = dice.chance(0.3) ? 3 : 10'000;
  query.offset = dice.chance(0.2) ? 2 : 0;
  query.bots = dice.chance(0.3);
  query.total_rows = dice.chance(0.3);
  return query;
}

std::string told(const StatsQuery& query) {
  std::string text = to_rfc3339(query.from) + " to " + to_rfc3339(query.to) + ":";
  for (const Metric metric : query.metrics) text += " " + std::string(name_of(metric));
  for (const DimensionName& name : query.dimensions) text += " by " + text_of(name);
  for (const StatsFilter& filter : query.filters) {
    text += " filter " + std::to_string(static_cast<int>(filter.operation)) + " " + filter.values.front();
  }
  return text + (query.bots ? " with bots" : "");
}

void expect_same(const StatsResult& wanted, const StatsResult& got) {
  EXPECT_EQ(wanted.total_rows, got.total_rows);
  ASSERT_EQ(wanted.rows.size(), got.rows.size());
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    EXPECT_EQ(wanted.rows[i].dimensions, got.rows[i].dimensions);
    EXPECT_EQ(wanted.rows[i].metrics, got.rows[i].metrics) << ::testing::PrintToString(wanted.rows[i].dimensions);
  }
}

TEST(DaySums, WithTheRestAndOpenDaysAnswerAsAllVisitsDo) {
  const char* given = std::getenv("FOOTFALL_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20261124;
  constexpr int count = 7;
  Dice dice(seed);
  std::size_t in_sums = 0;
  int from_sums = 0;
  for (int round = 0; round < 3; ++round) {
    const StatsWorld world;
    const SummedDays summed_days(world, days_of_visits(dice, monday, count, 2'500), monday, count);
    const StatsVisits all = summed_days.all();
    in_sums += all.size();
    for (int i = 0; i < count; ++i) in_sums -= summed_days.of(monday + days(i)).rest.size();
    for (int asked = 0; asked < 300;) {
      const StatsQuery query = any_question(dice, monday, count);
      const auto panel = panel_of(query);
      if (!check(query) || !panel) continue;
      ++asked;
      SCOPED_TRACE("FOOTFALL_TEST_SEED=" + std::to_string(seed) + " " + told(query));
      std::set<Day> summed;
      std::vector<DaySum> sums;
      for (int i = 0; i < count; ++i) {
        if (dice.chance(0.3)) continue;
        const Day day = monday + days(i);
        summed.insert(day);
        const bool is_asked_for = Instant(day) >= query.from && Instant(day) < query.to;
        if (is_asked_for) sums.push_back({day, summed_days.of(day).parts.at(*panel)});
      }
      const auto wanted = stats_of(all, query);
      if (!wanted && wanted.error().code == ErrorCode::invalid) {
        --asked;  // a filter that cannot be asked
        continue;
      }
      ASSERT_TRUE(wanted) << wanted.error().what;
      const auto got = stats_of(summed_days.without(summed), sums, query);
      ASSERT_TRUE(got) << got.error().what;
      expect_same(*wanted, *got);
      if (::testing::Test::HasFailure()) return;
      from_sums += sums.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(from_sums, 600);
  EXPECT_GT(in_sums, 3'000U) << "most visits belong to one day, and are summed";
}

TEST(DaySums, AreTheSameBytesInWhateverOrderVisitsCame) {
  Dice dice(5);
  const StatsWorld world;
  std::vector<ToldHit> told = days_of_visits(dice, monday, 1, 300);
  const auto sums_now = [&] {
    StatsVisits visits = world.visits();
    for (const ToldHit& hit : told) visits.add(hit.number, hit.hit(), hit.ip);
    return sums_of(visits, monday);
  };
  const DaySums first = sums_now();
  std::shuffle(told.begin(), told.end(), dice.random());
  const DaySums second = sums_now();
  EXPECT_EQ(first.parts, second.parts);
  EXPECT_EQ(first.rest, second.rest);
  EXPECT_EQ(first.parts.size(), panels().size());
}

// One hit of a visitor of the day.
ToldHit hit_of(Position number, const std::string& time, const std::string& session, const std::string& visitor) {
  ToldHit hit;
  hit.number = number;
  hit.time = at(time);
  hit.session = session;
  hit.visitor = visitor;
  return hit;
}

std::vector<Position> rest_of(const std::vector<ToldHit>& told) {
  const StatsWorld world;
  StatsVisits visits = world.visits();
  for (const ToldHit& hit : told) visits.add(hit.number, hit.hit(), hit.ip);
  return sums_of(visits, monday).rest;
}

const std::string visitor_a = id_of("a", 11);
const std::string visitor_b = id_of("b", 11);
const std::string session_a = id_of("session a", 22);
const std::string session_b = id_of("session b", 22);

TEST(DaySumsRest, HoldsNoVisitThatBelongsToTheDayAlone) {
  EXPECT_EQ(rest_of({hit_of(1, "2026-11-16T00:00:00Z", session_a, visitor_a),
                     hit_of(2, "2026-11-16T23:59:59.999Z", visitor_b, visitor_b)}),
            std::vector<Position>());
}

TEST(DaySumsRest, HoldsASessionOverMidnightWithAllThatHangsTogetherWithIt) {
  EXPECT_EQ(rest_of({hit_of(1, "2026-11-16T23:50:00Z", session_a, visitor_a),
                     hit_of(2, "2026-11-17T00:10:00Z", session_a, id_of("tomorrow", 11)),
                     hit_of(3, "2026-11-16T09:00:00Z", session_b, visitor_a),
                     hit_of(4, "2026-11-16T09:30:00Z", session_b, id_of("c", 11)),
                     hit_of(5, "2026-11-16T10:00:00Z", visitor_b, visitor_b)}),
            (std::vector<Position>{1, 3, 4}));
}

TEST(DaySumsRest, HoldsAVisitorWhoIsThereOnAnotherDay) {
  EXPECT_EQ(rest_of({hit_of(1, "2026-11-16T10:00:00Z", session_a, visitor_a),
                     hit_of(2, "2026-11-15T10:00:00Z", session_b, visitor_a)}),
            std::vector<Position>{1});
}

TEST(DaySumsRest, HoldsWhoIsAPersonAndABot) {
  ToldHit bot = hit_of(2, "2026-11-16T10:01:00Z", session_a, visitor_b);
  bot.user_agent = "Firefox 9 bot";
  EXPECT_EQ(rest_of({hit_of(1, "2026-11-16T10:00:00Z", session_a, visitor_a), bot}), (std::vector<Position>{1, 2}));
}

TEST(DaySumsRest, HoldsIdsThatMayLastLongerThanADay) {
  EXPECT_EQ(rest_of({hit_of(1, "2026-11-16T10:00:00Z", session_a, "user-1"),
                     hit_of(2, "2026-11-16T10:00:00Z", "given", visitor_a),
                     hit_of(3, "2026-11-16T10:00:00Z", visitor_a, visitor_b),
                     hit_of(4, "2026-11-16T10:00:00Z", session_b, id_of("d", 11))}),
            (std::vector<Position>{1, 2, 3}));
}

TEST(DaySumsPanel, IsThereForEveryQuestionOfTheChartsWithoutFilters) {
  StatsQuery query;
  query.metrics = {Metric::visitors};
  EXPECT_EQ(panel_of(query), "");
  for (const char* time : {"time:day", "time:week", "time:month"}) {
    query.dimensions = {*dimension_named(time)};
    EXPECT_EQ(panel_of(query), "") << time;
  }
  for (const char* name : {"time:hour", "event:page", "visit:source", "visit:ip", "visit:bot", "event:name"}) {
    query.dimensions = {*dimension_named(name)};
    EXPECT_EQ(panel_of(query), name);
  }
}

TEST(DaySumsPanel, IsNotThereForWhatOnlyVisitsKnow) {
  StatsQuery query;
  query.metrics = {Metric::visitors};
  for (const char* name : {"time:minute", "visit:session", "visit:visitor", "visit:country", "event:props:plan"}) {
    query.dimensions = {*dimension_named(name)};
    EXPECT_EQ(panel_of(query), std::nullopt) << name;
  }
  query.dimensions = {*dimension_named("visit:browser"), *dimension_named("visit:os")};
  EXPECT_EQ(panel_of(query), std::nullopt);
  query.dimensions = {*dimension_named("event:page")};
  query.metrics = {Metric::time_on_page};
  EXPECT_EQ(panel_of(query), std::nullopt);
}

TEST(DaySumsPanel, IsThereForAFilterOfItsOwnLabelsOnly) {
  StatsQuery query;
  query.metrics = {Metric::events};
  query.dimensions = {*dimension_named("event:name")};
  query.filters = {{StatsFilter::Operation::is_not, *dimension_named("event:name"), {"pageview"}, true, {}}};
  EXPECT_EQ(panel_of(query), "event:name");
  query.metrics = {Metric::percentage};
  EXPECT_EQ(panel_of(query), std::nullopt) << "a visitor may have several names";
  query.metrics = {Metric::events};
  query.filters.push_back({StatsFilter::Operation::is, *dimension_named("event:page"), {"/"}, true, {}});
  EXPECT_EQ(panel_of(query), std::nullopt);
}

TEST(DayPageviews, AreThoseOfEveryoneAndOfTheRest) {
  Dice dice(3);
  const StatsWorld world;
  const SummedDays summed(world, days_of_visits(dice, monday, 2, 400), monday, 2);
  std::map<std::string_view, std::uint64_t> wanted;
  std::uint64_t total = 0;
  for (const ToldHit& hit : summed.told()) {
    if (day_of(hit.time) != monday || hit.kind == Kind::event) continue;
    ++wanted[hit.path];
    ++total;
  }
  const auto got = pageviews_of(summed.of(monday).parts.at("event:page"));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->total, total);
  EXPECT_EQ(got->by_path, (std::vector<std::pair<std::string_view, std::uint64_t>>(wanted.begin(), wanted.end())));
  EXPECT_EQ(pageviews_of(summed.of(monday).parts.at("")).error().code, ErrorCode::corrupt);
}

TEST(DaySums, SayThatADayHasTooManyPagesAndKeepCountingTheMostViewed) {
  const StatsWorld world;
  StatsVisits visits = world.visits();
  for (Position i = 0; i <= panel_labels_max; ++i) {
    ToldHit hit = hit_of(i, "2026-11-16T10:00:00Z", visitor_a, visitor_a);
    hit.path = "/" + std::to_string(i);
    visits.add(hit.number, hit.hit(), hit.ip);
  }
  ToldHit again = hit_of(panel_labels_max + 1, "2026-11-16T10:00:00Z", visitor_a, visitor_a);
  again.path = "/7";
  visits.add(again.number, again.hit(), again.ip);
  const DaySums sums = sums_of(visits, monday);

  StatsQuery query;
  query.site = "example.com";
  query.from = monday;
  query.to = monday + days(1);
  query.metrics = {Metric::pageviews};
  const DaySum totals{monday, sums.parts.at("")};
  const auto answer = stats_of(world.visits(), std::span(&totals, 1), query);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rows.at(0).metrics.at(0), panel_labels_max + 2.0);
  query.dimensions = {*dimension_named("event:page")};
  const DaySum pages{monday, sums.parts.at("event:page")};
  EXPECT_EQ(stats_of(world.visits(), std::span(&pages, 1), query).error().code, ErrorCode::unsupported);

  const auto pageviews = pageviews_of(sums.parts.at("event:page"));
  ASSERT_TRUE(pageviews);
  EXPECT_EQ(pageviews->total, panel_labels_max + 2);
  EXPECT_EQ(pageviews->by_path.size(), panel_labels_max);
  const auto most = std::find_if(pageviews->by_path.begin(), pageviews->by_path.end(),
                                 [](const auto& page) { return page.first == "/7"; });
  ASSERT_NE(most, pageviews->by_path.end());
  EXPECT_EQ(most->second, 2U);
}

// --- Damage ---

class DamagedSums : public ::testing::Test {
 protected:
  DamagedSums() {
    Dice dice(11);
    StatsVisits visits = world_.visits();
    for (const ToldHit& hit : days_of_visits(dice, monday, 1, 200)) visits.add(hit.number, hit.hit(), hit.ip);
    sums_ = sums_of(visits, monday);
    query_.site = "example.com";
    query_.metrics = {Metric::visitors, Metric::bounce_rate};
    query_.dimensions = {*dimension_named("event:page")};
    query_.from = monday;
    query_.to = monday + days(1);
    good_ = sums_.parts.at("event:page");
  }
  Result<StatsResult> ask(std::string_view bytes) {
    const DaySum sum{monday, bytes};
    return stats_of(world_.visits(), std::span(&sum, 1), query_);
  }

  StatsWorld world_;
  DaySums sums_;
  StatsQuery query_;
  std::string good_;
};

TEST_F(DamagedSums, AreCorruptWhereverTheyAreCut) {
  ASSERT_TRUE(ask(good_));
  for (std::size_t size = 0; size < good_.size(); ++size) {
    const auto answer = ask(std::string_view(good_).substr(0, size));
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().code, ErrorCode::corrupt);
  }
  EXPECT_EQ(ask(good_ + "x").error().code, ErrorCode::corrupt);
}

TEST_F(DamagedSums, AreAnErrorOrAnAnswerWhateverByteIsChanged) {
  Dice dice(12);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good_;
    for (int n = 1 + dice.below(3); n > 0; --n) {
      bytes[static_cast<std::size_t>(dice.below(static_cast<int>(bytes.size())))] = static_cast<char>(dice.below(256));
    }
    const auto answer = ask(bytes);
    const bool said =
        answer || answer.error().code == ErrorCode::corrupt || answer.error().code == ErrorCode::unsupported;
    ASSERT_TRUE(said);
    static_cast<void>(pageviews_of(bytes));
  }
}

TEST_F(DamagedSums, AreThoseOfAnotherPanelOrDay) {
  EXPECT_EQ(ask(sums_.parts.at("visit:entry_page")).error().code, ErrorCode::corrupt);
  const DaySum sum{monday + days(1), good_};
  query_.to += days(1);
  EXPECT_EQ(stats_of(world_.visits(), std::span(&sum, 1), query_).error().code, ErrorCode::corrupt);
}

TEST_F(DamagedSums, DoNotClaimMoreLabelsOrLargerCountsThanThereCanBe) {
  std::string claims;
  ByteWriter writer(claims);
  writer.byte(1);
  writer.text("event:page");
  writer.signed_varint(Day(monday).time_since_epoch().count());
  writer.byte(0);
  for (int i = 0; i < 17; ++i) writer.varint(0);
  std::string many = claims;
  ByteWriter(many).varint(1ULL << 60U);
  EXPECT_EQ(ask(many).error().code, ErrorCode::corrupt);

  std::string large = claims;
  ByteWriter label(large);
  label.varint(1);
  label.text("/");
  label.byte(1);
  for (int i = 0; i < 8; ++i) label.varint(1ULL << 62U);
  EXPECT_EQ(ask(large).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace footfall
