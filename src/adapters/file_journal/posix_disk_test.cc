#include "adapters/file_journal/posix_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "adapters/file_journal/file_journal_fixture.h"

namespace footfall {
namespace {

class PosixDiskTest : public testing::Test {
 protected:
  PosixDiskTest() : disk_(std::move(*PosixDisk::open_folder(folder_.path()))) {}
  std::unique_ptr<DiskFile> create(const std::string& name) { return std::move(*disk_->create(name)); }
  static std::string read(DiskFile& file, std::uint64_t offset, std::size_t bytes) {
    std::string into(bytes, '?');
    const auto count = file.read(offset, into.data(), into.size());
    EXPECT_TRUE(count) << count.error().what;
    into.resize(count.value_or(0));
    return into;
  }

  TemporaryFolder folder_;
  std::unique_ptr<PosixDisk> disk_;
};

TEST_F(PosixDiskTest, ReadsBackWhatItWrote) {
  const auto file = create("a");
  ASSERT_TRUE(file->write(0, "hello world"));
  ASSERT_TRUE(file->write(6, "disk!"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(read(*file, 0, 100), "hello disk!");
  EXPECT_EQ(read(*file, 6, 4), "disk");
  EXPECT_EQ(read(*file, 100, 4), "");
  EXPECT_EQ(*file->size(), 11U);
  EXPECT_EQ(read(**disk_->open("a"), 0, 5), "hello");
}

TEST_F(PosixDiskTest, SaysWhatIsThereAndWhatIsNot) {
  create("a");
  create("b");
  std::filesystem::create_directory(folder_.path() + "/a folder is no file");
  auto names = *disk_->list();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(disk_->create("a").error().code, ErrorCode::exists);
  EXPECT_EQ(disk_->open("c").error().code, ErrorCode::not_found);
  EXPECT_EQ(disk_->remove("c").error().code, ErrorCode::not_found);
  EXPECT_EQ(PosixDisk::open_folder(folder_.path() + "/nowhere").error().code, ErrorCode::not_found);
}

TEST_F(PosixDiskTest, RenamesOverWhatHadTheName) {
  ASSERT_TRUE(create("new")->write(0, "new"));
  ASSERT_TRUE(create("old")->write(0, "old"));
  ASSERT_TRUE(disk_->rename("new", "old"));
  ASSERT_TRUE(disk_->sync_folder());
  EXPECT_EQ(read(**disk_->open("old"), 0, 3), "new");
  EXPECT_EQ(disk_->list()->size(), 1U);
}

TEST_F(PosixDiskTest, AnOpenFileStaysReadableWithoutItsName) {
  const auto file = create("a");
  ASSERT_TRUE(file->write(0, "still here"));
  ASSERT_TRUE(disk_->remove("a"));
  EXPECT_EQ(read(*file, 0, 100), "still here");
}

TEST_F(PosixDiskTest, FollowsNoLinkOutOfItsFolder) {
  std::ofstream(folder_.path() + "/../outside-of-the-journal") << "secret";
  std::filesystem::create_symlink("../outside-of-the-journal", folder_.path() + "/link");
  EXPECT_FALSE(disk_->open("link"));
  EXPECT_TRUE(disk_->list()->empty());
  std::filesystem::remove(folder_.path() + "/../outside-of-the-journal");
}

TEST_F(PosixDiskTest, KeepsFilesToItsOwner) {
  create("a");
  const auto permissions = std::filesystem::status(folder_.path() + "/a").permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(PosixDiskTest, KnowsHowMuchIsFree) {
  const auto space = disk_->space();
  ASSERT_TRUE(space) << space.error().what;
  EXPECT_GT(space->total, 0U);
  EXPECT_LE(space->free, space->total);
}

// /dev/full answers every write with "no space left".
TEST_F(PosixDiskTest, AFullDiskIsUnavailableAndNotFailed) {
  const auto devices = PosixDisk::open_folder("/dev");
  ASSERT_TRUE(devices) << devices.error().what;
  const auto full = (*devices)->open("full");
  if (!full) GTEST_SKIP() << "there is no /dev/full here";
  const auto written = (*full)->write(0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace footfall
