// Processes that are really killed, at every place that has a name: what they said was durable must be there.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "adapters/file_journal/file_journal.h"
#include "adapters/file_journal/file_journal_fixture.h"
#include "adapters/file_journal/posix_disk.h"
#include "base/crash_point.h"

namespace footfall {
namespace {

using namespace std::chrono_literals;

class CrashTest : public testing::TestWithParam<const char*> {
 protected:
  static FileJournalSettings settings() {
    FileJournalSettings settings;
    settings.segment_bytes = 16'384;  // a segment lasts for a few commits, so that every place is reached
    settings.disk_reserve_bytes = 0;
    settings.retention_time = 0s;
    settings.retention_bytes = 65'536;
    settings.housekeeping_interval = 1ms;
    return settings;
  }
  static std::string record_at(Position position) {
    return "record " + std::to_string(position) + std::string(900, 'x');
  }

  // In a process of its own: appends until it is killed, and sends every position as soon as it is durable.
  [[noreturn]] static void append_until_killed(const std::string& folder, const std::string& plan, int acknowledged) {
    crash_plan.arm(plan);
    const FakeClock clock;
    const auto disk = PosixDisk::open_folder(folder);
    if (!disk) std::_Exit(2);
    const auto journal = FileJournal::open(**disk, clock, settings());
    if (!journal) std::_Exit(3);
    for (int i = 0; i < 2'000; ++i) {
      const auto position = (*journal)->append(record_at((*journal)->next()));
      if (!position) std::_Exit(4);
      if (!(*journal)->wait_until_durable(*position, 20s)) std::_Exit(5);
      if (::write(acknowledged, &*position, sizeof *position) != sizeof *position) std::_Exit(6);
      if (*position > 100) (*journal)->release(*position - 100);
    }
    std::_Exit(0);  // never reached the place
  }

  // The positions a process sent before it was killed according to `plan`.
  using Life = void (*)(const std::string& folder, const std::string& plan, int sent);
  static std::vector<Position> run(const std::string& folder, const std::string& plan,
                                   Life life = &append_until_killed) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) life(folder, plan, ends[1]);
    ::close(ends[1]);
    std::vector<Position> acknowledged;
    Position position = 0;
    while (::read(ends[0], &position, sizeof position) == sizeof position) acknowledged.push_back(position);
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << plan << (WIFEXITED(status) ? " was never reached: exit " + std::to_string(WEXITSTATUS(status)) : "");
    return acknowledged;
  }
};

// A process that discards again and again, and is killed while it does.
class DiscardCrashTest : public CrashTest {
 protected:
  static FileJournalSettings settings() {
    FileJournalSettings settings = CrashTest::settings();
    settings.segment_bytes = 65'536;
    settings.retention_bytes = 1ULL << 30U;  // nothing goes by itself
    return settings;
  }
  // Sends a position as soon as everything below it is discarded.
  [[noreturn]] static void discard_until_killed(const std::string& folder, const std::string& plan, int discarded) {
    crash_plan.arm(plan);
    const FakeClock clock;
    const auto disk = PosixDisk::open_folder(folder);
    if (!disk) std::_Exit(2);
    const auto journal = FileJournal::open(**disk, clock, settings());
    if (!journal) std::_Exit(3);
    for (int i = 0; i < 500; ++i) {
      Position parted = 0;
      for (int record = 0; record < 5; ++record) {
        if (record == 3) parted = (*journal)->part();
        const auto position = (*journal)->append(record_at((*journal)->next()));
        if (!position || !(*journal)->wait_until_durable(*position, 20s)) std::_Exit(4);
      }
      (*journal)->release(parted);
      const auto done = (*journal)->discard(parted);
      if (!done && done.error().code == ErrorCode::unavailable) continue;  // the next segment was not ready
      if (!done) std::_Exit(5);
      if (::write(discarded, &parted, sizeof parted) != sizeof parted) std::_Exit(6);
    }
    std::_Exit(0);
  }
};

TEST_P(DiscardCrashTest, WhatWasDiscardedIsGoneAndWhatIsBehindIsThere) {
  const TemporaryFolder folder;
  Position discarded = 0;
  for (int life = 0; life < 10; ++life) {
    const std::string plan = std::string(GetParam()) + ":" + std::to_string(1 + life % 4);
    for (const Position position : run(folder.path(), plan, &discard_until_killed)) discarded = position;
    // Not even in a file that nobody reads any more.
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(in), {});
      for (Position position = discarded < 30 ? 0 : discarded - 30; position < discarded; ++position) {
        ASSERT_EQ(bytes.find(record_at(position)), std::string::npos) << position << " in " << file.path();
      }
    }
    const FakeClock clock;
    const auto disk = PosixDisk::open_folder(folder.path());
    const auto journal = FileJournal::open(**disk, clock, settings());
    ASSERT_TRUE(journal) << journal.error().what;
    ASSERT_GE((*journal)->first(), discarded);
    const auto records = read_records(**journal);
    for (Position position = (*journal)->first(); position < (*journal)->next(); ++position) {
      ASSERT_EQ(records.count(position), 1U) << position;
      ASSERT_EQ(records.at(position), record_at(position));
    }
    ASSERT_EQ((*journal)->health().quarantined_frames, 0U) << "a crash is no damage";
  }
}

INSTANTIATE_TEST_SUITE_P(At, DiscardCrashTest,
                         testing::Values("segment_roll", "segment_rolled", "before_write", "discard_remove",
                                         "discarded"),
                         [](const auto& place) { return std::string(place.param); });

TEST_P(CrashTest, WhatWasAcknowledgedIsThereAfterwards) {
  const TemporaryFolder folder;
  const std::string place = GetParam();
  std::vector<Position> acknowledged;
  // Twenty lives on the same folder, killed earlier or later.
  for (int life = 0; life < 20; ++life) {
    // Places of recovery are passed once in a life.
    const int times = place.starts_with("recovery") ? 1 : 1 + life % 7;
    if (place.starts_with("recovery") && life == 0) {
      const auto before = run(folder.path(), "before_publish:5");
      acknowledged.insert(acknowledged.end(), before.begin(), before.end());
    }
    const auto now = run(folder.path(), place + ":" + std::to_string(times));
    acknowledged.insert(acknowledged.end(), now.begin(), now.end());

    const FakeClock clock;
    const auto disk = PosixDisk::open_folder(folder.path());
    ASSERT_TRUE(disk) << disk.error().what;
    const auto journal = FileJournal::open(**disk, clock, settings());
    ASSERT_TRUE(journal) << journal.error().what;
    const auto records = read_records(**journal);
    for (const Position position : acknowledged) {
      if (position < (*journal)->first()) continue;  // released, and removed
      ASSERT_EQ(records.count(position), 1U) << "life " << life << ": " << position << " was acknowledged";
    }
    for (const auto& [position, record] : records) ASSERT_EQ(record, record_at(position));
    ASSERT_EQ((*journal)->health().quarantined_frames, 0U) << "a crash is no damage";
  }
}

INSTANTIATE_TEST_SUITE_P(At, CrashTest,
                         testing::Values("after_append", "before_write", "before_sync", "before_publish",
                                         "segment_prepare", "segment_roll", "segment_rolled", "segment_remove",
                                         "segment_removed", "recovery_copy", "recovery_rename", "recovery_renamed"),
                         [](const auto& place) { return std::string(place.param); });

}  // namespace
}  // namespace footfall
