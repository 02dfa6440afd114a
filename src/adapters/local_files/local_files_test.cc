// The data folder and the files kept in it, on the real file system.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "adapters/local_files/data_folder.h"

namespace footfall {
namespace {

class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "footfall-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  std::filesystem::path path_;
};

using DataFolderTest = Folder;
using KeptFileTest = Folder;

TEST_F(DataFolderTest, IsMadeForItsOwnerAlone) {
  const auto held = DataFolder::hold(path_ / "deep" / "data");
  ASSERT_TRUE(held) << held.error().what;
  struct stat status {};
  ASSERT_EQ(::stat((path_ / "deep" / "data").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(DataFolderTest, IsHeldByOneProcessAtATime) {
  auto held = DataFolder::hold(path_ / "data");
  ASSERT_TRUE(held);
  const auto second = DataFolder::hold(path_ / "data");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  held->reset();
  EXPECT_TRUE(DataFolder::hold(path_ / "data"));
}

TEST_F(DataFolderTest, IsFreeAgainWhenItsHolderIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = DataFolder::hold(path_ / "data");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(DataFolder::hold(path_ / "data"));
}

TEST_F(KeptFileTest, IsReadAsItWasReplacedAndByItsOwnerAlone) {
  PosixKeptFile file(path_ / "kept");
  const auto before = file.read();
  ASSERT_TRUE(before);
  EXPECT_FALSE(*before);
  EXPECT_EQ(file.revision(), 0U);
  ASSERT_TRUE(file.replace("one"));
  const std::uint64_t first = file.revision();
  ASSERT_TRUE(file.replace(std::string("two\0three", 9)));
  EXPECT_NE(file.revision(), first);
  const auto text = file.read();
  ASSERT_TRUE(text && *text);
  EXPECT_EQ(**text, std::string("two\0three", 9));
  struct stat status {};
  ASSERT_EQ(::stat((path_ / "kept").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(KeptFileTest, KeepsTheOldTextWhenItCannotBeReplaced) {
  PosixKeptFile file(path_ / "kept");
  ASSERT_TRUE(file.replace("old"));
  std::filesystem::create_directory(path_ / "kept.new");  // stands where the new text would go
  EXPECT_FALSE(file.replace("new"));
  EXPECT_EQ(file.read().value().value(), "old");
}

}  // namespace
}  // namespace footfall
