// The data folder, the files kept in it, and a site's files, on the real file system.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "adapters/local_files/data_folder.h"
#include "adapters/local_files/local_site_files.h"

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

class SiteFilesTest : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    write("secret", "outside");
    write("root/index.html", "home");
    write("root/about.html", "about");
    write("root/blog/index.html", "blog");
    write("root/style.css", "css");
    write("root/.env", "password");
    write("root/.git/config", "git");
    write("root/a b.html", "space");
    std::filesystem::create_symlink(path_ / "secret", path_ / "root" / "link");
    std::filesystem::create_symlink("style.css", path_ / "root" / "inside.css");
    auto opened = LocalSiteFiles::open(path_ / "root", [](std::string_view) { return std::string_view("text/test"); });
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }
  // What a path gives, or "-" for nothing.
  std::string at(std::string_view path) {
    const auto file = files_->find(path);
    if (!file) return "error: " + file.error().what;
    return *file ? (**file).bytes : "-";
  }
  std::unique_ptr<LocalSiteFiles> files_;
};

TEST_F(SiteFilesTest, FindsFilesFoldersAndCleanAddresses) {
  EXPECT_EQ(at("/"), "home");
  EXPECT_EQ(at("/index.html"), "home");
  EXPECT_EQ(at("/about"), "about");
  EXPECT_EQ(at("/blog/"), "blog");
  EXPECT_EQ(at("/blog"), "blog");
  EXPECT_EQ(at("/style.css"), "css");
  EXPECT_EQ(at("/a%20b.html"), "space");
  EXPECT_EQ(at("/inside.css"), "css");
  EXPECT_EQ(at("/nothing"), "-");
}

TEST_F(SiteFilesTest, NeverLeavesTheRootAndNeverShowsHiddenFiles) {
  struct Row {
    const char* because;
    const char* path;
  };
  for (const auto& row :
       {Row{"two dots", "/../secret"}, Row{"encoded dots", "/%2e%2e/secret"}, Row{"encoded slash", "/..%2fsecret"},
        Row{"in the middle", "/blog/../../secret"}, Row{"a link that leads out", "/link"}, Row{"a dot file", "/.env"},
        Row{"an encoded dot file", "/%2Eenv"}, Row{"a hidden folder", "/.git/config"},
        Row{"a zero byte", "/style.css%00.html"}, Row{"a broken escape", "/%zz"},
        Row{"an absolute path", "//etc/passwd"}, Row{"no slash", "style.css"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(at(row.path), "-");
  }
}

TEST_F(SiteFilesTest, ChangesItsTagWhenTheFileChanges) {
  const std::string before = files_->find("/style.css").value().value().etag;
  write("root/style.css", "other css");
  EXPECT_NE(files_->find("/style.css").value().value().etag, before);
}

TEST_F(SiteFilesTest, SaysWhenThereIsNoSuchFolder) {
  const auto opened = LocalSiteFiles::open(path_ / "missing", [](std::string_view) { return std::string_view(); });
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::failed);
}

}  // namespace
}  // namespace footfall
