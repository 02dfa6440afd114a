// Append, crash, recover, process: many short lives of a journal on a disk that fails, all chance from one seed.
//
// FOOTFALL_SIMULATION_SEEDS=100000 runs that many (2,000 without it); FOOTFALL_SIMULATION_SEED=17 runs that one. A
// failure prints its seed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "adapters/file_journal/file_journal.h"
#include "base/text.h"
#include "testing/fake_clock.h"
#include "testing/faulty_disk.h"

namespace footfall {
namespace {

// What stands behind the journal: rows and the offset up to which they came, changed together.
struct Store {
  std::map<Position, std::string> rows;
  Position offset = 0;
};

class Simulation {
 public:
  enum class BitRot { no, yes };
  Simulation(std::uint64_t seed, BitRot bit_rot) : random_(seed), disk_(seed * 2 + 1), bit_rot_(bit_rot) {
    settings_.drive = FileJournalSettings::Drive::by_hand;
    settings_.disk_reserve_bytes = 0;
    settings_.segment_bytes = pick({8'192, 16'384, 65'536});
    settings_.retention_time = std::chrono::seconds(pick({0, 1, 60}));
    settings_.retention_bytes = pick({0, 30'000});
    if (chance(4)) disk_.set_capacity(settings_.segment_bytes * pick({3, 5, 8}));
  }

  void run() {
    const int lives = 2 + static_cast<int>(random_() % 5);
    for (int life = 0; life < lives && !testing::Test::HasFatalFailure(); ++life) live();
    // In the end the disk is well, and everything that is owed can be collected.
    disk_.set_capacity(1ULL << 40U);
    open();
    if (testing::Test::HasFatalFailure()) return;
    process(~std::size_t{0});
    for (const auto& [position, record] : durable_) {
      const auto row = store_.rows.find(position);
      if (row == store_.rows.end()) {
        ASSERT_TRUE(may_be_lost(position)) << "record " << position << " was durable, and was never processed";
      } else {
        ASSERT_EQ(row->second, record) << "record " << position << " is not what was appended";
      }
    }
    journal_.reset();
    ASSERT_EQ(disk_.syncs_after_failure(), 0U);
  }

 private:
  bool chance(std::uint64_t in) { return random_() % in == 0; }
  std::uint64_t pick(std::initializer_list<std::uint64_t> choices) {
    return *(choices.begin() + random_() % choices.size());
  }

  void live() {
    // Recovery is not spared either; but what it reports of rot before it crashes, nobody hears.
    for (int attempts = 0; bit_rot_ == BitRot::no && chance(3) && attempts < 3; ++attempts) {
      disk_.crash_at_change(1 + random_() % 60);
      const auto journal = FileJournal::open(disk_, clock_, with_offset());
      // An open that got through before the crash may not have been used.
      crash();
    }
    open();
    if (testing::Test::HasFatalFailure()) return;
    const int steps = static_cast<int>(random_() % 60);
    const std::uint64_t fault_at = random_() % 80;
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      if (static_cast<std::uint64_t>(step) == fault_at) arm();
      act();
    }
    if (chance(3) && !journal_->failed()) {
      journal_->close();  // a clean stop commits what waits
      note_durable();
    }
    journal_.reset();
    crash();
  }

  void arm() {
    switch (random_() % 3) {
      case 0:
        disk_.crash_at_change(1 + random_() % 8);
        break;
      case 1:
        disk_.fail_sync_at(1 + random_() % 3);
        break;
      default:
        disk_.fail_write_at(1 + random_() % 3);
        break;
    }
  }

  void act() {
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2:
        append();
        break;
      case 3:
      case 4:
        (void)journal_->commit_waiting();
        note_durable();
        break;
      case 5:
        process(random_() % 20);
        break;
      case 6:
        journal_->release(std::min(store_.offset, journal_->durable()));
        journal_->keep_house();
        break;
      default:
        clock_.advance(std::chrono::milliseconds(random_() % 5'000));
        break;
    }
  }

  void append() {
    std::vector<std::string> records(1 + random_() % 5);
    for (std::string& record : records) {
      record.resize(1 + random_() % 400);
      for (char& c : record) c = static_cast<char>(random_());
    }
    const std::vector<std::string_view> views(records.begin(), records.end());
    const auto position = journal_->append(views);
    if (!position) return;
    ASSERT_GE(*position, numbered_) << "a number was given twice";
    for (std::size_t i = 0; i < records.size(); ++i) appended_[*position + i] = records[i];
    numbered_ = *position + records.size();
  }

  // What was said to be durable must never be missed again.
  void note_durable() {
    for (auto record = appended_.begin(); record != appended_.end() && record->first < journal_->durable();) {
      durable_.insert(*record);
      record = appended_.erase(record);
    }
  }

  void process(std::size_t records_max) {
    const auto reader = journal_->read_from(store_.offset);
    while (records_max > 0) {
      const auto some = reader->read(std::min<std::size_t>(records_max, 50));
      if (!some) return;  // the disk is gone
      if (some->empty()) return;
      for (const JournalRecord& record : *some) {
        ASSERT_GE(record.position, store_.offset) << "read twice, or out of order";
        const auto durable = durable_.find(record.position);
        ASSERT_NE(durable, durable_.end()) << "record " << record.position << " was never durable";
        ASSERT_EQ(record.bytes, durable->second) << "record " << record.position << " is not what was appended";
        store_.rows.emplace(record.position, record.bytes);
        store_.offset = record.position + 1;
      }
      records_max -= some->size();
    }
  }

  FileJournalSettings with_offset() {
    settings_.next_at_least = store_.offset;
    return settings_;
  }

  void open() {
    auto journal = FileJournal::open(disk_, clock_, with_offset());
    ASSERT_TRUE(journal) << journal.error().what;
    journal_ = std::move(*journal);
    // A group nobody was told of may be there or not, and from now on stays so: what is read now is durable.
    std::map<Position, std::string> there;
    const auto reader = journal_->read_from(0);
    for (;;) {
      const auto some = reader->read(100);
      ASSERT_TRUE(some) << some.error().what;
      if (some->empty()) break;
      for (const JournalRecord& record : *some) there.emplace(record.position, record.bytes);
    }
    for (const auto& [position, bytes] : there) {
      const auto durable = durable_.find(position);
      if (durable != durable_.end()) {
        ASSERT_EQ(bytes, durable->second) << "record " << position << " has changed";
        continue;
      }
      const auto appended = appended_.find(position);
      ASSERT_NE(appended, appended_.end()) << "record " << position << " was never appended";
      ASSERT_EQ(bytes, appended->second) << "record " << position << " is not what was appended";
    }
    const JournalHealth health = journal_->health();
    for (const DamagedStretch& stretch : health.damaged) lost_.emplace_back(stretch.from, stretch.to);
    if (bit_rot_ == BitRot::yes && health.truncated_bytes > 0) {
      lost_.emplace_back(there.empty() ? 0 : there.rbegin()->first + 1, ~Position{0});
    }
    for (const auto& [position, bytes] : durable_) {
      if (position < journal_->first()) {
        ASSERT_LT(position, store_.offset) << "record " << position << " was removed before it was processed";
      } else if (there.count(position) == 0) {
        ASSERT_TRUE(may_be_lost(position)) << "record " << position << " was durable, and is gone";
      }
    }
    // What rotted at the very end is cut like a torn tail, and its numbers are given again unless the store knows them.
    if (bit_rot_ == BitRot::yes) durable_.erase(durable_.lower_bound(journal_->durable()), durable_.end());
    durable_.insert(there.begin(), there.end());
    appended_.clear();
    numbered_ = journal_->durable();
    ASSERT_EQ(journal_->next(), journal_->durable());
    ASSERT_GE(journal_->durable(), store_.offset);
    if (bit_rot_ == BitRot::no) {
      ASSERT_EQ(health.quarantined_frames, 0U) << "a crash is no damage";
    }
  }

  // Only with bit rot, and only what was reported.
  bool may_be_lost(Position position) const {
    return bit_rot_ == BitRot::yes && std::any_of(lost_.begin(), lost_.end(), [&](const auto& stretch) {
             return position >= stretch.first && position < stretch.second;
           });
  }

  void crash() {
    chance(2) ? disk_.kill() : disk_.power_cut();
    if (bit_rot_ == BitRot::no) return;
    const auto names = disk_.list();
    if (names->empty() || chance(2)) return;
    const std::string& name = (*names)[random_() % names->size()];
    const std::string contents = disk_.contents(name);
    if (contents.empty()) return;
    // Mostly where something is written.
    const std::size_t used = contents.find_last_not_of('\0');
    const std::size_t bytes = used == std::string::npos || chance(10) ? contents.size() : used + 1;
    disk_.flip_bit(name, random_() % bytes, static_cast<unsigned>(random_() % 8));
  }

  std::mt19937_64 random_;
  FakeClock clock_;
  FaultyDisk disk_;
  const BitRot bit_rot_;
  FileJournalSettings settings_;
  std::unique_ptr<FileJournal> journal_;

  std::map<Position, std::string> appended_;  // in this life, nobody was told yet
  std::map<Position, std::string> durable_;
  std::vector<std::pair<Position, Position>> lost_;
  Position numbered_ = 0;
  Store store_;
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return text == nullptr ? otherwise : parse_unsigned(text).value_or(otherwise);
}

// In parts, so that each ends within seconds under a sanitizer, and two run at once.
constexpr std::uint64_t parts = 4;

class JournalSimulation : public testing::TestWithParam<std::uint64_t> {
 protected:
  static void simulate(Simulation::BitRot bit_rot) {
    constexpr std::uint64_t none = ~std::uint64_t{0};
    const std::uint64_t one = number_from_environment("FOOTFALL_SIMULATION_SEED", none);
    const std::uint64_t seeds = number_from_environment("FOOTFALL_SIMULATION_SEEDS", 2'000);
    const std::uint64_t end = one == none ? seeds : one + 1;
    for (std::uint64_t seed = one == none ? GetParam() : one; seed < end; seed += parts) {
      SCOPED_TRACE("FOOTFALL_SIMULATION_SEED=" + std::to_string(seed));
      Simulation(seed, bit_rot).run();
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(JournalSimulation, WhatWasDurableIsProcessedExactlyOnceWhateverCrashes) { simulate(Simulation::BitRot::no); }

TEST_P(JournalSimulation, WhatRotsIsReportedAndCostsNothingElse) { simulate(Simulation::BitRot::yes); }

INSTANTIATE_TEST_SUITE_P(Part, JournalSimulation, testing::Range(std::uint64_t{0}, parts));

}  // namespace
}  // namespace footfall
