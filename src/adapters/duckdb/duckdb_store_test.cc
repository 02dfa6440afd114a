#include "adapters/duckdb/duckdb_store.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "adapters/duckdb/duckdb_reader.h"
#include "adapters/duckdb/store_fixture.h"
#include "base/crash_point.h"
#include "testing/store_contract.h"
#include "testing/store_erase_contract.h"

namespace footfall::duckdb {
namespace {

namespace fs = std::filesystem;

// --- The contract ---

class DuckdbStoreUnderTest final : public StoreUnderTest {
 public:
  DuckdbStoreUnderTest() : open_(std::make_unique<OpenStore>(folder_.path())) {}
  VisitStore& store() override { return *open_->store; }
  std::vector<StoredVisit> visits() override { return stored_visits(*open_->database); }
  std::vector<DroppedRow> dropped() override { return stored_dropped(*open_->database); }
  void restart() override {
    open_.reset();
    open_ = std::make_unique<OpenStore>(folder_.path());
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<OpenStore> open_;
};

// The same, with dictionaries that forget all the time.
class ForgetfulStoreUnderTest final : public StoreUnderTest {
 public:
  VisitStore& store() override { return *open_->store; }
  std::vector<StoredVisit> visits() override { return stored_visits(*open_->database); }
  std::vector<DroppedRow> dropped() override { return stored_dropped(*open_->database); }
  void restart() override {
    open_.reset();
    open_ = make();
  }

 private:
  [[nodiscard]] std::unique_ptr<OpenStore> make() const {
    StoreOptions options;
    options.dictionary_bytes = 1;
    options.log_bytes_max = 1;
    return std::make_unique<OpenStore>(folder_.path(), options);
  }
  TemporaryFolder folder_;
  std::unique_ptr<OpenStore> open_ = make();
};

template <typename Store>
std::unique_ptr<StoreUnderTest> on_disk() {
  return std::make_unique<Store>();
}

INSTANTIATE_TEST_SUITE_P(DuckdbStore, StoreContract, testing::Values(&on_disk<DuckdbStoreUnderTest>));
INSTANTIATE_TEST_SUITE_P(ForgetfulDuckdbStore, StoreContract, testing::Values(&on_disk<ForgetfulStoreUnderTest>));

// --- Dictionaries ---

TEST(DuckdbStore, GivesATextOneNumberWhileItRemembersItAlsoAfterReopening) {
  const TemporaryFolder folder;
  for (Position round = 0; round < 3; ++round) {
    OpenStore open(folder.path());
    ASSERT_TRUE(commit_numbered(*open.store, round * 1'000, round * 1'000 + 1'000));
    EXPECT_EQ(open.number("SELECT count(*) - count(DISTINCT path) FROM paths"), 0);
    EXPECT_EQ(open.number("SELECT count(*) - count(DISTINCT user_agent) FROM user_agents"), 0);
    expect_each_once(open);
  }
}

TEST(DuckdbStore, ATextMayHaveSeveralNumbersWhenMemoryIsShort) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.dictionary_bytes = 1;
  OpenStore open(folder.path(), options);
  for (Position round = 0; round < 5; ++round) {
    ASSERT_TRUE(commit_numbered(*open.store, round * 1'000, round * 1'000 + 1'000));
  }
  EXPECT_GT(open.number("SELECT count(*) - count(DISTINCT path) FROM paths"), 0);
  EXPECT_EQ(open.number("SELECT count(*) - count(DISTINCT id) FROM paths"), 0);
  expect_each_once(open);
}

TEST(DuckdbStore, TextsOfARefusedBatchGetNumbersWhenTheyComeAgain) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  ASSERT_TRUE(commit_numbered(*open.store, 0, 100));
  // The batch does not begin at the offset, which shows only when the transaction has begun.
  EXPECT_EQ(commit_numbered(*open.store, 500, 700).error().code, ErrorCode::invalid);
  ASSERT_TRUE(commit_numbered(*open.store, 100, 700));
  expect_each_once(open);
}

TEST(DuckdbStore, ATextThatIsNotUtf8IsKeptAsNearAsCanBe) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  BatchMaker maker(0);
  maker.hit("/caf\xE9 and more than twelve bytes");
  maker.hit(std::string_view("/a\0b", 4));
  ASSERT_TRUE(open.store->commit(maker.batch()));
  const auto visits = stored_visits(*open.database);
  ASSERT_EQ(visits.size(), 2U);
  EXPECT_EQ(visits[0].path, "/caf\xEF\xBF\xBD and more than twelve bytes");
  EXPECT_EQ(visits[1].path, std::string("/a\0b", 4));
}

// --- Checkpoints ---

TEST(DuckdbStore, ACheckpointEmptiesTheLogAndIsRemembered) {
  const TemporaryFolder folder;
  {
    OpenStore open(folder.path());
    EXPECT_EQ(open.store->checkpointed(), 0U);
    ASSERT_TRUE(commit_numbered(*open.store, 0, 1'000));
    EXPECT_GT(open.store->health().log_bytes, 0U);
    ASSERT_EQ(*open.store->checkpoint(), 1'000U);
    EXPECT_EQ(open.store->health().log_bytes, 0U);
    ASSERT_TRUE(commit_numbered(*open.store, 1'000, 1'500));
  }
  OpenStore open(folder.path());
  EXPECT_EQ(open.store->checkpointed(), 1'000U);
  EXPECT_EQ(open.offset(), 1'500U);
  expect_each_once(open);
}

TEST(DuckdbStore, ALongLogIsCheckpointedUnasked) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.log_bytes_max = 64 * 1'024;
  OpenStore open(folder.path(), options);
  Position offset = 0;
  for (; open.store->checkpointed() == 0; offset += 500) {
    ASSERT_LT(offset, 50'000U);
    ASSERT_TRUE(commit_numbered(*open.store, offset, offset + 500));
  }
  EXPECT_EQ(open.store->checkpointed(), offset);
  EXPECT_EQ(open.store->health().log_bytes, 0U);
}

TEST(DuckdbStore, WithoutRoomOnTheDiskItNeitherCheckpointsNorCommits) {
  const TemporaryFolder folder;
  StoreOptions options;
  OpenStore open(folder.path());
  ASSERT_TRUE(commit_numbered(*open.store, 0, 100));
  open.store.reset();
  options.reserve_bytes = ~std::uint64_t{0};
  options.reserve_part = 1;
  auto cramped = DuckdbStore::open(*open.database, options);
  ASSERT_TRUE(cramped) << cramped.error().what;
  EXPECT_EQ((*cramped)->checkpoint().error().code, ErrorCode::unavailable);
  EXPECT_EQ((*cramped)->health().checkpoint_failures, 1U);
  EXPECT_EQ(commit_numbered(**cramped, 100, 200).error().code, ErrorCode::unavailable);
  EXPECT_EQ(*(*cramped)->offset(), 100U);
}

TEST(DuckdbStore, ReadersGoOnWhileItWritesAndCheckpoints) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  ASSERT_TRUE(commit_numbered(*open.store, 0, 10'000));
  auto reader = open.database->borrow();
  ASSERT_TRUE(reader);
  auto rows = (*reader)->query("SELECT position FROM visits", {}, {}, Answer::streamed);
  ASSERT_TRUE(rows);
  ASSERT_TRUE(*rows->next());
  ASSERT_TRUE(commit_numbered(*open.store, 10'000, 20'000));
  const auto checkpointed = open.store->checkpoint();
  ASSERT_TRUE(checkpointed) << checkpointed.error().what;
  std::size_t seen = rows->size();
  ASSERT_TRUE(rows->each([&](std::size_t) { ++seen; }));
  EXPECT_EQ(seen, 8'571U);  // as many page views as there were when it asked
  expect_each_once(open);
}

// --- Damage ---

// 1,000 hits in the main file, 1,000 more in the log.
void make_damageable(const fs::path& folder) {
  OpenStore open(folder);
  ASSERT_TRUE(commit_numbered(*open.store, 0, 1'000));
  ASSERT_TRUE(open.store->checkpoint());
  for (Position from = 1'000; from < 2'000; from += 100) {
    ASSERT_TRUE(commit_numbered(*open.store, from, from + 100));
  }
}

// Opens what is left; the journal brings what is missing.
void expect_healed(const fs::path& folder, Position offset_min, bool reported) {
  {
    OpenStore open(folder);
    ASSERT_NE(open.store, nullptr);
    EXPECT_EQ(!open.reports.empty(), reported);
    const Position offset = open.offset();
    EXPECT_GE(offset, offset_min);
    EXPECT_LE(open.store->checkpointed(), offset);
    expect_each_once(open);
    ASSERT_TRUE(commit_numbered(*open.store, offset, 2'500));
    expect_each_once(open);
  }
  // What was written after the healing is good: it can be read again, and moved into the main file.
  OpenStore open(folder);
  EXPECT_TRUE(open.reports.empty());
  EXPECT_EQ(open.offset(), 2'500U);
  expect_each_once(open);
  ASSERT_TRUE(open.store->checkpoint());
}

fs::path main_file(const fs::path& folder) { return folder / "footfall.duckdb"; }
fs::path log_file(const fs::path& folder) { return folder / "footfall.duckdb.wal"; }

void flip_bit(const fs::path& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x10));
}

TEST(DuckdbStoreDamage, ALogWithAFlippedBitIsSetAside) {
  const TemporaryFolder pristine;
  make_damageable(pristine.path());
  const std::uint64_t bytes = fs::file_size(log_file(pristine.path()));
  for (const std::uint64_t at : {bytes / 50, bytes / 3, bytes / 2, bytes * 9 / 10}) {
    SCOPED_TRACE(at);
    const TemporaryFolder folder;
    fs::copy(pristine.path(), folder.path(), fs::copy_options::recursive);
    flip_bit(log_file(folder.path()), at);
    expect_healed(folder.path(), 1'000, true);
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      kept += entry.path().filename().string().find(".wal.damaged-") != std::string::npos;
    }
    EXPECT_EQ(kept, 1U);
  }
}

TEST(DuckdbStoreDamage, ALogThatIsCutShortOrZeroedOrGoneCostsNothing) {
  const TemporaryFolder pristine;
  make_damageable(pristine.path());
  const std::uint64_t bytes = fs::file_size(log_file(pristine.path()));
  struct Row {
    const char* because;
    void (*damage)(const fs::path& log, std::uint64_t bytes);
    bool reported;
  };
  for (const Row& row : {
           Row{"a torn tail", [](const fs::path&log, std::uint64_t size) { fs::resize_file(log, size - 1'000); },
               false},
           Row{"a tail of zeros", [](const fs::path&log, std::uint64_t size) { fs::resize_file(log, size + 100'000); },
               true},
           Row{"half of it zeros",
               [](const fs::path&log, std::uint64_t size) {
                 fs::resize_file(log, size / 2);
                 fs::resize_file(log, size);
               },
               true},
           Row{"empty", [](const fs::path&log, std::uint64_t) { fs::resize_file(log, 0); }, false},
           Row{"gone", [](const fs::path&log, std::uint64_t) { fs::remove(log); }, false},
           Row{"something else",
               [](const fs::path&log, std::uint64_t) { std::ofstream(log) << std::string(100'000, 'x'); }, false},
       }) {
    SCOPED_TRACE(row.because);
    const TemporaryFolder folder;
    fs::copy(pristine.path(), folder.path(), fs::copy_options::recursive);
    row.damage(log_file(folder.path()), bytes);
    expect_healed(folder.path(), 1'000, row.reported);
  }
}

TEST(DuckdbStoreDamage, AMainFileThatIsGoneOrUnreadableIsBegunAnew) {
  const TemporaryFolder pristine;
  make_damageable(pristine.path());
  struct Row {
    const char* because;
    void (*damage)(const fs::path& file);
  };
  for (const Row& row : {
           Row{"gone", [](const fs::path& file) { fs::remove(file); }},
           Row{"empty", [](const fs::path& file) { fs::resize_file(file, 0); }},
           Row{"cut short", [](const fs::path& file) { fs::resize_file(file, 5'000); }},
           Row{"something else", [](const fs::path& file) { std::ofstream(file) << std::string(100'000, 'x'); }},
           Row{"both headers zero",
               [](const fs::path& file) {
                 std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << std::string(3 * 4'096, '\0');
               }},
       }) {
    SCOPED_TRACE(row.because);
    const TemporaryFolder folder;
    fs::copy(pristine.path(), folder.path(), fs::copy_options::recursive);
    row.damage(main_file(folder.path()));
    expect_healed(folder.path(), 0, true);
  }
}

TEST(DuckdbStoreDamage, IsHealedAtReopeningToo) {
  const TemporaryFolder folder;
  make_damageable(folder.path());
  OpenStore open(folder.path());
  flip_bit(log_file(folder.path()), fs::file_size(log_file(folder.path())) / 2);
  ASSERT_TRUE(open.store->reopen());
  EXPECT_EQ(open.offset(), 1'000U);
  EXPECT_FALSE(open.reports.empty());
  ASSERT_TRUE(commit_numbered(*open.store, 1'000, 2'500));
  expect_each_once(open);
}

// --- Kills ---

// Runs `write` in a process of its own until it is killed after `patience`, or kills itself.
template <typename Write>
void run_until_killed(std::chrono::microseconds patience, Write&& write) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    write();
    ::_exit(3);
  }
  std::this_thread::sleep_for(patience);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself: " << status;
}

void write_for_ever(const fs::path& folder, unsigned seed) {
  std::mt19937 random(seed);
  StoreOptions options;
  options.log_bytes_max = 100'000;
  OpenStore open(folder, options);
  for (;;) {
    const Position from = open.offset();
    if (!commit_numbered(*open.store, from, from + random() % 400)) ::_exit(4);
    if (random() % 10 == 0 && !open.store->checkpoint()) ::_exit(5);
  }
}

TEST(DuckdbStoreKills, KilledAnywhereItHasEachHitOnce) {
  const char* wanted = std::getenv("FOOTFALL_KILLS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 15;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  Position before = 0;
  for (int round = 0; round < rounds; ++round) {
    // Also while it opens, and in its first start.
    const std::chrono::microseconds patience(random() % 400'000);
    run_until_killed(patience, [&] { write_for_ever(folder.path(), seed + static_cast<unsigned>(round)); });
    OpenStore open(folder.path());
    ASSERT_NE(open.store, nullptr);
    EXPECT_EQ(open.database->healed(), 0U);
    ASSERT_GE(open.offset(), before);
    ASSERT_LE(open.store->checkpointed(), open.offset());
    before = open.offset();
    expect_each_once(open);
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
  std::cout << rounds << " kills, " << before << " records\n";
}

TEST(DuckdbStoreKills, KilledAtEachNamedPlaceItHasEachHitOnce) {
  for (const std::string place :
       {"in_store_making", "before_store_rename", "before_store_commit", "after_store_commit", "in_checkpoint",
        "before_store_commit:7", "after_store_commit:7", "in_checkpoint:3"}) {
    SCOPED_TRACE(place);
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      crash_plan.arm(place);
      write_for_ever(folder.path(), 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    OpenStore open(folder.path());
    EXPECT_EQ(open.database->healed(), 0U);
    EXPECT_LE(open.store->checkpointed(), open.offset());
    expect_each_once(open);
    const Position offset = open.offset();
    ASSERT_TRUE(commit_numbered(*open.store, offset, offset + 500));
    expect_each_once(open);
  }
}

// --- A full disk ---

// A small disk of its own; only root may make one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }

  // Takes all that is free but `left`.
  void fill(std::uint64_t left = 0) {
    std::ofstream ballast(path() / "ballast", std::ios::binary | std::ios::app);
    const std::string block(4'096, 'b');
    while (fs::space(path()).available > left && ballast.write(block.data(), 4'096) && ballast.flush()) continue;
  }
  void empty() { fs::remove(path() / "ballast"); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST(DuckdbStoreFullDisk, LosesNothingAndGoesOnWhenThereIsRoomAgain) {
  SmallDisk disk("48m");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: a full disk; mounting a tmpfs needs root";
  // Once with the store's own care for free space, and once without, so that DuckDB itself meets the end of the disk.
  for (const bool careful : {true, false}) {
    SCOPED_TRACE(careful ? "careful" : "careless");
    StoreOptions options;
    options.log_bytes_max = 1U << 20U;
    if (!careful) options.reserve_bytes = 0;
    const fs::path folder = disk.path() / (careful ? "careful" : "careless");
    OpenStore open(folder, options);
    Position next = 0;
    for (int cycle = 0; cycle < 6; ++cycle) {
      SCOPED_TRACE(cycle);
      for (int i = 0; i < 3; ++i, next += 1'000) ASSERT_TRUE(commit_numbered(*open.store, next, next + 1'000));
      disk.fill(careful ? 0 : 64U << (static_cast<unsigned>(cycle) * 3));
      bool refused = false;
      for (int attempt = 0; attempt < 200 && !refused; ++attempt) {
        const auto committed = commit_numbered(*open.store, next, next + 1'000);
        if (committed) {
          next += 1'000;
          continue;
        }
        refused = true;
        if (careful) {
          EXPECT_EQ(committed.error().code, ErrorCode::unavailable) << committed.error().what;
        }
      }
      EXPECT_TRUE(refused);
      static_cast<void>(open.store->checkpoint());
      disk.empty();
      // As the processor does: what is unclear is settled by opening again and looking at the offset.
      if (!open.store->offset()) {
        const auto reopened = open.store->reopen();
        ASSERT_TRUE(reopened) << reopened.error().what;
      }
      EXPECT_TRUE(open.offset() == next || (!careful && open.offset() == next + 1'000)) << open.offset();
      next = open.offset();
      expect_each_once(open);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
    ASSERT_TRUE(open.store->checkpoint());
    EXPECT_TRUE(open.reports.empty()) << open.reports.front();
    open.store.reset();
    open.database.reset();
    fs::remove_all(folder);
  }
}

TEST(CountedIncrements, AreThoseOfTheKeyAndTheTime) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  auto reader = DuckdbReader::make(*open.database, PublicIds(SipKey{1, 2}));
  ASSERT_TRUE(reader);
  BatchMaker maker(0);
  const auto increment = [&](std::int64_t time, std::string_view site, std::string_view key, std::uint64_t by) {
    Increment one;
    one.time = instant_of(time);
    one.site = site;
    one.key = key;
    one.by = by;
    maker.increment(one);
  };
  increment(1'000, "example.com", "likes", 1);
  increment(2'000, "example.com", "likes", 10);
  increment(3'000, "example.com", "likes", 100);
  increment(2'000, "example.com", "loves", 1'000);
  increment(2'000, "example.org", "likes", 10'000);
  ASSERT_TRUE(open.store->commit(maker.batch()));
  const auto grown = [&](std::optional<Instant> from, std::optional<Instant> to) {
    return (*reader)->counted({"example.com", "likes", false, from, to})->increments;
  };
  EXPECT_EQ(grown({}, {}), 111U);
  EXPECT_EQ(grown(instant_of(2'000), {}), 110U);
  EXPECT_EQ(grown({}, instant_of(2'000)), 1U);
  EXPECT_EQ(grown(instant_of(2'000), instant_of(3'000)), 10U);
}

}  // namespace
}  // namespace footfall::duckdb
