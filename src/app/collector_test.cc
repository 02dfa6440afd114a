#include "app/collector.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* an_id = "01939e2a-7c1d-7b3a-9f00-0123456789ab";
constexpr const char* another_id = "01939e2a-7c1d-7b3a-9f00-0123456789ac";

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  return result.error().code;
}

class CollectorTest : public testing::Test {
 protected:
  void SetUp() override { restart(); }

  // A new process over the same journal.
  void restart(const CounterTotals& totals = {}) {
    auto restored = Collector::restore(journal_, clock_, SipKey{1, 2}, totals);
    ASSERT_TRUE(restored) << restored.error().what;
    collector_ = std::move(*restored);
  }

  [[nodiscard]] Hit view(std::string_view path, std::string_view id = {}) const {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.id = id;
    return hit;
  }
  // What the edge recorded of a page, and what its script says of it.
  [[nodiscard]] Hit edge_view(std::string_view path, std::string_view session = "s-1") const {
    Hit hit = view(path);
    hit.source = Source::edge;
    hit.session = session;
    hit.ip = *Address::parse("203.0.113.9");
    hit.user_agent = "Firefox";
    return hit;
  }
  [[nodiscard]] Hit script_view(std::string_view path, std::string_view session = "s-1") const {
    Hit hit = edge_view(path, session);
    hit.source = Source::script;
    hit.title = "Title";
    return hit;
  }
  [[nodiscard]] Increment likes(std::uint64_t by = 1, std::string_view idempotency_key = {}) const {
    return {clock_.now(), "example.com", "likes", by, 0, idempotency_key};
  }
  [[nodiscard]] std::uint64_t value(std::string_view key) const {
    const auto reading = collector_->counter("example.com", key);
    return reading ? reading->value : 0;
  }
  [[nodiscard]] std::size_t records() const { return journal_.next() - journal_.first(); }
  [[nodiscard]] std::vector<Record> in_journal() {
    reader_ = journal_.read_from(0);
    std::vector<Record> records;
    const auto read = reader_->read(1'000'000);
    for (const JournalRecord& entry : *read) records.push_back(*decode(entry.bytes));
    return records;
  }

  FakeClock clock_;
  MemoryJournal journal_{clock_};
  std::unique_ptr<JournalReader> reader_;
  std::unique_ptr<Collector> collector_;
};

// --- hits ---

TEST_F(CollectorTest, PutsAHitIntoTheJournalAndCountsIt) {
  const auto recorded = collector_->record(view("/about"));
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->position, 0U);
  EXPECT_EQ(recorded->time, clock_.now());
  EXPECT_FALSE(recorded->repeated);
  EXPECT_EQ(value("/about"), 1U);
  EXPECT_EQ(value(total_key), 1U);
  EXPECT_EQ(std::get<Hit>(in_journal().at(0)).path, "/about");
}

TEST_F(CollectorTest, CountsAnEventAsARecordButNotAsAPageView) {
  Hit event = view("/about");
  event.kind = Kind::event;
  event.event = "signup";
  ASSERT_TRUE(collector_->record(event));
  EXPECT_EQ(records(), 1U);
  EXPECT_FALSE(collector_->counter("example.com", "/about"));
  EXPECT_FALSE(collector_->counter("example.com", total_key));
}

TEST_F(CollectorTest, TakesTheSameIdOnceWithinTenMinutes) {
  const auto first = collector_->record(view("/about", an_id));
  const Instant when = clock_.now();
  clock_.advance(minutes(10));
  const auto again = collector_->record(view("/about", an_id));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->position, first->position);
  EXPECT_EQ(again->time, when) << "the first answer, word for word";
  EXPECT_EQ(value("/about"), 1U);
  EXPECT_EQ(records(), 1U);

  clock_.advance(Milliseconds(1));
  EXPECT_FALSE(collector_->record(view("/about", an_id))->repeated);
  EXPECT_EQ(value("/about"), 2U);
}

TEST_F(CollectorTest, TakesTheSameIdOnceAlsoWhenTheCallerDatedItBack) {
  Hit hit = view("/about", an_id);
  hit.time = clock_.now() - hours(20);
  ASSERT_TRUE(collector_->record(hit));
  clock_.advance(minutes(1));
  EXPECT_TRUE(collector_->record(hit)->repeated);
  EXPECT_TRUE((*collector_->record(std::span(&hit, 1)))[0].repeated);
  restart();
  EXPECT_TRUE(collector_->record(hit)->repeated);
  EXPECT_EQ(value("/about"), 1U);
}

TEST_F(CollectorTest, TellsTheSameIdOfTwoSitesApart) {
  ASSERT_TRUE(collector_->record(view("/about", an_id)));
  Hit other = view("/about", an_id);
  other.site = "example.org";
  EXPECT_FALSE(collector_->record(other)->repeated);
}

TEST_F(CollectorTest, CountsHitsWithoutIdEveryTime) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(collector_->record(view("/about"))->repeated);
  EXPECT_EQ(value("/about"), 3U);
}

// --- batches ---

TEST_F(CollectorTest, RecordsABatchInOrder) {
  const std::vector<Hit> hits{view("/a"), view("/b"), view("/a")};
  const auto recorded = collector_->record(hits);
  ASSERT_TRUE(recorded);
  ASSERT_EQ(recorded->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*recorded)[i].position, i);
  EXPECT_EQ(value("/a"), 2U);
  EXPECT_EQ(value(total_key), 3U);
}

TEST_F(CollectorTest, TakesTwinIdsInOneBatchOnce) {
  const std::vector<Hit> hits{view("/a"), view("/b", an_id), view("/c"), view("/b", an_id), view("/d", another_id)};
  const auto recorded = collector_->record(hits);
  ASSERT_TRUE(recorded);
  EXPECT_FALSE((*recorded)[1].repeated);
  EXPECT_TRUE((*recorded)[3].repeated);
  EXPECT_EQ((*recorded)[3].position, (*recorded)[1].position);
  EXPECT_EQ((*recorded)[4].position, 3U) << "the twin left no gap";
  EXPECT_EQ(value("/b"), 1U);
  EXPECT_EQ(records(), 4U);
}

TEST_F(CollectorTest, LeavesOutOfABatchWhatWasRecordedBefore) {
  ASSERT_TRUE(collector_->record(view("/b", an_id)));
  const std::vector<Hit> hits{view("/b", an_id), view("/a")};
  const auto recorded = collector_->record(hits);
  ASSERT_TRUE(recorded);
  EXPECT_TRUE((*recorded)[0].repeated);
  EXPECT_EQ((*recorded)[0].position, 0U);
  EXPECT_EQ((*recorded)[1].position, 1U);
  EXPECT_EQ(records(), 2U);
}

TEST_F(CollectorTest, AnswersABatchOfRepetitionsWithoutTouchingTheJournal) {
  ASSERT_TRUE(collector_->record(view("/b", an_id)));
  journal_.refuse(JournalRefusal::disk_full);
  const std::vector<Hit> hits{view("/b", an_id)};
  const auto recorded = collector_->record(hits);
  ASSERT_TRUE(recorded);
  EXPECT_TRUE((*recorded)[0].repeated);
}

// --- refusals ---

TEST_F(CollectorTest, ChangesNothingWhenTheJournalHasNoRoom) {
  ASSERT_TRUE(collector_->increment(likes()));
  journal_.refuse(JournalRefusal::disk_full);
  const std::vector<Hit> batch{view("/a", an_id), view("/b")};
  EXPECT_EQ(code_of(collector_->record(view("/a", an_id))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(collector_->record(batch)), ErrorCode::unavailable);
  EXPECT_EQ(code_of(collector_->record(Engagement{})), ErrorCode::unavailable);
  EXPECT_EQ(code_of(collector_->record_block(batch, {"example.com", "0123456789abcdef", 2})), ErrorCode::unavailable);
  EXPECT_EQ(code_of(collector_->increment(likes(1, "key"))), ErrorCode::unavailable);
  EXPECT_EQ(value("/a"), 0U);
  EXPECT_EQ(value("likes"), 1U);
  EXPECT_EQ(collector_->counts().refused_for_room, 5U);
  EXPECT_EQ(collector_->counts().accepted, 1U);

  journal_.refuse(JournalRefusal::none);
  EXPECT_FALSE(collector_->record(view("/a", an_id))->repeated) << "an id that was refused is not remembered";
  EXPECT_EQ(collector_->increment(likes(1, "key"))->value, 2U);
}

TEST_F(CollectorTest, SaysThatTheJournalHasStopped) {
  journal_.fail();
  EXPECT_EQ(code_of(collector_->record(view("/a"))), ErrorCode::failed);
  EXPECT_EQ(code_of(collector_->increment(likes())), ErrorCode::failed);
  EXPECT_EQ(value("/a"), 0U);
}

// --- increments ---

TEST_F(CollectorTest, AnswersTheNewValueOfACounter) {
  EXPECT_EQ(collector_->increment(likes())->value, 1U);
  EXPECT_EQ(collector_->increment(likes(10))->value, 11U);
  EXPECT_EQ(value("likes"), 11U);
  const auto record = std::get<Increment>(in_journal().at(1));
  EXPECT_EQ(record.by, 10U);
  EXPECT_EQ(record.value, 11U);
}

TEST_F(CollectorTest, AnswersARepeatedIncrementAsItDidTheFirstTime) {
  const auto first = collector_->increment(likes(1, "retry"));
  ASSERT_TRUE(collector_->increment(likes(5)));
  clock_.advance(minutes(10));
  const auto again = collector_->increment(likes(1, "retry"));
  EXPECT_EQ(again->value, first->value);
  EXPECT_EQ(again->position, first->position);
  EXPECT_EQ(value("likes"), 6U);
  Increment other = likes(1, "retry");
  other.key = "loves";
  EXPECT_EQ(collector_->increment(other)->value, 1U) << "an Idempotency-Key belongs to its counter";
}

TEST_F(CollectorTest, PutsNoIncrementIntoTheJournalThatTheCounterRefuses) {
  Increment total = likes();
  total.key = total_key;
  EXPECT_EQ(code_of(collector_->increment(total)), ErrorCode::invalid);
  EXPECT_EQ(code_of(collector_->increment(likes(counter_value_max + 1))), ErrorCode::too_large);
  EXPECT_EQ(records(), 0U);
}

// --- readings ---

TEST_F(CollectorTest, NamesTheNewestRecordThatAReadingMayInclude) {
  ASSERT_TRUE(collector_->record(view("/a")));
  journal_.hold_commits();
  ASSERT_TRUE(collector_->record(view("/b")));
  const auto reading = collector_->counter("example.com", "/a");
  ASSERT_TRUE(reading);
  ASSERT_TRUE(reading->includes);
  EXPECT_EQ(*reading->includes, 1U) << "not durable yet: the number must wait for it";
  std::optional<Position> includes;
  EXPECT_EQ(collector_->counters("example.com", includes).size(), 3U);
  EXPECT_EQ(includes, 1U);
}

TEST_F(CollectorTest, HasNothingToWaitForWhileTheJournalIsEmpty) {
  std::optional<Position> includes = 7;
  EXPECT_TRUE(collector_->counters("example.com", includes).empty());
  EXPECT_EQ(includes, std::nullopt);
}

// --- restarts ---

TEST_F(CollectorTest, FindsTheSameNumbersAfterARestart) {
  for (const char* path : {"/a", "/b", "/a"}) ASSERT_TRUE(collector_->record(view(path)));
  ASSERT_TRUE(collector_->increment(likes(7)));
  Hit event = view("/a");
  event.kind = Kind::event;
  ASSERT_TRUE(collector_->record(event));
  ASSERT_TRUE(collector_->record_block(std::vector<Hit>{view("/log")}, {"example.com", "0123456789abcdef", 1}));

  restart();
  EXPECT_EQ(value("/a"), 2U);
  EXPECT_EQ(value("/b"), 1U);
  EXPECT_EQ(value("/log"), 1U);
  EXPECT_EQ(value("likes"), 7U);
  EXPECT_EQ(value(total_key), 4U);
}

TEST_F(CollectorTest, AddsTheTailOfTheJournalToTheTotalsOfTheStoreAndNothingTwice) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(collector_->record(view("/a")));
  ASSERT_TRUE(collector_->increment(likes(7)));
  for (Position stored = 0; stored <= 6; ++stored) {
    SCOPED_TRACE(stored);
    CounterTotals totals;
    totals.position = stored;
    if (stored > 0) totals.paths = {{"example.com", "/a", std::min<std::uint64_t>(stored, 5)}};
    if (stored == 6) totals.named = {{"example.com", "likes", 7}};
    restart(totals);
    EXPECT_EQ(value("/a"), 5U);
    EXPECT_EQ(value(total_key), 5U);
    EXPECT_EQ(value("likes"), 7U);
  }
}

TEST_F(CollectorTest, RecognisesRepetitionsAcrossARestart) {
  ASSERT_TRUE(collector_->record(view("/a", an_id)));
  const auto first = collector_->increment(likes(3, "retry"));
  clock_.advance(minutes(9));
  CounterTotals totals;  // all of it is in the store already
  totals.position = 2;
  totals.paths = {{"example.com", "/a", 1}};
  totals.named = {{"example.com", "likes", 3}};
  restart(totals);
  EXPECT_TRUE(collector_->record(view("/a", an_id))->repeated);
  EXPECT_EQ(collector_->increment(likes(3, "retry"))->value, first->value);
  EXPECT_EQ(value("likes"), 3U);
  clock_.advance(minutes(2));
  restart(totals);
  EXPECT_FALSE(collector_->record(view("/a", an_id))->repeated) << "eleven minutes later it is another hit";
}

TEST_F(CollectorTest, LeavesOutWhatItCannotReadAtARestart) {
  ASSERT_TRUE(collector_->record(view("/a")));
  ASSERT_TRUE(journal_.append(std::string_view("\x7F a record of tomorrow")));
  ASSERT_TRUE(collector_->record(view("/a")));
  restart();
  EXPECT_EQ(value("/a"), 2U);
}

// --- log blocks ---

TEST_F(CollectorTest, KeepsABlockOfLogLinesAndItsMarkTogether) {
  const std::vector<Hit> hits{view("/a"), view("/b")};
  const auto position = collector_->record_block(hits, {"example.com", "0123456789abcdef", 9});
  ASSERT_TRUE(position);
  EXPECT_EQ(*position, 2U) << "the block is safe when its mark is";
  const auto records = in_journal();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(std::get<ImportMark>(records[2]).lines, 9U);
  EXPECT_EQ(collector_->counts().accepted, 2U);
  EXPECT_EQ(journal_.health().commits, 1U);
}

// --- threads ---

TEST_F(CollectorTest, CountsExactlyWhenManyRecordAtOnce) {
  constexpr int threads = 4, each = 500;
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        ASSERT_TRUE(collector_->record(view("/a")));
        ASSERT_TRUE(collector_->increment(likes()));
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(value("/a"), std::uint64_t{threads} * each);
  EXPECT_EQ(value("likes"), std::uint64_t{threads} * each);
  std::uint64_t answered = 0;
  for (const Record& record : in_journal()) {
    const auto* increment = std::get_if<Increment>(&record);
    if (increment == nullptr) continue;
    EXPECT_EQ(increment->value, ++answered) << "the answers are in the order of the journal";
  }
}

// --- one view, one hit ---

TEST_F(CollectorTest, CompletesTheHitWhoseIdAPageShowsAndCountsNothing) {
  const Position hit = collector_->record(edge_view("/a"))->position;
  const auto completed = collector_->record_view(script_view("/a"), hit);
  ASSERT_TRUE(completed);
  EXPECT_TRUE(completed->completed);
  EXPECT_FALSE(completed->repeated);
  EXPECT_EQ(value("/a"), 1U);
  EXPECT_EQ(value(total_key), 1U);
  const auto journal = in_journal();
  ASSERT_EQ(journal.size(), 2U);
  EXPECT_EQ(std::get<Completion>(journal[1]).hit, hit);
  EXPECT_EQ(std::get<Completion>(journal[1]).title, "Title");
  EXPECT_EQ(collector_->counts().completed, 1U);
}

TEST_F(CollectorTest, CompletesAHitOnceWithinTenMinutes) {
  const Position hit = collector_->record(edge_view("/a"))->position;
  const auto first = collector_->record_view(script_view("/a"), hit);
  clock_.advance(minutes(9));
  const auto again = collector_->record_view(script_view("/a"), hit);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->position, first->position);
  EXPECT_EQ(records(), 2U);
  restart();
  EXPECT_TRUE(collector_->record_view(script_view("/a"), hit)->repeated) << "also after a crash";
  EXPECT_EQ(value("/a"), 1U);
}

TEST_F(CollectorTest, TakesAnIdThatAnotherVisitorShowsForAPageFromASharedCache) {
  const Position hit = collector_->record(edge_view("/a"))->position;
  ASSERT_TRUE(collector_->record_view(script_view("/a"), hit));
  Hit other = script_view("/a");
  other.ip = *Address::parse("198.51.100.7");
  const auto recorded = collector_->record_view(other, hit);
  EXPECT_FALSE(recorded->completed);
  EXPECT_EQ(value("/a"), 2U);
  EXPECT_EQ(std::get<Hit>(in_journal().at(2)).kind, Kind::cached);
}

TEST_F(CollectorTest, FindsTheHitOfAScriptThatCannotSeeItsId) {
  const Position hit = collector_->record(edge_view("/a"))->position;
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(collector_->record_view(script_view("/a"), std::nullopt)->completed);
  EXPECT_EQ(std::get<Completion>(in_journal().at(1)).hit, hit);
  EXPECT_FALSE(collector_->record_view(script_view("/a"), std::nullopt)->completed) << "a second view is a second hit";
  EXPECT_EQ(value("/a"), 2U);
}

TEST_F(CollectorTest, FindsItByAddressAndUserAgentWithoutACookie) {
  ASSERT_TRUE(collector_->record(edge_view("/a", "never comes back")));
  EXPECT_TRUE(collector_->record_view(script_view("/a", ""), std::nullopt)->completed);
  EXPECT_EQ(value("/a"), 1U);
}

TEST_F(CollectorTest, FindsItAfterACrashBetweenPageAndScript) {
  ASSERT_TRUE(collector_->record(edge_view("/a")));
  restart();
  EXPECT_TRUE(collector_->record_view(script_view("/a"), std::nullopt)->completed);
  restart();
  EXPECT_FALSE(collector_->record_view(script_view("/a"), std::nullopt)->completed) << "it was found before";
  restart();
  EXPECT_EQ(value("/a"), 2U);
}

TEST_F(CollectorTest, GivesNoHitOfTheEdgeToAViewThatReachedNoServer) {
  ASSERT_TRUE(collector_->record(edge_view("/a")));
  for (const Kind kind : {Kind::cached, Kind::restored, Kind::soft, Kind::prerendered}) {
    Hit hit = script_view("/a");
    hit.kind = kind;
    EXPECT_FALSE(collector_->record_view(hit, std::nullopt)->completed) << name_of(kind);
  }
  EXPECT_EQ(value("/a"), 5U);
  EXPECT_TRUE(collector_->record_view(script_view("/a"), std::nullopt)->completed);
}

TEST_F(CollectorTest, RecordsAViewWhoseHitWasLostWithItsDisk) {
  EXPECT_FALSE(collector_->record_view(script_view("/a"), Position{77})->completed);
  EXPECT_EQ(value("/a"), 1U);
}

TEST_F(CollectorTest, CompletesNothingWithoutRoomAndCanBeAskedAgain) {
  const Position hit = collector_->record(edge_view("/a"))->position;
  journal_.refuse(JournalRefusal::disk_full);
  EXPECT_EQ(code_of(collector_->record_view(script_view("/a"), hit)), ErrorCode::unavailable);
  journal_.refuse(JournalRefusal::none);
  const auto completed = collector_->record_view(script_view("/a"), hit);
  EXPECT_TRUE(completed->completed);
  EXPECT_FALSE(completed->repeated);
}

// --- parting ---

TEST_F(CollectorTest, WhatWasSentLatelyStillCountsOnceAfterTheJournalWasDroppedAndARestart) {
  ASSERT_TRUE(collector_->record(view("/a", an_id)));
  const auto liked = collector_->increment(likes(3, "retry-1"));
  ASSERT_TRUE(liked);
  ASSERT_TRUE(collector_->record(view("/b")));
  const auto parted = collector_->part();
  ASSERT_TRUE(parted) << parted.error().what;
  EXPECT_EQ(parted->position, 3U);
  EXPECT_EQ(parted->newest, 5U);
  ASSERT_TRUE(collector_->record(view("/c", another_id)));
  journal_.release(parted->position);
  ASSERT_TRUE(journal_.discard(parted->position));
  EXPECT_EQ(journal_.first(), 3U);

  CounterTotals totals;
  totals.position = parted->position;
  totals.paths = {{"example.com", "/a", 1}, {"example.com", "/b", 1}};
  totals.named = {{"example.com", "likes", 3}};
  for (int life = 0; life < 3; ++life) {
    restart(totals);
    const auto again = collector_->record(view("/a", an_id));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->position, 0U) << "it is still told where it was";
    EXPECT_TRUE(collector_->record(view("/c", another_id))->repeated);
    const auto liked_again = collector_->increment(likes(3, "retry-1"));
    ASSERT_TRUE(liked_again);
    EXPECT_EQ(liked_again->value, liked->value);
    EXPECT_EQ(value("/a"), 1U);
    EXPECT_EQ(value("likes"), 3U);
  }
  clock_.advance(retry_window + minutes(1));
  restart(totals);
  EXPECT_FALSE(collector_->record(view("/a", an_id))->repeated) << "the window is no longer than it was";
}

TEST_F(CollectorTest, SaysNothingAgainThatCouldBeRead) {
  ASSERT_TRUE(collector_->record(view("/a", an_id)));
  ASSERT_TRUE(collector_->increment(likes(1, "the key of somebody")));
  const auto parted = collector_->part();
  journal_.release(parted->position);
  ASSERT_TRUE(journal_.discard(parted->position));
  const auto reader = journal_.read_from(0);
  for (const JournalRecord& entry : *reader->read(100)) {
    EXPECT_EQ(entry.bytes.find(an_id), std::string_view::npos);
    EXPECT_EQ(entry.bytes.find("somebody"), std::string_view::npos);
  }
}

TEST_F(CollectorTest, PartsWithMoreRememberedThanOneAppendHolds) {
  constexpr std::size_t ids = 25'000;
  char id[37];
  for (std::size_t i = 0; i < ids; ++i) {
    std::snprintf(id, sizeof id, "01939e2a-7c1d-7b3a-9f00-%012zu", i);
    ASSERT_TRUE(collector_->record(view("/a", id)));
  }
  const auto parted = collector_->part();
  ASSERT_TRUE(parted) << parted.error().what;
  EXPECT_EQ(parted->newest - parted->position, ids);
  journal_.release(parted->position);
  ASSERT_TRUE(journal_.discard(parted->position));
  CounterTotals totals;
  totals.position = parted->position;
  restart(totals);
  for (const std::size_t i : {std::size_t{0}, ids / 2, ids - 1}) {
    std::snprintf(id, sizeof id, "01939e2a-7c1d-7b3a-9f00-%012zu", i);
    EXPECT_TRUE(collector_->record(view("/a", id))->repeated) << i;
  }
}

}  // namespace
}  // namespace footfall
