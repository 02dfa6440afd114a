// What policy drops, and what the owner takes back of it.
#include <gtest/gtest.h>

#include <thread>

#include "app/collector.h"
#include "app/readmission.h"
#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"
#include "testing/memory_reader.h"

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Collector, processor and store over one journal, as in a process; `restart` is the next one.
class QuarantineTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_->put_site({"example.com", {}}));
    restart();
  }
  void TearDown() override { stop(); }

  void stop() {
    readmission_.reset();
    processor_.reset();
    collector_.reset();
  }
  // What was not stored is left in the journal, as after a crash.
  void restart() {
    stop();
    auto restored = Collector::restore(journal_, clock_, SipKey{1, 2}, *store_.counter_totals());
    ASSERT_TRUE(restored) << restored.error().what;
    collector_ = std::move(*restored);
    processor_ = std::make_unique<Processor>(
        journal_, store_, *salts_, *registry_, Knowledge{user_agents_, places_, referrers_}, live_, clock_,
        SipKey{1, 2}, [](std::string_view) {}, ProcessorSettings{.batch_wait = Milliseconds(1)});
    readmission_ = std::make_unique<Readmission>(journal_, *collector_, *processor_, reader_);
  }
  // From here on by itself, as re-admitting needs it.
  void run() { processor_->start(); }

  [[nodiscard]] Hit hit(std::string_view path) const {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.ip = *Address::parse("203.0.113.9");
    hit.user_agent = "Firefox";
    return hit;
  }
  std::optional<Position> drop(std::string_view path, DropReason reason = DropReason::foreign_origin) {
    return collector_->drop({hit(path), reason, 7});
  }
  static DroppedFilter everything() {
    DroppedFilter filter;
    filter.site = "example.com";
    return filter;
  }
  std::uint64_t readmit(const DroppedFilter& filter = everything()) {
    const auto done = readmission_->readmit(filter);
    EXPECT_TRUE(done) << done.error().what;
    return done ? done->hits : 0;
  }
  [[nodiscard]] std::uint64_t value(std::string_view key) const {
    const auto reading = collector_->counter("example.com", key);
    return reading ? reading->value : 0;
  }
  [[nodiscard]] std::uint64_t count_of(DropReason reason) const {
    return collector_->counts().dropped.at(static_cast<std::size_t>(reason));
  }
  void store() {
    while (*processor_->run_once()) {
    }
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile salts_file_, registry_file_;
  std::unique_ptr<Salts> salts_ = std::move(*Salts::open(salts_file_, crypto_, clock_));
  std::unique_ptr<Registry> registry_ = std::move(*Registry::open(registry_file_, crypto_, clock_));
  MemoryJournal journal_{clock_};
  MemoryStore store_;
  PublicIds ids_{SipKey{1, 2}};
  MemoryReader reader_{store_, ids_};
  FakeUserAgents user_agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  LiveFeed live_{clock_};
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Processor> processor_;
  std::unique_ptr<Readmission> readmission_;
};

// --- dropping ---

TEST_F(QuarantineTest, KeepsADroppedHitInNoNumberButInTheQuarantine) {
  ASSERT_TRUE(drop("/a"));
  EXPECT_EQ(value("/a"), 0U);
  EXPECT_EQ(value(total_key), 0U);
  store();
  EXPECT_TRUE(store_.visits().empty());
  ASSERT_EQ(store_.dropped().size(), 1U);
  EXPECT_EQ(store_.dropped()[0].path, "/a");
  EXPECT_EQ(store_.dropped()[0].rules, 7U);
  EXPECT_EQ(store_.processor_state({}, {})->next_visitor, 1U) << "it makes no visitor";
  EXPECT_EQ(count_of(DropReason::foreign_origin), 1U);
  EXPECT_EQ(collector_->counts().accepted, 0U);
}

TEST_F(QuarantineTest, OnlyCountsWhatNothingMayBeKeptOf) {
  for (const auto reason : {DropReason::unknown_site, DropReason::dnt, DropReason::gpc}) {
    EXPECT_FALSE(drop("/a", reason));
    EXPECT_EQ(count_of(reason), 1U);
  }
  EXPECT_EQ(journal_.next(), 0U);
}

TEST_F(QuarantineTest, KeepsSoManyOfASiteAndDayAndCountsTheRest) {
  for (std::size_t i = 0; i < dropped_per_day_max; ++i) ASSERT_TRUE(drop("/a"));
  EXPECT_FALSE(drop("/one-too-many"));
  Hit elsewhere = hit("/a");
  elsewhere.site = "example.org";
  EXPECT_TRUE(collector_->drop({elsewhere, DropReason::no_token, 7})) << "every site has its own";
  EXPECT_EQ(count_of(DropReason::foreign_origin), dropped_per_day_max + 1);
  EXPECT_EQ(collector_->counts().dropped_kept, dropped_per_day_max + 1);
  restart();
  EXPECT_FALSE(drop("/still-too-many")) << "what the journal holds counts";
  store();
  restart();
  EXPECT_FALSE(drop("/still-too-many")) << "what the store holds counts";
  clock_.advance(hours(24));
  EXPECT_TRUE(drop("/another-day"));
}

TEST_F(QuarantineTest, DropsWithoutKeepingWhenTheJournalHasNoRoom) {
  journal_.refuse(JournalRefusal::disk_full);
  EXPECT_FALSE(drop("/a"));
  EXPECT_EQ(count_of(DropReason::foreign_origin), 1U);
  EXPECT_EQ(collector_->counts().dropped_kept, 0U);
}

TEST_F(QuarantineTest, ForgetsWhatWasDroppedTooLongAgo) {
  drop("/old");
  clock_.advance(hours(24 * 29));
  drop("/new");
  store();
  ASSERT_TRUE(processor_->forget_dropped());
  EXPECT_EQ(store_.dropped().size(), 2U);
  clock_.advance(hours(48));  // whole days: until the end of the thirtieth
  ASSERT_TRUE(processor_->forget_dropped());
  ASSERT_EQ(store_.dropped().size(), 1U);
  EXPECT_EQ(store_.dropped()[0].path, "/new");
}

// --- what came before ---

TEST_F(QuarantineTest, KnowsABeaconThatComesAgainWithinTheWindowEvenAfterARestart) {
  Hit view = hit("/a");
  view.beacon = "token/1";
  EXPECT_FALSE(collector_->record(view)->repeated);
  EXPECT_TRUE(collector_->record(view)->repeated);
  view.beacon = "token/2";
  EXPECT_FALSE(collector_->record(view)->repeated);
  Engagement engagement;
  engagement.time = clock_.now();
  engagement.site = "example.com";
  engagement.path = "/a";
  engagement.beacon = "token/3";
  EXPECT_FALSE(collector_->record(engagement)->repeated);
  EXPECT_TRUE(collector_->record(engagement)->repeated);
  restart();
  EXPECT_TRUE(collector_->record(view)->repeated);
  EXPECT_TRUE(collector_->record(engagement)->repeated);
  EXPECT_EQ(value("/a"), 2U);
  clock_.advance(minutes(11));
  EXPECT_FALSE(collector_->record(view)->repeated);
}

TEST_F(QuarantineTest, KnowsABeaconAmongTheHitsOfOneRequest) {
  Hit view = hit("/a");
  view.beacon = "token/1";
  const std::vector<Hit> hits{view, view};
  const auto recorded = collector_->record(hits);
  ASSERT_TRUE(recorded);
  EXPECT_FALSE((*recorded)[0].repeated);
  EXPECT_TRUE((*recorded)[1].repeated);
  EXPECT_EQ(value("/a"), 1U);
}

// --- taking back ---

TEST_F(QuarantineTest, AReadmittedHitCountsAtTheTimeAtWhichItCame) {
  const Instant came = clock_.now();
  drop("/a");
  clock_.advance(hours(50));
  run();
  EXPECT_EQ(readmit(), 1U);
  EXPECT_EQ(value("/a"), 1U);
  EXPECT_EQ(value(total_key), 1U);
  ASSERT_EQ(store_.visits().size(), 1U);
  EXPECT_EQ(store_.visits()[0].time, came);
  EXPECT_EQ(store_.visits()[0].ip, "203.0.113.9");
  EXPECT_EQ(store_.visits()[0].facts.browser, "Firefox");
  EXPECT_TRUE(store_.dropped().empty());
  EXPECT_EQ(collector_->counts().readmitted, 1U);
}

TEST_F(QuarantineTest, AHashedAddressComesBackHashedAndStillTellsVisitorsApart) {
  Site site;
  site.name = "example.com";
  site.address = KeptAddress::hashed;
  ASSERT_TRUE(registry_->put_site(site));
  for (const char* ip : {"203.0.113.9", "203.0.113.10", "203.0.113.9"}) {
    Hit dropped = hit("/a");
    dropped.ip = *Address::parse(ip);
    ASSERT_TRUE(collector_->drop({dropped, DropReason::foreign_origin, 7}));
  }
  store();
  run();
  const std::string hashed = store_.dropped().at(0).ip;
  ASSERT_TRUE(hashed.starts_with("hashed:")) << hashed;
  EXPECT_EQ(readmit(), 3U);
  const auto visits = store_.visits();
  ASSERT_EQ(visits.size(), 3U);
  EXPECT_EQ(visits[0].ip, hashed);
  EXPECT_EQ(visits[2].ip, hashed);
  EXPECT_NE(visits[1].ip, hashed);
  EXPECT_EQ(visits[0].visitor, visits[2].visitor);
  EXPECT_NE(visits[0].visitor, visits[1].visitor);
  EXPECT_EQ(visits[0].place.country, "") << "a hash is nowhere";
}

TEST_F(QuarantineTest, WhatASiteHasComeToKeepNothingOfComesBackWithoutAddress) {
  for (const KeptAddress how : {KeptAddress::hashed, KeptAddress::none}) {
    Site site;
    site.name = "example.com";
    site.address = how;
    ASSERT_TRUE(registry_->put_site(site));
    if (how == KeptAddress::hashed) drop("/a");
    store();
  }
  run();
  EXPECT_EQ(readmit(), 1U);
  EXPECT_EQ(store_.visits().at(0).ip, "");
}

TEST_F(QuarantineTest, TakesBackWhatTheFilterMeansAndNothingElse) {
  drop("/a", DropReason::foreign_origin);
  drop("/b", DropReason::no_token);
  drop("/a", DropReason::no_token);
  run();
  DroppedFilter filter = everything();
  filter.reason = DropReason::no_token;
  filter.path = "/a";
  EXPECT_EQ(readmit(filter), 1U);
  EXPECT_EQ(store_.dropped().size(), 2U);
  filter.site = "example.org";
  filter.path.reset();
  EXPECT_EQ(readmit(filter), 0U);
}

TEST_F(QuarantineTest, AskedTwiceOrByManyAtOnceCountsEachHitOnce) {
  constexpr std::size_t hits = 1'234;  // more than one append's worth
  for (std::size_t i = 0; i < hits; ++i) drop("/a");
  run();
  std::array<std::uint64_t, 4> counts{};
  std::vector<std::thread> threads;
  for (std::uint64_t& count : counts) threads.emplace_back([&] { count = readmit(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], hits);
  EXPECT_EQ(readmit(), 0U);
  EXPECT_EQ(value("/a"), hits);
  EXPECT_EQ(store_.visits().size(), hits);
}

TEST_F(QuarantineTest, AProcessThatEndsBetweenJournalAndStoreCountsEachHitOnce) {
  drop("/a");
  drop("/b");
  store();
  const DroppedRow row = store_.dropped()[0];
  Readmitted readmitted;
  readmitted.dropped = row.position;
  readmitted.hit = hit(row.path);
  ASSERT_TRUE(collector_->readmit(std::span(&readmitted, 1)));
  EXPECT_EQ(value("/a"), 1U);
  EXPECT_EQ(store_.dropped().size(), 2U) << "the store does not know yet";
  restart();
  EXPECT_EQ(value("/a"), 1U) << "the journal tells the counters";
  run();
  EXPECT_EQ(readmit(), 1U) << "the other one";
  EXPECT_EQ(value("/a"), 1U);
  EXPECT_EQ(value("/b"), 1U);
  EXPECT_EQ(store_.visits().size(), 2U);
}

TEST_F(QuarantineTest, AStoreThatGoesBackToItsLastCheckpointCountsEachHitOnce) {
  drop("/a");
  store();
  ASSERT_TRUE(processor_->checkpoint());
  run();
  EXPECT_EQ(readmit(), 1U);
  store_.refuse_checkpoints(true);
  stop();
  store_.refuse_checkpoints(false);
  store_.damage_log();
  ASSERT_TRUE(store_.reopen());
  EXPECT_EQ(store_.dropped().size(), 1U);
  restart();
  EXPECT_EQ(value("/a"), 1U);
  run();
  EXPECT_EQ(readmit(), 0U) << "the journal still says that it was re-admitted";
  EXPECT_EQ(store_.visits().size(), 1U);
}

TEST_F(QuarantineTest, TakesNothingBackWhenTheJournalHasNoRoomAndAllOfItLater) {
  drop("/a");
  run();
  ASSERT_TRUE(processor_->wait_until_stored(journal_.next(), std::chrono::seconds(20)));
  journal_.refuse(JournalRefusal::disk_full);
  const auto refused = readmission_->readmit(everything());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(value("/a"), 0U);
  journal_.refuse(JournalRefusal::none);
  EXPECT_EQ(readmit(), 1U);
}

}  // namespace
}  // namespace footfall
