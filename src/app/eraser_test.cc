#include "app/eraser.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"
#include "testing/memory_reader.h"
#include "testing/memory_store.h"

namespace footfall {
namespace {

constexpr auto patience = std::chrono::seconds(20);

class EraserTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_->put_site({"example.com", {}}));
    restart();
  }
  void TearDown() override {
    eraser_.reset();
    processor_.reset();
  }
  // A new process over the same journal and store.
  void restart() {
    eraser_.reset();
    processor_.reset();
    collector_ = std::move(*Collector::restore(journal_, clock_, SipKey{1, 2}, *store_.counter_totals()));
    processor_ = std::make_unique<Processor>(
        journal_, store_, *salts_, *registry_, Knowledge{user_agents_, places_, referrers_}, live_, clock_,
        SipKey{1, 2}, [](std::string_view) {},
        ProcessorSettings{.batch_wait = Milliseconds(1), .reopen_wait = Milliseconds(1)});
    processor_->start();
    eraser_ = std::make_unique<Eraser>(clock_, *registry_, journal_, *collector_, *processor_, store_, reader_,
                                       [](std::string_view) {});
  }
  void view(std::string_view path, std::string_view visitor = {}) {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.ip = *Address::parse("203.0.113.9");
    hit.visitor = visitor;
    ASSERT_TRUE(collector_->record(hit));
  }
  static VisitFilter of(const std::function<void(VisitFilter&)>& say) {
    VisitFilter filter;
    filter.site = "example.com";
    say(filter);
    return filter;
  }
  void settle() { ASSERT_TRUE(processor_->wait_until_stored(journal_.durable(), patience)); }
  void limit() {
    Site site;
    site.name = "example.com";
    site.address = KeptAddress::none;
    ASSERT_TRUE(registry_->put_site(site));
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile salts_file_, registry_file_;
  std::unique_ptr<Salts> salts_ = std::move(*Salts::open(salts_file_, crypto_, clock_));
  std::unique_ptr<Registry> registry_ = std::move(*Registry::open(registry_file_, crypto_, clock_));
  MemoryJournal journal_{clock_};
  MemoryStore store_;
  FakeUserAgents user_agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  LiveFeed live_{clock_};
  PublicIds ids_{SipKey{1, 2}};
  MemoryReader reader_{store_, ids_};
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Processor> processor_;
  std::unique_ptr<Eraser> eraser_;
};

TEST_F(EraserTest, CountsAndErasesAllThatWasAcknowledged) {
  for (int i = 0; i < 10; ++i) view("/a");
  const VisitFilter filter = of([](VisitFilter& of) { of.path = "/a"; });
  EXPECT_EQ(*eraser_->count(filter), 10U);
  EXPECT_EQ(*eraser_->erase(filter), 10U);
  EXPECT_EQ(*eraser_->count(filter), 0U);
  EXPECT_EQ(store_.counter_totals()->paths.at(0).value, 10U);
}

TEST_F(EraserTest, AVisitorOfMoreVisitsThanOneRecordNamesGoesAtOnce) {
  for (int i = 0; i < 7'000; ++i) view("/a", "one of many visits");
  view("/a", "another");
  settle();
  const std::string id = ids_.number_id(PublicIds::What::visitor, 1);
  EXPECT_EQ(*eraser_->erase(of([&](VisitFilter& of) { of.visitor = id; })), 7'000U);
  EXPECT_EQ(store_.visits().size(), 1U);
}

TEST_F(EraserTest, AVisitorWithoutVisitsErasesNothing) {
  view("/a");
  EXPECT_EQ(*eraser_->erase(of([](VisitFilter& of) { of.visitor = "nobody"; })), 0U);
  EXPECT_EQ(store_.visits().size(), 1U);
}

TEST_F(EraserTest, FinishesAfterARestartWhatACrashLeft) {
  view("/a");
  view("/b");
  settle();
  // As when the process dies after the rows are gone and before the journal is.
  Erasure erasure;
  erasure.site = "example.com";
  erasure.path = "/a";
  const auto asked = collector_->record(std::span(&erasure, 1));
  ASSERT_TRUE(asked);
  settle();
  ASSERT_EQ(journal_.first(), 0U);
  restart();
  settle();
  ASSERT_TRUE(processor_->perform([]() -> Result<Done> { return Done{}; }, patience));
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_GT(journal_.first(), *asked);
  const Position first = journal_.first();
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_EQ(journal_.first(), first) << "once is enough";
  view("/c");
  settle();
  EXPECT_EQ(store_.visits().size(), 2U);
}

TEST_F(EraserTest, KeepsTheJournalShortWhereASiteLimitsWhatIsKept) {
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_EQ(journal_.age_limit(), std::nullopt);
  limit();
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_EQ(journal_.age_limit(), std::chrono::hours(24));
}

TEST_F(EraserTest, DropsAJournalThatIsTooOldThoughNobodyComesBy) {
  view("/a");
  settle();
  clock_.advance(std::chrono::hours(47));
  limit();
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_EQ(journal_.first(), 0U);
  clock_.advance(std::chrono::hours(1));
  for (int turn = 0; turn < 60; ++turn) ASSERT_TRUE(eraser_->keep_house());
  EXPECT_GT(journal_.first(), 0U);
  EXPECT_EQ(store_.visits().size(), 1U);
}

TEST_F(EraserTest, RefusesMoreAtOnceThanLeaveQueriesTheirThreads) {
  view("/a");
  settle();
  std::promise<void> begun;
  std::promise<void> release;
  auto released = release.get_future().share();
  std::thread busy([&] {
    EXPECT_TRUE(processor_->perform(
        [&]() -> Result<Done> {
          begun.set_value();
          released.wait();
          return Done{};
        },
        patience));
  });
  begun.get_future().wait();
  const VisitFilter filter = of([](VisitFilter& of) { of.path = "/a"; });
  const Position before = journal_.next();
  std::vector<std::thread> waiting;
  for (int i = 0; i < erasures_at_once_max; ++i) {
    waiting.emplace_back([&] { EXPECT_TRUE(eraser_->erase(filter)); });
  }
  while (journal_.next() < before + erasures_at_once_max) std::this_thread::yield();
  EXPECT_EQ(eraser_->erase(filter).error().code, ErrorCode::unavailable);
  EXPECT_EQ(eraser_->prune({}, Processor::Pruning::now).error().code, ErrorCode::unavailable);
  release.set_value();
  busy.join();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_TRUE(eraser_->erase(filter)) << "and then there is room again";
  EXPECT_TRUE(store_.visits().empty());
}

TEST_F(EraserTest, DropsNothingThatSomebodyElseCouldNotKeep) {
  view("/a");
  bool refuses = true;
  std::vector<Position> kept;
  eraser_ = std::make_unique<Eraser>(
      clock_, *registry_, journal_, *collector_, *processor_, store_, reader_, [](std::string_view) {},
      [&](Position below) -> Result<Done> {
        if (refuses) return Error{ErrorCode::unavailable, "there is no room"};
        kept.push_back(below);
        return Done{};
      });
  const VisitFilter filter = of([](VisitFilter& of) { of.path = "/a"; });
  EXPECT_EQ(eraser_->erase(filter).error().code, ErrorCode::unavailable);
  EXPECT_EQ(journal_.first(), 0U);
  refuses = false;
  ASSERT_TRUE(eraser_->keep_house()) << "which tries again";
  EXPECT_GT(journal_.first(), 0U);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0], journal_.first());
}

TEST_F(EraserTest, AsksNowAndThenWhatIsNeededOfAJournalThatGoesByAge) {
  std::vector<Position> kept;
  eraser_ = std::make_unique<Eraser>(
      clock_, *registry_, journal_, *collector_, *processor_, store_, reader_, [](std::string_view) {},
      [&](Position below) -> Result<Done> {
        kept.push_back(below);
        return Done{};
      });
  view("/a");
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_TRUE(kept.empty()) << "no site limits anything";
  limit();
  ASSERT_TRUE(eraser_->keep_house());
  EXPECT_EQ(kept, std::vector<Position>{journal_.durable()});
}

TEST_F(EraserTest, OthersAreRecordedMeanwhileAndUnharmed) {
  std::atomic<bool> running = true;
  std::atomic<int> recorded = 0;
  std::thread other([&] {
    for (; running; ++recorded) {
      view("/other", "somebody else");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  for (int i = 0; i < 20; ++i) {
    view("/a", "one");
    const auto erased = eraser_->erase(of([](VisitFilter& of) { of.path = "/a"; }));
    ASSERT_TRUE(erased) << erased.error().what;
    EXPECT_EQ(*erased, 1U);
  }
  running = false;
  other.join();
  settle();
  EXPECT_EQ(store_.visits().size(), static_cast<std::size_t>(recorded.load()));
}

}  // namespace
}  // namespace footfall
