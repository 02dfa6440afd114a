// What the processor keeps of addresses, erases, and prunes.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <thread>

#include "app/processor_fixture.h"

namespace footfall {
namespace {

using std::chrono::seconds;
using CommitFault = MemoryStore::CommitFault;

constexpr auto patience = std::chrono::seconds(20);

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
