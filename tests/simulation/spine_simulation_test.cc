// The whole way under faults, by chance that repeats: collect → journal → crash → recover → process, many times over.
//
// One thread, a disk that tears and drops, a store whose commits get lost or only seem to. Whatever happens, every hit
// that was acknowledged is in the store exactly once, no hit is there twice, and no counter answers a number twice.
// FOOTFALL_SIMULATION_SEEDS=N runs N seeds instead of the usual few; FOOTFALL_SIMULATION_SEED=S runs that one alone.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>

#include "adapters/file_journal/file_journal.h"
#include "app/collector.h"
#include "app/processor.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/faulty_disk.h"
#include "testing/memory_file.h"
#include "testing/memory_store.h"

namespace footfall {
namespace {

constexpr SipKey map_key{3, 4};
constexpr std::uint64_t segment_bytes = 32'768;  // small, so that segments roll and go
constexpr int lives = 6;                         // of the process, in one run
constexpr int steps_of_a_life = 60;
const std::string site = "example.com";
const std::string key = "likes";

class SpineSimulation {
 public:
  explicit SpineSimulation(std::uint64_t seed) : random_(seed), disk_(seed) {}

  void run() {
    for (int life = 0; life < lives; ++life) {
      live(life + 1 < lives);
      if (::testing::Test::HasFatalFailure()) return;
    }
    check_the_end();
  }

 private:
  // One process from start to end; the last one ends in peace.
  void live(bool ends_badly) {
    auto files = open_files();
    ASSERT_TRUE(files.journal) << "the journal did not open";
    auto& journal = *files.journal;
    const auto totals = store_.counter_totals();
    ASSERT_TRUE(totals);
    auto collector = Collector::restore(journal, clock_, map_key, *totals);
    ASSERT_TRUE(collector) << collector.error().what;
    expect_nothing_forgotten(**collector);
    Processor processor(journal, store_, *files.salts, *files.registry, {agents_, places_, referrers_}, live_, clock_,
                        map_key, [](std::string_view) {}, {});
    if (ends_badly && chance(2)) disk_.crash_at_change(1 + random_() % 40);
    for (int step = 0; step < steps_of_a_life; ++step) {
      clock_.advance(Milliseconds(random_() % 2'000));
      switch (random_() % 6) {
        case 0:
        case 1:
        case 2:
          collect(**collector);
          break;
        case 3:
          increment(**collector);
          break;
        case 4:
          commit(journal);
          break;
        default:
          process(processor);
          break;
      }
    }
    if (!ends_badly) {
      commit(journal);
      for (int round = 0; round < 100; ++round) {
        const auto more = processor.run_once();
        if (more && !*more) break;
      }
      return;
    }
    pending_.clear();  // what was not acknowledged may or may not be found
    pending_increments_.clear();
    files.journal.reset();
    if (chance(2)) {
      disk_.power_cut();
    } else {
      disk_.kill();
    }
    if (chance(3)) store_.damage_log();
    ASSERT_TRUE(store_.reopen());
  }

  struct Files {
    std::unique_ptr<FileJournal> journal;
    std::unique_ptr<Registry> registry;
    std::unique_ptr<Salts> salts;
  };

  Files open_files() {
    Files files;
    auto registry = Registry::open(registry_file_, crypto_, clock_);
    auto salts = Salts::open(salts_file_, crypto_, clock_);
    if (!registry || !salts) return files;
    files.registry = std::move(*registry);
    files.salts = std::move(*salts);
    FileJournalSettings settings;
    settings.segment_bytes = segment_bytes;
    settings.next_at_least = store_.offset().value_or(0);
    settings.disk_reserve_bytes = 0;
    settings.retention_time = std::chrono::seconds(0);
    settings.retention_bytes = 0;
    settings.drive = FileJournalSettings::Drive::by_hand;
    auto journal = FileJournal::open(disk_, clock_, settings);
    if (journal) files.journal = std::move(*journal);
    return files;
  }

  bool chance(unsigned of) { return random_() % of == 0; }

  void collect(Collector& collector) {
    const std::string title = "hit " + std::to_string(++hits_sent_);
    Hit hit;
    hit.time = clock_.now();
    hit.site = site;
    hit.path = "/";
    hit.title = title;
    hit.ip = Address::v4(0xC6336400U | static_cast<std::uint32_t>(random_() % 20));
    hit.user_agent = "Mozilla/5.0 Firefox/130.0";
    sent_.insert(title);
    if (const auto recorded = collector.record(hit)) pending_.emplace(recorded->position, title);
  }

  void increment(Collector& collector) {
    const auto done = collector.increment({clock_.now(), site, key, 1, 0, {}});
    if (done) pending_increments_.emplace(done->position, done->value);
  }

  // What the transport does: whoever waits for a position that is durable now is answered.
  void commit(FileJournal& journal) {
    static_cast<void>(journal.commit_waiting());
    if (chance(3)) journal.keep_house();
    const Position durable = journal.durable();
    for (auto entry = pending_.begin(); entry != pending_.end() && entry->first < durable;) {
      acknowledged_.insert(entry->second);
      entry = pending_.erase(entry);
    }
    for (auto entry = pending_increments_.begin(); entry != pending_increments_.end() && entry->first < durable;) {
      EXPECT_TRUE(answered_.insert(entry->second).second) << "the counter answered " << entry->second << " twice";
      entry = pending_increments_.erase(entry);
    }
  }

  void process(Processor& processor) {
    switch (random_() % 8) {
      case 0:
        store_.fail_next_commit(MemoryStore::CommitFault::refused);
        break;
      case 1:
        store_.fail_next_commit(MemoryStore::CommitFault::lost);
        break;
      case 2:
        store_.fail_next_commit(MemoryStore::CommitFault::kept);
        break;
      default:
        break;
    }
    static_cast<void>(processor.run_once());
    if (chance(4)) static_cast<void>(processor.checkpoint());
  }

  void expect_nothing_forgotten(Collector& collector) {
    const auto total = collector.counter(site, total_key);
    EXPECT_GE(total ? total->value : 0, acknowledged_.size());
    const auto likes = collector.counter(site, key);
    const std::uint64_t highest = answered_.empty() ? 0 : *answered_.rbegin();
    EXPECT_GE(likes ? likes->value : 0, highest) << "the counter went back behind an answered number";
  }

  void check_the_end() {
    std::map<std::string, int> stored;
    for (const StoredVisit& visit : store_.visits()) ++stored[visit.title];
    for (const auto& [title, times] : stored) {
      EXPECT_EQ(times, 1) << title << " is in the store more than once";
      EXPECT_TRUE(sent_.contains(title)) << title << " was never sent";
    }
    for (const std::string& title : acknowledged_) {
      EXPECT_TRUE(stored.contains(title)) << title << " was acknowledged and is not in the store";
    }
    EXPECT_EQ(disk_.syncs_after_failure(), 0U);
  }

  std::mt19937_64 random_;
  FaultyDisk disk_;
  MemoryStore store_;
  FakeClock clock_;
  FakeCrypto crypto_;
  FakeUserAgents agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  MemoryFile registry_file_, salts_file_;
  LiveFeed live_{clock_};

  std::uint64_t hits_sent_ = 0;
  std::set<std::string> sent_, acknowledged_;
  std::map<Position, std::string> pending_;
  std::map<Position, std::uint64_t> pending_increments_;
  std::set<std::uint64_t> answered_;
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(SpineSimulation, KeepsEveryAcknowledgedHitExactlyOnceThroughCrashesAndFailedCommits) {
  const std::uint64_t only = number_from_environment("FOOTFALL_SIMULATION_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : number_from_environment("FOOTFALL_SIMULATION_SEEDS", 150);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("FOOTFALL_SIMULATION_SEED=" + std::to_string(seed));
    SpineSimulation(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace footfall
