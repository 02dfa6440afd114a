#include "app/processor.h"

#include <gtest/gtest.h>

#include <thread>

#include "app/processor_fixture.h"

namespace footfall {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using CommitFault = MemoryStore::CommitFault;

constexpr auto patience = std::chrono::seconds(20);

// --- what is stored ---

TEST_F(ProcessorTest, StoresAHitWithItsVisitorSessionAndEnrichment) {
  view("/about");
  ASSERT_TRUE(*processor_->run_once());
  const auto visits = store_.visits();
  ASSERT_EQ(visits.size(), 1U);
  EXPECT_EQ(visits[0].path, "/about");
  EXPECT_EQ(visits[0].visitor, 1U);
  EXPECT_EQ(visits[0].session, 1U);
  EXPECT_EQ(visits[0].facts.browser, "Firefox");
  EXPECT_EQ(visits[0].place.country, "NZ");
  EXPECT_EQ(processor_->health().hits, 1U);
}

TEST_F(ProcessorTest, CompletesAHitOfTheEdgeBeforeAndAfterItIsStored) {
  const auto edge = [&](std::string_view path) {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.source = Source::edge;
    return collector_->record(hit)->position;
  };
  const auto script = [&](std::string_view path, std::string_view title, Position of) {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.title = title;
    hit.props = R"({"plan":"gold"})";
    ASSERT_TRUE(collector_->record_view(hit, of));
  };
  const Position slow = edge("/slow");
  script("/quick", "Quick", edge("/quick"));
  ASSERT_TRUE(*processor_->run_once());
  script("/slow", "Slow", slow);
  ASSERT_TRUE(*processor_->run_once());
  const auto visits = store_.visits();
  ASSERT_EQ(visits.size(), 2U);
  EXPECT_EQ(visits[0].title, "Slow");
  EXPECT_EQ(visits[1].title, "Quick");
  EXPECT_EQ(visits[1].props, R"({"plan":"gold"})");
  EXPECT_EQ(processor_->health().completions, 2U);
  EXPECT_EQ(processor_->health().hits, 2U);
}

TEST_F(ProcessorTest, HasNothingToDoWhenEverythingIsStored) {
  EXPECT_FALSE(*processor_->run_once());
  view("/");
  EXPECT_TRUE(*processor_->run_once());
  EXPECT_FALSE(*processor_->run_once());
}

TEST_F(ProcessorTest, ReadsOnlyWhatIsDurable) {
  journal_.hold_commits();
  view("/");
  EXPECT_FALSE(*processor_->run_once());
  journal_.commit();
  EXPECT_TRUE(*processor_->run_once());
}

TEST_F(ProcessorTest, StoresIncrementsImportMarksAndEngagementInTheSameBatch) {
  view("/about");
  engage("/about", 4'000);
  ASSERT_TRUE(collector_->increment({clock_.now(), "example.com", "likes", 3, 0, ""}));
  ASSERT_TRUE(collector_->record_block({}, {"example.com", "0123456789abcdef", 1}));
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(store_.engagements().at(0).hit, 0U);
  EXPECT_EQ(store_.engagements().at(0).engaged_ms, 4'000U);
  EXPECT_EQ(store_.counter_totals()->named.at(0).value, 3U);
  EXPECT_TRUE(*store_.has_import("example.com", "0123456789abcdef"));
}

TEST_F(ProcessorTest, CountsEngagementThatBelongsToNoKnownView) {
  engage("/never", 4'000);
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_TRUE(store_.engagements().empty());
  EXPECT_EQ(processor_->health().unmatched_engagements, 1U);
}

TEST_F(ProcessorTest, FollowsTheSessionRulesOfTheSite) {
  ASSERT_TRUE(registry_->put_site({"example.com", {minutes(1), minutes(10)}}));
  view("/a");
  clock_.advance(minutes(2));
  view("/b");
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_NE(store_.visits().at(0).session, store_.visits().at(1).session);
}

TEST_F(ProcessorTest, LeavesOutARecordThatCannotBeDecodedAndReportsIt) {
  view("/a");
  ASSERT_TRUE(journal_.append(std::string_view("\x01\x01 damaged")));
  view("/b");
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(processor_->health().damaged_records, 1U);
  EXPECT_EQ(log_lines(), 1U);
  EXPECT_EQ(*store_.offset(), 3U) << "it does not stand in the way";
}

// --- exactly once ---

TEST_F(ProcessorTest, StoresARefusedBatchAtTheNextTry) {
  view("/a");
  store_.fail_next_commit(CommitFault::refused);
  EXPECT_FALSE(processor_->run_once());
  EXPECT_TRUE(stored_paths().empty());
  ASSERT_TRUE(*processor_->run_once());
  expect_all_stored_once(1);
  EXPECT_EQ(processor_->health().commit_failures, 1U);
}

TEST_F(ProcessorTest, DoesNotStoreAgainWhatAnUnclearCommitHadStored) {
  view("/a");
  store_.fail_next_commit(CommitFault::kept);
  ASSERT_TRUE(*processor_->run_once()) << "the offset tells that it is there";
  expect_all_stored_once(1);
  view("/b");
  ASSERT_TRUE(*processor_->run_once());
  expect_all_stored_once(2);
  EXPECT_EQ(store_.visits()[0].session, store_.visits()[1].session);
}

TEST_F(ProcessorTest, StoresAgainWhatAnUnclearCommitHadNotStored) {
  view("/a");
  view("/b", "203.0.113.10");
  store_.fail_next_commit(CommitFault::lost);
  EXPECT_FALSE(processor_->run_once());
  ASSERT_TRUE(*processor_->run_once());
  expect_all_stored_once(2);
  EXPECT_EQ(store_.visits()[0].visitor, 1U) << "numbers that were not stored are given again";
  EXPECT_EQ(store_.visits()[1].visitor, 2U);
}

TEST_F(ProcessorTest, WaitsForAStoreThatCannotBeOpened) {
  view("/a");
  store_.fail_next_commit(CommitFault::kept);
  store_.refuse_reopening(true);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(processor_->run_once());
  store_.refuse_reopening(false);
  for (int i = 0; i < 3 && processor_->health().committed < journal_.durable(); ++i) {
    static_cast<void>(processor_->run_once());
  }
  expect_all_stored_once(1);
}

TEST_F(ProcessorTest, ReadsAgainWhatTheStoreLostWithADamagedLog) {
  view("/a");
  ASSERT_TRUE(*processor_->run_once());
  ASSERT_TRUE(processor_->checkpoint());
  view("/b");
  ASSERT_TRUE(*processor_->run_once());
  view("/c");
  store_.damage_log();
  store_.fail_next_commit(CommitFault::kept);
  EXPECT_FALSE(processor_->run_once());
  while (processor_->health().committed < journal_.durable()) ASSERT_TRUE(processor_->run_once());
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b", "/c"}));
  expect_all_stored_once(3);
}

TEST_F(ProcessorTest, GoesOnWhereItStoppedAfterARestart) {
  view("/a");
  ASSERT_TRUE(*processor_->run_once());
  view("/b");
  restart();
  ASSERT_TRUE(*processor_->run_once());
  view("/c", "203.0.113.10");
  engage("/a", 1'000);
  ASSERT_TRUE(*processor_->run_once());
  expect_all_stored_once(3);
  const auto visits = store_.visits();
  EXPECT_EQ(visits[0].session, visits[1].session) << "the session outlives the process";
  EXPECT_EQ(visits[2].visitor, 2U);
  EXPECT_EQ(store_.engagements().at(0).hit, 0U);
}

TEST_F(ProcessorTest, TakesUpSessionsOfASiteWithLongOnes) {
  ASSERT_TRUE(registry_->put_site({"example.com", {std::chrono::hours(12), std::chrono::hours(24)}}));
  clock_.set(Instant(day_of(clock_.now())));  // the whole day lies ahead
  view("/a");
  ASSERT_TRUE(*processor_->run_once());
  clock_.advance(std::chrono::hours(11));
  restart();
  view("/b");
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(store_.visits()[0].session, store_.visits()[1].session);
}

TEST_F(ProcessorTest, SurvivesEveryFaultAtEveryBatchWithEachHitStoredOnce) {
  settings_.batch_records = 3;
  restart();
  const std::vector<CommitFault> faults{CommitFault::none, CommitFault::kept, CommitFault::lost, CommitFault::refused,
                                        CommitFault::lost, CommitFault::kept, CommitFault::none};
  std::size_t hits = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < round % 7; ++i, ++hits) {
      view("/" + std::to_string(hits), ("203.0.113." + std::to_string(hits % 5 + 1)).c_str());
    }
    store_.fail_next_commit(faults[static_cast<std::size_t>(round) % faults.size()]);
    static_cast<void>(processor_->run_once());
    if (round % 11 == 3) restart();
    if (round % 13 == 5) static_cast<void>(processor_->checkpoint());
    clock_.advance(minutes(3));
  }
  store_.fail_next_commit(CommitFault::none);
  while (true) {
    const auto more = processor_->run_once();
    ASSERT_TRUE(more);
    if (!*more) break;
  }
  expect_all_stored_once(hits);
  const auto visits = store_.visits();
  for (std::size_t i = 0; i < visits.size(); ++i) EXPECT_EQ(visits[i].path, "/" + std::to_string(i));
}

// --- the journal's room ---

TEST_F(ProcessorTest, LetsTheJournalGoOnlyBelowWhatACheckpointMadeSafe) {
  view("/a");
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(journal_.released(), 0U) << "stored, but only in the store's log";
  store_.refuse_checkpoints(true);
  EXPECT_FALSE(processor_->checkpoint());
  EXPECT_EQ(journal_.released(), 0U);
  store_.refuse_checkpoints(false);
  ASSERT_TRUE(processor_->checkpoint());
  EXPECT_EQ(journal_.released(), 1U);
}

// --- the live feed ---

class CountingSink final : public LiveSink {
 public:
  bool send(std::string_view piece) override {
    if (piece.find("event: hit") != std::string_view::npos) ++hits;
    return true;
  }
  int hits = 0;
};

TEST_F(ProcessorTest, ShowsAHitLiveWhenItIsStoredAndOnlyOnce) {
  const auto sink = std::make_shared<CountingSink>();
  const auto subscription = live_.watch("example.com")(sink);
  view("/a");
  store_.fail_next_commit(CommitFault::lost);
  EXPECT_FALSE(processor_->run_once());
  EXPECT_EQ(sink->hits, 0);
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(sink->hits, 1);
}

// --- as a thread ---

TEST_F(ProcessorTest, StoresOnItsOwnThreadWhatBecomesDurable) {
  processor_->start();
  for (int i = 0; i < 10; ++i) view("/" + std::to_string(i));
  ASSERT_TRUE(processor_->wait_until_stored(journal_.durable(), patience));
  EXPECT_EQ(store_.visits().size(), 10U);
  view("/more");
  ASSERT_TRUE(processor_->wait_until_stored(journal_.durable(), patience));
  EXPECT_EQ(store_.visits().size(), 11U);
}

TEST_F(ProcessorTest, StoresEverythingAndMakesItSafeBeforeItStops) {
  processor_->start();
  for (int i = 0; i < 100; ++i) view("/" + std::to_string(i));
  ASSERT_TRUE(processor_->stop());
  EXPECT_EQ(store_.visits().size(), 100U);
  EXPECT_EQ(store_.checkpointed(), 100U);
  EXPECT_EQ(journal_.released(), 100U);
}

TEST_F(ProcessorTest, TriesAgainByItselfAfterAFault) {
  store_.fail_next_commit(CommitFault::lost);
  processor_->start();
  view("/a");
  ASSERT_TRUE(processor_->wait_until_stored(journal_.durable(), patience));
  expect_all_stored_once(1);
}

TEST_F(ProcessorTest, TellsWhoWaitsTooLong) {
  journal_.hold_commits();
  view("/a");
  processor_->start();
  EXPECT_EQ(processor_->wait_until_stored(1, Milliseconds(20)).error().code, ErrorCode::timed_out);
  journal_.commit();
  EXPECT_TRUE(processor_->wait_until_stored(1, patience));
}

TEST_F(ProcessorTest, IsDoneAtOnceWhenThereIsNothingToWaitFor) {
  EXPECT_TRUE(processor_->wait_until_stored(0, Milliseconds(0)));
}

}  // namespace
}  // namespace footfall
