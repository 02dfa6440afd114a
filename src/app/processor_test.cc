#include "app/processor.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <thread>

#include "app/collector.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"
#include "testing/memory_store.h"

namespace footfall {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using CommitFault = MemoryStore::CommitFault;

constexpr auto patience = std::chrono::seconds(20);

class ProcessorTest : public testing::Test {
 protected:
  void SetUp() override {
    salts_ = std::move(*Salts::open(salts_file_, crypto_, clock_));
    registry_ = std::move(*Registry::open(registry_file_, crypto_, clock_));
    ASSERT_TRUE(registry_->put_site({"example.com", {}}));
    collector_ = std::move(*Collector::restore(journal_, clock_, SipKey{1, 2}, {}));
    restart();
  }
  void TearDown() override { processor_.reset(); }

  // A new process over the same journal and store.
  void restart() {
    processor_.reset();
    processor_ = std::make_unique<Processor>(
        journal_, store_, *salts_, *registry_, Knowledge{user_agents_, places_, referrers_}, live_, clock_,
        SipKey{1, 2}, [this](std::string_view line) { log_.with([&](auto& lines) { lines.emplace_back(line); }); },
        settings_);
  }

  void view(std::string_view path, const char* ip = "203.0.113.9") {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.ip = *Address::parse(ip);
    hit.user_agent = "Firefox";
    ASSERT_TRUE(collector_->record(hit));
  }
  void engage(std::string_view path, std::uint32_t engaged_ms) {
    Engagement engagement;
    engagement.time = clock_.now();
    engagement.site = "example.com";
    engagement.path = path;
    engagement.ip = *Address::parse("203.0.113.9");
    engagement.user_agent = "Firefox";
    engagement.engaged_ms = engaged_ms;
    ASSERT_TRUE(collector_->record(engagement));
  }

  [[nodiscard]] std::vector<std::string> stored_paths() const {
    std::vector<std::string> paths;
    for (const StoredVisit& visit : store_.visits()) paths.push_back(visit.path);
    return paths;
  }
  // Every record of the journal is in the store, once, in order.
  void expect_all_stored_once(std::size_t hits) {
    const auto visits = store_.visits();
    EXPECT_EQ(visits.size(), hits);
    for (std::size_t i = 1; i < visits.size(); ++i) EXPECT_LT(visits[i - 1].position, visits[i].position);
    EXPECT_EQ(*store_.offset(), journal_.durable());
    EXPECT_EQ(processor_->health().committed, journal_.durable());
  }
  [[nodiscard]] std::size_t log_lines() {
    return log_.with([](const auto& lines) { return lines.size(); });
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile salts_file_, registry_file_;
  std::unique_ptr<Salts> salts_;
  std::unique_ptr<Registry> registry_;
  MemoryJournal journal_{clock_};
  MemoryStore store_;
  FakeUserAgents user_agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  LiveFeed live_{clock_};
  ProcessorSettings settings_{.batch_wait = Milliseconds(1), .reopen_wait = Milliseconds(1)};
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Processor> processor_;
  Guarded<std::vector<std::string>> log_;
};

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

// --- what is kept of an address ---

TEST_F(ProcessorTest, KeepsOfAnAddressWhatTheSiteSays) {
  struct Row {
    KeptAddress kept;
    std::string ip;
  };
  const std::string hashed = processor_->keeper().keep(*Address::parse("203.0.113.9"), KeptAddress::hashed).text();
  for (const Row& row : {Row{KeptAddress::full, "203.0.113.9"}, Row{KeptAddress::truncated, "203.0.113.0"},
                         Row{KeptAddress::hashed, hashed}, Row{KeptAddress::none, ""}}) {
    SCOPED_TRACE(name_of(row.kept));
    Site site;
    site.name = "example.com";
    site.address = row.kept;
    ASSERT_TRUE(registry_->put_site(site));
    view("/");
    ASSERT_TRUE(*processor_->run_once());
    const StoredVisit visit = store_.visits().back();
    EXPECT_EQ(visit.ip, row.ip);
    EXPECT_EQ(visit.visitor, 1U) << "the visitor is told by the whole address";
    EXPECT_EQ(visit.place.country, "NZ");
    EXPECT_EQ(visit.place.city, "Wellington") << "and so is the place";
  }
}

TEST_F(ProcessorTest, KeepsNoAddressForASiteThatIsNotRegisteredAnyMore) {
  view("/");
  ASSERT_TRUE(registry_->remove_site("example.com"));
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(store_.visits().at(0).ip, "");
}

// --- erasures ---

class ErasureTest : public ProcessorTest {
 protected:
  Position ask(const std::function<void(Erasure&)>& say) {
    Erasure erasure;
    erasure.time = clock_.now();
    erasure.site = "example.com";
    say(erasure);
    const auto asked = collector_->record(std::span(&erasure, 1));
    EXPECT_TRUE(asked);
    return *asked;
  }
  void run_all() {
    for (int rounds = 0; rounds < 100; ++rounds) {
      const auto more = processor_->run_once();
      if (more && !*more) return;
    }
    FAIL() << "it never comes to an end";
  }
};

TEST_F(ErasureTest, TakesWhatWasRecordedBeforeItAndLeavesWhatCameAfter) {
  view("/a");
  view("/b");
  const Position asked = ask([](Erasure& erasure) { erasure.path = "/a"; });
  view("/a");
  run_all();
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/b", "/a"}));
  EXPECT_EQ(*processor_->erased(asked), 1U);
  EXPECT_EQ(processor_->health().erased, 1U);
  EXPECT_EQ(processor_->erased_below(), asked + 1);
  EXPECT_EQ(processor_->erased(asked + 1).error().code, ErrorCode::not_found);
  EXPECT_EQ(*store_.offset(), journal_.durable());
}

TEST_F(ErasureTest, OneBehindAnotherAreToldApart) {
  view("/a");
  view("/b");
  view("/b");
  const Position first = ask([](Erasure& erasure) { erasure.path = "/a"; });
  const Position second = ask([](Erasure& erasure) { erasure.path = "/b"; });
  run_all();
  EXPECT_EQ(*processor_->erased(first), 1U);
  EXPECT_EQ(*processor_->erased(second), 2U);
  EXPECT_TRUE(store_.visits().empty());
}

TEST_F(ErasureTest, OneInSeveralRecordsIsOne) {
  for (const char* path : {"/0", "/1", "/2"}) view(path);
  std::array<Erasure, 2> parts;
  parts[0].site = parts[1].site = "example.com";
  parts[0].positions = {{0}};
  parts[0].more = true;
  parts[1].positions = {{2}};
  const auto asked = collector_->record(parts);
  ASSERT_TRUE(asked);
  run_all();
  EXPECT_EQ(*processor_->erased(*asked), 2U);
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/1"}));
}

TEST_F(ErasureTest, WhoeverWasErasedIsAStrangerWhenComingAgain) {
  view("/a");
  run_all();
  ask([](Erasure& erasure) { erasure.path = "/a"; });
  view("/a");
  run_all();
  ASSERT_EQ(store_.visits().size(), 1U);
  EXPECT_EQ(store_.visits()[0].visitor, 2U);
  EXPECT_EQ(store_.visits()[0].session, 2U);
}

TEST_F(ErasureTest, AnUnclearOutcomeIsSettledByTheOffset) {
  for (const CommitFault fault : {CommitFault::lost, CommitFault::kept, CommitFault::refused}) {
    SCOPED_TRACE(static_cast<int>(fault));
    view("/a");
    view("/b");
    run_all();
    ask([](Erasure& erasure) { erasure.path = "/a"; });
    view("/c");
    store_.fail_next_commit(fault);
    run_all();
    for (const std::string& path : stored_paths()) EXPECT_NE(path, "/a");
    EXPECT_EQ(stored_paths().back(), "/c");
    EXPECT_EQ(*store_.offset(), journal_.durable());
  }
}

TEST_F(ErasureTest, OneThatCannotBeDoneKeepsNobodyElseForEver) {
  view("/a");
  const Position asked = ask([](Erasure& erasure) { erasure.path = "/a"; });
  view("/b");
  store_.refuse_erasing(true);
  run_all();
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(processor_->erased(asked).error().code, ErrorCode::unavailable);
  EXPECT_EQ(processor_->health().erasures_given_up, 1U);
}

TEST_F(ErasureTest, AStoreThatIsRebuiltErasesAgain) {
  view("/a");
  view("/b");
  ask([](Erasure& erasure) { erasure.addresses = {*StoredAddress::parse("203.0.113.9")}; });
  view("/c");
  run_all();
  MemoryStore rebuilt;
  Processor again(
      journal_, rebuilt, *salts_, *registry_, Knowledge{user_agents_, places_, referrers_}, live_, clock_, SipKey{1, 2},
      [](std::string_view) {}, settings_);
  while (*again.run_once()) {
  }
  EXPECT_EQ(rebuilt.visits(), store_.visits());
  EXPECT_EQ(rebuilt.counter_totals()->paths.size(), 3U) << "what it had counted is counted";
}

// --- retention ---

TEST_F(ProcessorTest, PrunesByItselfWhatTheSettingsSay) {
  view("/old");
  clock_.advance(std::chrono::hours(24 * 10));
  view("/new");
  Site site;
  site.name = "example.com";
  site.visit_days = 5;
  site.address_days = 5;
  ASSERT_TRUE(registry_->put_site(site));
  settings_.prune_interval = seconds(0);
  restart();
  processor_->start();
  ASSERT_TRUE(processor_->wait_until_stored(journal_.durable(), patience));
  for (int i = 0; i < 2'000 && store_.visits().size() != 1; ++i) std::this_thread::sleep_for(Milliseconds(5));
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/new"}));
  EXPECT_EQ(store_.visits().at(0).ip, "203.0.113.9");
}

TEST_F(ProcessorTest, CountsDaysAsWholeDays) {
  Site site;
  site.name = "example.com";
  site.visit_days = 1;
  ASSERT_TRUE(registry_->put_site(site));
  view("/");  // at 09:03
  ASSERT_TRUE(*processor_->run_once());
  clock_.set(*parse_time("2026-11-22T23:59:59.999Z"));
  EXPECT_EQ(processor_->prune({}, Processor::Pruning::counts_only)->at(0).visits, 0U);
  clock_.set(*parse_time("2026-11-23T00:00:00Z"));
  EXPECT_EQ(processor_->prune({}, Processor::Pruning::counts_only)->at(0).visits, 1U);
  EXPECT_EQ(store_.visits().size(), 1U) << "counting is not pruning";
  EXPECT_EQ(processor_->prune("example.com", Processor::Pruning::now)->at(0).visits, 1U);
  EXPECT_TRUE(store_.visits().empty());
  EXPECT_EQ(processor_->health().pruned, 1U);
  view("/again");
  ASSERT_TRUE(*processor_->run_once());
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/again"}));
}

// --- work in between ---

TEST_F(ProcessorTest, WorksInItsOwnThreadOnWhatItIsHanded) {
  processor_->start();
  std::thread::id where;
  ASSERT_TRUE(processor_->perform(
      [&]() -> Result<Done> {
        where = std::this_thread::get_id();
        return Done{};
      },
      patience));
  EXPECT_NE(where, std::this_thread::get_id());
  const auto failed = processor_->perform(
      []() -> Result<Done> {
        return Error{ErrorCode::too_large, "the work says so"};
      },
      patience);
  EXPECT_EQ(failed.error().code, ErrorCode::too_large);
  ASSERT_TRUE(processor_->stop());
  EXPECT_TRUE(processor_->perform([&]() -> Result<Done> { return Done{}; }, patience)) << "without a thread, in ours";
}

}  // namespace
}  // namespace footfall
