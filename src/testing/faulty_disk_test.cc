#include "testing/faulty_disk.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// A fake that is kinder than a disk proves nothing, so what it does to a careless writer is tested too.
class FaultyDiskTest : public testing::Test {
 protected:
  std::unique_ptr<DiskFile> create(const std::string& name) { return std::move(*disk_.create(name)); }
  FaultyDisk disk_{7};
};

TEST_F(FaultyDiskTest, KeepsWhatIsSyncedThroughAPowerCut) {
  const auto file = create("a");
  ASSERT_TRUE(file->write(0, "hello"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(disk_.sync_folder());
  disk_.power_cut();
  EXPECT_EQ(disk_.contents("a"), "hello");
}

TEST_F(FaultyDiskTest, MayLoseWhatIsNotSyncedAndMayKeepItInPart) {
  int lost = 0, kept = 0, torn = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    FaultyDisk disk(seed);
    const auto file = std::move(*disk.create("a"));
    const std::string before(8'192, 'b'), after(8'192, 'a');
    ASSERT_TRUE(file->write(0, before));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(disk.sync_folder());
    ASSERT_TRUE(file->write(0, after));
    disk.power_cut();
    const std::string contents = disk.contents("a");
    ++(contents == before ? lost : contents == after ? kept : torn);
  }
  EXPECT_GT(lost, 0);
  EXPECT_GT(kept, 0);
  EXPECT_GT(torn, 0);
}

TEST_F(FaultyDiskTest, MayLoseANameThatTheFolderWasNotSyncedFor) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultyDisk disk(seed);
    const auto file = std::move(*disk.create("a"));
    ASSERT_TRUE(file->sync());
    disk.power_cut();
    if (!disk.exists("a")) ++lost;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 50);
}

TEST_F(FaultyDiskTest, KeepsEverythingWhenOnlyTheProcessIsKilled) {
  const auto file = create("a");
  ASSERT_TRUE(file->write(0, "hello"));
  disk_.kill();
  EXPECT_EQ(disk_.contents("a"), "hello");
  EXPECT_FALSE(file->write(0, "x")) << "the process is gone";
}

TEST_F(FaultyDiskTest, CallsTheSyncAfterAFailedOneASuccessThoughNothingIsOnDisk) {
  const auto file = create("a");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(disk_.sync_folder());
  ASSERT_TRUE(file->write(0, "hello"));
  disk_.fail_sync_at(1);
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
  disk_.kill();
  EXPECT_EQ(disk_.contents("a"), "hello") << "the page cache still has it";
  disk_.power_cut();
  EXPECT_EQ(disk_.contents("a"), "") << "the disk never had it";
}

TEST_F(FaultyDiskTest, IsFullWhenItIsFull) {
  disk_.set_capacity(10);
  const auto file = create("a");
  ASSERT_TRUE(file->write(0, "0123456789"));
  const auto written = file->write(10, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(file->write(0, "9876543210")) << "what is there can be written over";
  EXPECT_EQ(disk_.space()->free, 0U);
}

TEST_F(FaultyDiskTest, DoesNothingAfterTheChangeItCrashesAt) {
  const auto file = create("a");
  disk_.crash_at_change(2);
  EXPECT_TRUE(file->write(0, "hello"));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(disk_.remove("a"));
  disk_.kill();
  EXPECT_EQ(disk_.contents("a"), "hello");
}

}  // namespace
}  // namespace footfall
