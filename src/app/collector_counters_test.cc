// Counters as the collector keeps them: who counts once, where counting begins, what wins and is claimed, and that a
// restart finds all of it.
#include <gtest/gtest.h>

#include <thread>

#include "app/collector.h"
#include "app/counter_settings.h"
#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class CollectorCounters : public testing::Test {
 protected:
  void SetUp() override { restart(); }

  // A new process over the same journal.
  void restart(const CounterTotals& totals = {}, const CounterMemory& memory = {}) {
    auto restored = Collector::restore(
        journal_, clock_, SipKey{1, 2}, totals, memory,
        [this](std::string_view key, std::string_view text) { return crypto_.hmac_sha256(key, text); });
    ASSERT_TRUE(restored) << restored.error().what;
    collector_ = std::move(*restored);
  }
  Result<Incremented> increment(std::uint64_t who = 0, std::string_view session = {}, std::string_view retry = {}) {
    Increment increment{clock_.now(), "example.com", "likes", 1, 0, retry};
    increment.who = who;
    increment.session = session;
    return collector_->increment(increment);
  }
  Result<CounterRecords> put(const std::string& body) {
    const auto change = read_settings_change(parse_json(body)->get_object());
    EXPECT_TRUE(change) << change.error().what;
    return collector_->change("example.com", "likes",
                              [&](const CounterState& now) { return changed(now, *change, crypto_); });
  }
  Result<Claimed> claim(std::uint64_t number, std::string_view retry = {}) {
    return collector_->claim({clock_.now(), "example.com", "likes", number, false, {}, retry});
  }
  WinnerReading winner(std::optional<std::uint64_t> number, std::string_view session = {}) {
    return collector_->winner("example.com", "likes", number, session);
  }
  std::uint64_t value() {
    const auto reading = collector_->counter("example.com", "likes");
    return reading ? reading->value : 0;
  }
  void count_to(std::uint64_t number) {
    while (value() < number) ASSERT_TRUE(increment());
  }

  const std::string ann_ = "session of Ann..", bob_ = "session of Bob..";
  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryJournal journal_{clock_};
  std::unique_ptr<Collector> collector_;
};

// --- once ---

TEST_F(CollectorCounters, AnswerWhoeverCountedBeforeWithTheSameNumberAndAppendNothing) {
  const auto first = increment(7);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->counted);
  ASSERT_TRUE(increment(8));
  clock_.advance(hours(5));
  const Position next = journal_.next();
  const auto again = increment(7);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->counted);
  EXPECT_EQ(again->value, 1U);
  EXPECT_EQ(again->time, first->time);
  EXPECT_EQ(again->position, next - 1) << "its own record may not be the newest, but no newer one is needed";
  EXPECT_EQ(journal_.next(), next);
  EXPECT_EQ(value(), 2U);
}

TEST_F(CollectorCounters, KnowWhoCountedAfterARestart) {
  ASSERT_TRUE(increment(7));
  restart();
  EXPECT_FALSE(increment(7)->counted);
  // What the store has, and the journal no more.
  CounterMemory memory;
  memory.once.push_back({"example.com", "likes", 9, 5, clock_.now()});
  CounterTotals totals;
  totals.position = journal_.next();
  totals.named.push_back({"example.com", "likes", 5});
  restart(totals, memory);
  const auto again = increment(9);
  EXPECT_FALSE(again->counted);
  EXPECT_EQ(again->value, 5U);
}

TEST_F(CollectorCounters, AnswerARetryAsTheFirstTimeAlsoWhereEachCountsOnce) {
  EXPECT_TRUE(increment(7, {}, "retry")->counted);
  const auto again = increment(7, {}, "retry");
  EXPECT_TRUE(again->counted) << "the same answer, word for word";
  EXPECT_EQ(again->value, 1U);
  restart();
  EXPECT_EQ(increment(7, {}, "retry")->value, 1U);
}

// --- settings ---

TEST_F(CollectorCounters, BeginWhereTheyAreToldAndFindThatAfterARestart) {
  EXPECT_EQ(put(R"({"initial":1000})")->value, 1'000U);
  EXPECT_EQ(increment()->value, 1'001U);
  restart();
  EXPECT_EQ(value(), 1'001U);
  EXPECT_EQ(put(R"({"initial":2000})")->value, 2'001U) << "what was counted since is kept";
  restart();
  EXPECT_EQ(increment()->value, 2'002U);
}

TEST_F(CollectorCounters, RecordNothingWhereNothingIsDifferent) {
  ASSERT_TRUE(put(R"({"initial":1000,"winners":{"every":5},"prizes":["a"],"fallback":"b"})"));
  const Position next = journal_.next();
  const auto same = put(R"({"initial":1000,"winners":{"every":5},"prizes":["a"],"fallback":"b"})");
  EXPECT_EQ(same->value, 1'000U);
  EXPECT_EQ(same->includes, next - 1) << "and it is answered when all of it is on disk";
  EXPECT_EQ(journal_.next(), next);
}

TEST_F(CollectorCounters, BeginWithASettingThatIsTheDefault) {
  EXPECT_FALSE(collector_->counter("example.com", "likes"));
  ASSERT_TRUE(put(R"({"initial":0})"));
  EXPECT_EQ(collector_->counter("example.com", "likes")->value, 0U);
  restart();
  EXPECT_EQ(collector_->counter("example.com", "likes")->value, 0U);
}

TEST_F(CollectorCounters, CanBeLeftAloneWhereTheyAreUnknown) {
  const Increment increment{clock_.now(), "example.com", "likes", 1, 0, {}};
  EXPECT_EQ(collector_->increment(increment, Collector::IfUnknown::refuse).error().code, ErrorCode::not_found);
  EXPECT_EQ(collector_->increment(increment)->value, 1U);
  EXPECT_EQ(collector_->increment(increment, Collector::IfUnknown::refuse)->value, 2U);
}

TEST_F(CollectorCounters, DoNotBeginBeyondTheLargestNumber) {
  ASSERT_TRUE(increment());
  const auto refused = put(R"({"initial":9007199254740991})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_EQ(refused.error().field, "initial");
  EXPECT_EQ(value(), 1U);
}

TEST_F(CollectorCounters, SayHowOftenAVisitorCounts) {
  EXPECT_EQ(collector_->once_per("example.com", "likes"), OncePer::request);
  ASSERT_TRUE(put(R"({"once_per":"session"})"));
  EXPECT_EQ(collector_->once_per("example.com", "likes"), OncePer::session);
  restart();
  EXPECT_EQ(collector_->once_per("example.com", "likes"), OncePer::session);
}

TEST_F(CollectorCounters, TakeTheirSettingsFromTheStoreToo) {
  CounterMemory memory;
  CounterSettings settings;
  settings.initial = 50;
  memory.settings.push_back({"example.com", "likes", settings_text(settings)});
  restart({}, memory);
  EXPECT_EQ(increment()->value, 51U);
  memory.settings[0].settings = "{}";
  EXPECT_FALSE(Collector::restore(journal_, clock_, SipKey{1, 2}, {}, memory)) << "a number would be wrong";
}

// --- winners ---

TEST_F(CollectorCounters, TellWhetherANumberWins) {
  ASSERT_TRUE(put(R"({"winners":{"every":5}})"));
  count_to(6);
  EXPECT_EQ(winner(5).rule, WinnerRule::Kind::every);
  EXPECT_FALSE(winner(5).claimed);
  EXPECT_FALSE(winner(6).rule);
}

TEST_F(CollectorCounters, KnowTheWinOfASession) {
  ASSERT_TRUE(put(R"({"winners":{"every":2}})"));
  for (const auto& session : {bob_, ann_, ann_, ann_, bob_}) ASSERT_TRUE(increment(0, session));
  EXPECT_EQ(winner({}, ann_).number, 4U) << "her newest";
  ASSERT_TRUE(claim(4));
  EXPECT_EQ(winner({}, ann_).number, 2U) << "but first what she has not taken";
  EXPECT_FALSE(winner({}, bob_).number);
  EXPECT_FALSE(winner({}, "").number);
  restart();
  EXPECT_EQ(winner({}, ann_).number, 2U);
}

TEST_F(CollectorCounters, KeepWhatWasWonWhenTheRuleEnds) {
  ASSERT_TRUE(put(R"({"winners":{"every":2}})"));
  count_to(2);
  ASSERT_TRUE(put(R"({"winners":null})"));
  count_to(4);
  EXPECT_TRUE(winner(2).rule);
  EXPECT_FALSE(winner(4).rule);
  EXPECT_TRUE(claim(2));
}

TEST_F(CollectorCounters, DrawAsTheSeedSays) {
  ASSERT_TRUE(put(R"({"winners":{"random":{"one_in":3}}})"));
  const auto records = collector_->records("example.com", "likes");
  const WinnerRule& rule = records->entry.settings.rules[0];
  const std::string seed(reinterpret_cast<const char*>(rule.seed.data()), rule.seed.size());
  std::size_t wins = 0;
  for (std::uint64_t number = 1; number <= 300; ++number) {
    ASSERT_TRUE(increment(0, ann_));
    const bool wins_by_seed =
        remainder_of(crypto_.hmac_sha256(seed, draw_text("example.com", "likes", number)), 3) == 0;
    EXPECT_EQ(winner(number).rule.has_value(), wins_by_seed) << number;
    wins += wins_by_seed ? 1 : 0;
  }
  EXPECT_GT(wins, 60U);
  EXPECT_LT(wins, 150U);
  EXPECT_EQ(collector_->records("example.com", "likes")->entry.wins.size(), wins);
}

// --- claims ---

TEST_F(CollectorCounters, HandOutTheSurprisesInTheirOrderAndThenTheOtherText) {
  ASSERT_TRUE(put(R"({"winners":{"every":1000000,"exact":[1,2,3,4,5]},"prizes":["a","b"],"fallback":"thanks"})"));
  count_to(5);
  EXPECT_EQ(claim(3)->prize, R"({"text":"a"})");
  EXPECT_EQ(claim(1)->prize, R"({"text":"b"})");
  EXPECT_EQ(claim(2)->prize, R"({"text":"thanks"})");
  ASSERT_TRUE(put(R"({"prizes":["c"]})"));
  restart();
  EXPECT_EQ(claim(5)->prize, R"({"text":"c"})") << "a new pool begins at its first";
  EXPECT_EQ(claim(4)->prize, R"({"text":"thanks"})");
}

TEST_F(CollectorCounters, HandOutNothingTwiceAlsoAfterARestart) {
  ASSERT_TRUE(put(R"({"winners":{"exact":[1]},"prizes":["a","b"]})"));
  count_to(1);
  ASSERT_TRUE(claim(1));
  EXPECT_EQ(claim(1).error().code, ErrorCode::exists);
  restart();
  EXPECT_EQ(claim(1).error().code, ErrorCode::exists);
  EXPECT_TRUE(winner(1).claimed);
}

TEST_F(CollectorCounters, AnswerARetriedClaimAsTheFirstTime) {
  ASSERT_TRUE(put(R"({"winners":{"exact":[1,2]},"prizes":["a","b"]})"));
  count_to(2);
  EXPECT_EQ(claim(1, "retry")->prize, R"({"text":"a"})");
  EXPECT_EQ(claim(1, "retry")->prize, R"({"text":"a"})");
  restart();
  EXPECT_EQ(claim(1, "retry")->prize, R"({"text":"a"})");
  EXPECT_EQ(claim(1, "another").error().code, ErrorCode::exists);
  EXPECT_EQ(claim(2, "retry")->prize, R"({"text":"b"})") << "another number is another claim";
  clock_.advance(minutes(11));
  EXPECT_EQ(claim(1, "retry").error().code, ErrorCode::exists);
}

TEST_F(CollectorCounters, HandOutNothingForANumberThatDoesNotWin) {
  EXPECT_EQ(claim(1).error().code, ErrorCode::not_found);
  ASSERT_TRUE(put(R"({"winners":{"exact":[2]}})"));
  count_to(3);
  EXPECT_EQ(claim(3).error().code, ErrorCode::not_found);
}

TEST_F(CollectorCounters, ClaimNothingThatTheJournalDoesNotTake) {
  ASSERT_TRUE(put(R"({"winners":{"exact":[1]},"prizes":["a"]})"));
  count_to(1);
  journal_.refuse(JournalRefusal::disk_full);
  EXPECT_EQ(claim(1).error().code, ErrorCode::unavailable);
  journal_.refuse(JournalRefusal::none);
  EXPECT_EQ(claim(1)->prize, R"({"text":"a"})");
}

TEST_F(CollectorCounters, GiveOneOfManyWhoClaimAtOnceTheSurprise) {
  ASSERT_TRUE(put(R"({"winners":{"exact":[1]},"prizes":["a","b"]})"));
  count_to(1);
  std::atomic<int> given{0};
  std::vector<std::thread> running;
  for (int thread = 0; thread < 8; ++thread) {
    running.emplace_back([&] {
      for (int i = 0; i < 20; ++i) given += claim(1) ? 1 : 0;
    });
  }
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(given, 1);
}

}  // namespace
}  // namespace footfall
