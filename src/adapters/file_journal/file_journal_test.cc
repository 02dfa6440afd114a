#include "adapters/file_journal/file_journal.h"

#include "adapters/file_journal/file_journal_fixture.h"
#include "adapters/file_journal/posix_disk.h"
#include "testing/faulty_disk.h"
#include "testing/journal_contract.h"

namespace footfall {
namespace {

using namespace std::chrono_literals;

// As small as the largest append allows, to be prepared in no time.
constexpr std::uint64_t test_segment_bytes = frame_bytes_max + 2 * segment_header_bytes;
constexpr std::uint64_t small_segment_bytes = 65'536;

FileJournalSettings test_settings() {
  FileJournalSettings settings;
  settings.segment_bytes = test_segment_bytes;
  settings.disk_reserve_bytes = 0;
  settings.housekeeping_interval = 5ms;
  return settings;
}

std::unique_ptr<FileJournal> open_or_die(Disk& disk, const Clock& clock,
                                         const FileJournalSettings& settings = test_settings()) {
  auto journal = FileJournal::open(disk, clock, settings);
  EXPECT_TRUE(journal) << journal.error().what;
  return std::move(*journal);
}

std::vector<std::string> read_all(Journal& journal, Position from = 0) {
  std::vector<std::string> records;
  const auto reader = journal.read_from(from);
  for (;;) {
    const auto some = reader->read(1'000);
    EXPECT_TRUE(some) << some.error().what;
    if (!some || some->empty()) return records;
    for (const JournalRecord& record : *some) records.emplace_back(record.bytes);
  }
}

// --- The contract, on a real folder and on a disk in memory ---

class JournalInFolder final : public JournalUnderTest {
 public:
  explicit JournalInFolder(const Clock& clock)
      : clock_(clock),
        disk_(std::move(*PosixDisk::open_folder(folder_.path()))),
        journal_(open_or_die(*disk_, clock)) {}
  Journal& journal() override { return *journal_; }
  void reopen() override {
    journal_.reset();
    journal_ = open_or_die(*disk_, clock_);
  }

 private:
  const Clock& clock_;
  TemporaryFolder folder_;
  std::unique_ptr<PosixDisk> disk_;
  std::unique_ptr<FileJournal> journal_;
};

class JournalInMemory final : public JournalUnderTest {
 public:
  JournalInMemory(const Clock& clock, const FileJournalSettings& settings)
      : clock_(clock), settings_(settings), journal_(open_or_die(disk_, clock, settings)) {}
  ~JournalInMemory() override { disk_.let_syncs_go(); }
  Journal& journal() override { return *journal_; }
  void reopen() override {
    journal_.reset();
    journal_ = open_or_die(disk_, clock_, settings_);
  }
  void hold_disk() override { disk_.hold_syncs(); }
  void let_disk_go() override { disk_.let_syncs_go(); }
  void break_disk() override { disk_.break_down(); }
  void fill_disk() override { disk_.set_capacity(0); }
  void empty_disk() override { disk_.set_capacity(1ULL << 40U); }

 private:
  const Clock& clock_;
  const FileJournalSettings settings_;
  FaultyDisk disk_;
  std::unique_ptr<FileJournal> journal_;
};

std::unique_ptr<JournalUnderTest> in_folder(const Clock& clock) { return std::make_unique<JournalInFolder>(clock); }
std::unique_ptr<JournalUnderTest> in_memory(const Clock& clock) {
  return std::make_unique<JournalInMemory>(clock, test_settings());
}
std::unique_ptr<JournalUnderTest> in_small_segments(const Clock& clock) {
  FileJournalSettings settings = test_settings();
  settings.segment_bytes = small_segment_bytes;
  return std::make_unique<JournalInMemory>(clock, settings);
}

INSTANTIATE_TEST_SUITE_P(FileJournalInFolder, JournalContract, testing::Values(&in_folder));
INSTANTIATE_TEST_SUITE_P(FileJournalInMemory, JournalContract, testing::Values(&in_memory));
INSTANTIATE_TEST_SUITE_P(FileJournalInMemory, JournalFaultContract, testing::Values(&in_small_segments));

// --- What is the file journal's own ---

class FileJournalTest : public testing::Test {
 protected:
  FileJournalTest() { settings_.segment_bytes = small_segment_bytes; }
  ~FileJournalTest() override { disk_.let_syncs_go(); }

  void open() {
    journal_.reset();
    journal_ = open_or_die(disk_, clock_, settings_);
  }
  Position append(std::string_view record) {
    const auto position = journal_->append(record);
    EXPECT_TRUE(position) << position.error().what;
    return position.value_or(0);
  }
  Position append_durably(std::string_view record) {
    const Position position = append(record);
    EXPECT_TRUE(journal_->wait_until_durable(position, 20s));
    return position;
  }
  // Commits `count` records of 1,000 bytes, each in a frame of its own.
  void fill(int count) {
    for (int i = 0; i < count; ++i) append_durably(std::string(1'000, static_cast<char>('a' + i % 26)));
  }
  template <typename F>
  void eventually(F&& holds) {
    const auto begin = std::chrono::steady_clock::now();
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now() - begin, 20s);
      std::this_thread::sleep_for(1ms);
    }
  }

  FakeClock clock_;
  FaultyDisk disk_;
  FileJournalSettings settings_ = test_settings();
  std::unique_ptr<FileJournal> journal_;
};

TEST_F(FileJournalTest, CommitsTogetherWhateverWaitsForTheDisk) {
  open();
  disk_.hold_syncs();
  append("alone");
  eventually([&] { return journal_->health().waiting_records == 1; });
  for (int i = 0; i < 20; ++i) append("together");
  disk_.let_syncs_go();
  ASSERT_TRUE(journal_->wait_until_durable(20, 20s));
  EXPECT_LE(journal_->health().commits, 3U);
}

TEST_F(FileJournalTest, GoesOnInAnotherSegmentWhenOneIsFull) {
  open();
  fill(500);
  EXPECT_GT(journal_->health().segments, 5U);
  const auto records = read_all(*journal_);
  ASSERT_EQ(records.size(), 500U);
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i][0], static_cast<char>('a' + i % 26));
  EXPECT_EQ(read_all(*journal_, 321).size(), 179U);
  open();
  EXPECT_EQ(read_all(*journal_), records);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U);
}

using FailedSyncTest = ByHandJournalTest;

TEST_F(FailedSyncTest, TheFileIsNeverSyncedAgain) {
  open();
  commit();
  disk_.fail_sync_at(1);
  ASSERT_TRUE(journal_->append("lost"));
  EXPECT_EQ(journal_->commit_waiting().error().code, ErrorCode::failed);
  EXPECT_EQ(journal_->health().fsync_failures, 1U);
  EXPECT_EQ(journal_->durable(), 1U);
  EXPECT_EQ(journal_->append("refused").error().code, ErrorCode::failed);
  EXPECT_EQ(journal_->commit_waiting().error().code, ErrorCode::failed);
  close();
  EXPECT_EQ(disk_.syncs_after_failure(), 0U);
}

// The page cache gives the lost record back after a kill, though the disk never had it. Recovery must not take it for
// durable: after the start it is on disk, or it is nowhere.
TEST_F(FailedSyncTest, WhatIsOnlyInThePageCacheIsOnDiskAfterTheNextStartOrNowhere) {
  for (const bool disk_is_full : {false, true}) {
    SCOPED_TRACE(disk_is_full ? "no room to write the segment anew" : "room to write the segment anew");
    open();
    commit();
    disk_.fail_sync_at(1);
    ASSERT_TRUE(journal_->append("in the page cache only"));
    EXPECT_FALSE(journal_->commit_waiting());
    close();
    disk_.kill();
    if (disk_is_full) disk_.set_capacity(0);
    open();
    const auto after_kill = read_records(*journal_);
    close();
    disk_.power_cut();
    open();
    EXPECT_EQ(read_records(*journal_), after_kill);
    EXPECT_EQ(after_kill.at(0), record_at(0));
  }
}

TEST_F(FileJournalTest, BeginsAtTheStoresOffsetWhenThatIsFurther) {
  settings_.next_at_least = 1'000;
  open();
  EXPECT_EQ(append_durably("a"), 1'000U);
  settings_.next_at_least = 500;
  open();
  EXPECT_EQ(append_durably("b"), 1'001U);
  settings_.next_at_least = 5'000;
  open();
  EXPECT_EQ(journal_->durable(), 5'000U);
  EXPECT_EQ(append_durably("c"), 5'000U);
  EXPECT_EQ(read_all(*journal_), (std::vector<std::string>{"a", "b", "c"}));
  open();
  EXPECT_EQ(read_all(*journal_), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(read_all(*journal_, 2'000), (std::vector<std::string>{"c"}));
  EXPECT_EQ(journal_->health().quarantined_frames, 0U) << "a gap that was made on purpose is no damage";
}

TEST_F(FileJournalTest, RefusesTheSegmentsOfAnotherStore) {
  settings_.store = StoreId{std::byte{1}};
  open();
  append_durably("a");
  journal_.reset();
  settings_.store = StoreId{std::byte{2}};
  const auto other = FileJournal::open(disk_, clock_, settings_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::invalid);
}

TEST_F(FileJournalTest, KeepsTheIdentityItFinds) {
  open();
  append_durably("a");
  const StoreId store = journal_->store();
  open();
  EXPECT_EQ(journal_->store(), store);
}

TEST_F(FileJournalTest, RefusesSegmentSizesThatHoldNothing) {
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{4'096}, std::uint64_t{8'193}}) {
    settings_.segment_bytes = bytes;
    const auto journal = FileJournal::open(disk_, clock_, settings_);
    ASSERT_FALSE(journal) << bytes;
    EXPECT_EQ(journal.error().code, ErrorCode::invalid);
  }
  settings_.segment_bytes = 8'192;
  open();
  fill(20);
  EXPECT_EQ(read_all(*journal_).size(), 20U);
}

TEST_F(FileJournalTest, CommitsWhatWaitsBeforeItCloses) {
  open();
  for (int i = 0; i < 100; ++i) append("waits");
  open();
  EXPECT_EQ(journal_->durable(), 100U);
}

// --- Space ---

TEST_F(FileJournalTest, RefusesBeyondItsQueueAndTakesAgainWhenItDrains) {
  settings_.queue_records_max = 10;
  settings_.queue_bytes_max = 100'000;
  open();
  disk_.hold_syncs();
  append("on its way");
  eventually([&] { return journal_->health().waiting_records == 1; });
  for (;;) {
    const auto position = journal_->append("waits");
    if (position) {
      ASSERT_LE(*position, 12U);
      continue;
    }
    EXPECT_EQ(position.error().code, ErrorCode::unavailable);
    break;
  }
  disk_.let_syncs_go();
  eventually([&] { return journal_->append("again").has_value(); });
}

TEST_F(FileJournalTest, StartsOnAFullDiskAndReadsWhatIsThere) {
  open();
  fill(100);
  journal_.reset();
  disk_.set_capacity(0);
  open();
  EXPECT_EQ(read_all(*journal_).size(), 100U);
  const auto refused = journal_->append(std::string(1'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  disk_.set_capacity(1ULL << 40U);
  eventually([&] { return journal_->append("x").has_value(); });
  ASSERT_TRUE(journal_->wait_until_durable(100, 20s));
  EXPECT_EQ(read_all(*journal_).size(), 101U);
  open();
  EXPECT_EQ(read_all(*journal_).size(), 101U);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U);
}

TEST_F(FileJournalTest, StartsOnAFullDiskWithATornTailAndLosesNothingDurable) {
  open();
  fill(10);
  journal_.reset();
  const std::string name = segment_name(0);
  std::string torn = disk_.contents(name);
  const std::size_t end = torn.find_last_not_of('\0') + 1;
  torn.replace(end + 16, 5, "junk!");
  disk_.set_contents(name, torn);
  disk_.set_capacity(0);
  open();
  EXPECT_EQ(read_all(*journal_).size(), 10U);
  disk_.set_capacity(1ULL << 40U);
  eventually([&] { return journal_->append("x").has_value(); });
  ASSERT_TRUE(journal_->wait_until_durable(10, 20s));
  open();
  EXPECT_EQ(read_all(*journal_).size(), 11U);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U) << "a torn tail is no damage, wherever it lies";
}

TEST_F(FileJournalTest, ClosesOnAFullDiskWithoutWaitingForRoom) {
  open();
  disk_.set_capacity(0);
  while (journal_->append(std::string(1'000, 'x'))) {
  }
  journal_->close();
  EXPECT_EQ(journal_->append("x").error().code, ErrorCode::failed);
}

TEST_F(FileJournalTest, LeavesTheReserveOfTheDiskAloneAndComesBackATenthAboveIt) {
  settings_.disk_reserve_bytes = 1'000'000;
  disk_.set_capacity(10'000'000);
  open();
  append_durably("a");
  disk_.set_contents("something else", std::string(9'500'000, 'x'));
  eventually([&] { return journal_->health().refusal == JournalRefusal::disk_reserve; });
  EXPECT_EQ(journal_->append("b").error().code, ErrorCode::unavailable);
  // Just above the reserve is not enough …
  disk_.set_contents("something else", std::string(10'000'000 - 1'050'000 - 2 * small_segment_bytes, 'x'));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(journal_->append("b").error().code, ErrorCode::unavailable);
  // … a tenth above it is.
  disk_.set_contents("something else", std::string(10'000'000 - 1'101'000 - 2 * small_segment_bytes, 'x'));
  eventually([&] { return journal_->health().refusal == JournalRefusal::none; });
  append_durably("b");
}

TEST_F(FileJournalTest, RefusesWhenTheStoreHasBeenAwayForTooLong) {
  settings_.backlog_bytes_max = 5 * small_segment_bytes;
  open();
  for (int i = 0; i < 1'000 && journal_->health().refusal == JournalRefusal::none; ++i) {
    const auto position = journal_->append(std::string(1'000, 'x'));
    if (position) (void)journal_->wait_until_durable(*position, 20s);
  }
  eventually([&] { return journal_->health().refusal == JournalRefusal::backlog; });
  EXPECT_EQ(journal_->append("x").error().code, ErrorCode::unavailable);
  journal_->release(journal_->durable());
  eventually([&] { return journal_->append("x").has_value(); });
}

// --- Retention ---

TEST_F(FileJournalTest, RemovesSegmentsThatAreReleasedAndOldAndNotAmongTheNewestBytes) {
  settings_.retention_time = std::chrono::hours(24);
  settings_.retention_bytes = 3 * small_segment_bytes;
  open();
  fill(500);
  const std::uint64_t segments = journal_->health().segments;
  ASSERT_GT(segments, 6U);
  journal_->release(journal_->durable());
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(journal_->health().segments, segments) << "released, and young";
  clock_.advance(std::chrono::hours(25));
  eventually([&] { return journal_->health().segments == 3; });
  EXPECT_EQ(read_all(*journal_).size(), 500U - journal_->first());
  EXPECT_FALSE(disk_.exists(segment_name(0)));
  // What is removed stays away.
  open();
  EXPECT_GT(journal_->first(), 0U);
  EXPECT_EQ(journal_->durable(), 500U);
}

class AgeLimitTest : public ByHandJournalTest {};

TEST_F(AgeLimitTest, NothingReleasedOutlivesTwiceThatThoughTheSegmentIsNotFull) {
  settings_.retention_bytes = 1ULL << 40U;
  open();
  for (int hour = 0; hour < 24 * 5; ++hour) {
    journal_->limit_age(std::chrono::hours(24));
    commit();
    const Position position = journal_->durable() - 1;
    ASSERT_EQ(position, static_cast<Position>(hour));
    journal_->release(journal_->durable());
    journal_->keep_house();
    EXPECT_LE(position - journal_->first(), 48U) << "hour " << hour;
    EXPECT_GE(position - journal_->first(), std::min<Position>(position, 23)) << "what is younger is kept";
    clock_.advance(std::chrono::hours(1));
    if (hour % 7 == 0) open();  // a restart does not make it younger
  }
}

TEST_F(AgeLimitTest, WithoutOneTheSettingsHold) {
  settings_.retention_bytes = 1ULL << 40U;
  open();
  for (int hour = 0; hour < 24 * 5; ++hour) {
    commit();
    journal_->release(journal_->durable());
    journal_->keep_house();
    clock_.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(journal_->first(), 0U);
}

TEST_F(FileJournalTest, DiscardsWhatWasSetAsideOfItToo) {
  open();
  fill(3);
  const std::string aside = segment_name(0) + ".8192" + std::string(damaged_suffix);
  const std::string whole = segment_name(0) + std::string(damaged_suffix);
  for (const std::string& name : {aside, whole}) ASSERT_TRUE((*disk_.create(name))->write(0, "somebody"));
  Position parted = 0;
  eventually([&] {
    parted = journal_->part();
    append_durably("stays");
    journal_->release(parted);
    return journal_->discard(parted).has_value();
  });
  EXPECT_FALSE(disk_.open(aside));
  EXPECT_FALSE(disk_.open(whole));
  EXPECT_FALSE(disk_.open(segment_name(0)));
  EXPECT_TRUE(disk_.open(segment_name(parted)));
}

TEST_F(FileJournalTest, OnAFullDiskItIsNotPartedAndHitsAreTakenAsBefore) {
  open();
  fill(3);
  eventually([&] { return journal_->health().bytes >= 2 * small_segment_bytes; });  // the next one is prepared
  disk_.set_capacity(0);
  const Position first = journal_->part();
  append_durably("takes the prepared one");
  eventually([&] { return journal_->health().refusal == JournalRefusal::disk_full; });
  const Position second = journal_->part();
  const auto taken = journal_->append("fits into what is there");
  if (taken) {
    ASSERT_TRUE(journal_->wait_until_durable(*taken, 20s)) << "it does not wait for a segment of its own";
    journal_->release(second);
    EXPECT_EQ(journal_->discard(second).error().code, ErrorCode::unavailable);
  }
  journal_->release(first);
  EXPECT_TRUE(journal_->discard(first));
}

TEST_F(FileJournalTest, NeverRemovesWhatIsNotReleased) {
  settings_.retention_time = 0s;
  settings_.retention_bytes = 0;
  open();
  fill(300);
  journal_->release(150);
  eventually([&] { return journal_->first() > 0; });
  std::this_thread::sleep_for(30ms);
  EXPECT_LE(journal_->first(), 150U);
  EXPECT_EQ(read_all(*journal_, 150).size(), 150U);
}

TEST_F(FileJournalTest, GivesReleasedSegmentsUpBeforeItRefusesAHit) {
  disk_.set_capacity(20 * small_segment_bytes);
  settings_.retention_time = std::chrono::hours(24);
  open();
  fill(500);
  journal_->release(journal_->durable());
  fill(1'000);  // ever more than the disk holds
  EXPECT_GT(journal_->first(), 0U);
  journal_->release(journal_->durable());
  fill(100);
}

TEST_F(FileJournalTest, AReaderOfARemovedSegmentGoesOnAtTheOldestThatIsKept) {
  settings_.retention_time = 0s;
  settings_.retention_bytes = 0;
  open();
  fill(100);
  const auto behind = journal_->read_from(0);
  ASSERT_EQ(behind->read(3)->size(), 3U);
  fill(400);
  journal_->release(400);
  eventually([&] { return journal_->first() > 200; });
  Position last = 2;
  for (;;) {
    const auto some = behind->read(10);
    ASSERT_TRUE(some) << some.error().what;
    if (some->empty()) break;
    for (const JournalRecord& record : *some) {
      EXPECT_GT(record.position, last);
      last = record.position;
    }
  }
  EXPECT_EQ(last, 499U);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U) << "what was removed is not damaged";
}

}  // namespace
}  // namespace footfall
