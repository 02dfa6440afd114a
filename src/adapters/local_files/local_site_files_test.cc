// A site's files on the real file system.
#include "adapters/local_files/local_site_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"

namespace footfall {
namespace {

using namespace std::chrono_literals;

class SiteFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "footfall-site-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
    write("secret", "outside");
    write("root/index.html", "home");
    write("root/about.html", "about");
    write("root/blog/index.html", "blog");
    write("root/style.css", "css");
    for (const char* file : {"index.html", "about.html", "blog/index.html", "style.css"}) make_old(file);
    open();
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  // Everything is compared with the disk at every look, unless a test says otherwise.
  void open(SiteFilesSettings settings = {.fresh_time = 0ms}) {
    auto opened = LocalSiteFiles::open(
        path_ / "root", [](std::string_view name) { return name.substr(name.rfind('.') + 1); }, settings);
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << text;
  }
  void set_time(const std::string& name, std::int64_t seconds, long nanoseconds = 0) {
    const timespec time{seconds, nanoseconds};
    const std::array<timespec, 2> times{time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, (path_ / "root" / name).c_str(), times.data(), 0), 0);
  }
  void make_old(const std::string& name) { set_time(name, 1'700'000'000); }

  // What a path gives, or "-" for nothing and "/" for the way into a folder.
  std::string at(std::string_view path) {
    const auto place = files_->find(path);
    if (!place) return "error: " + place.error().what;
    if (*place == nullptr) return "-";
    if ((**place).folder) return "/";
    return text_of((**place).plain);
  }
  static std::string text_of(const SiteFile& file) {
    if (file.kept != nullptr) return *file.kept;
    std::string text;
    while (text.size() < file.bytes) {
      auto piece = file.open->read(text.size(), 100'000);
      if (!piece) return "error: " + piece.error().what;
      text += *piece;
    }
    return text;
  }
  SitePlace place(std::string_view path) {
    const auto found = files_->find(path);
    EXPECT_TRUE(found && *found) << path;
    return found && *found ? **found : SitePlace{};
  }
  // Until what was just written can be told from a later write by its time.
  static void settle() { std::this_thread::sleep_for(1'100ms); }

  std::filesystem::path path_;
  std::unique_ptr<LocalSiteFiles> files_;
};

TEST_F(SiteFilesTest, FindsFilesFoldersAndCleanAddresses) {
  write("root/a b.html", "space");
  write("root/both.html", "page");
  write("root/both/index.html", "folder");
  write("root/empty/picture.png", "png");
  write("root/odd/index.html/index.html", "deep");
  write("root/.well-known/security.txt", "contact");
  std::filesystem::create_symlink("style.css", path_ / "root" / "inside.css");
  EXPECT_EQ(at("/"), "home");
  EXPECT_EQ(at("/index.html"), "home");
  EXPECT_EQ(at("/about"), "about");
  EXPECT_EQ(at("/about.html"), "about");
  EXPECT_EQ(at("/about/"), "-") << "a page is no folder";
  EXPECT_EQ(at("/blog/"), "blog");
  EXPECT_EQ(at("/blog"), "/") << "its relative links are meant from inside";
  EXPECT_EQ(at("/both"), "page") << "the page goes before the folder";
  EXPECT_EQ(at("/both/"), "folder");
  EXPECT_EQ(at("/empty"), "-") << "a folder that shows nothing is nothing";
  EXPECT_EQ(at("/empty/"), "-");
  EXPECT_EQ(at("/odd/"), "-") << "an index that is a folder shows nothing";
  EXPECT_EQ(at("/odd"), "-");
  EXPECT_EQ(at("/style.css"), "css");
  EXPECT_EQ(at("/style.css/"), "-");
  EXPECT_EQ(at("/style.css/more"), "-");
  EXPECT_EQ(at("/a%20b"), "space");
  EXPECT_EQ(at("/inside.css"), "css") << "a link that stays inside";
  EXPECT_EQ(at("/.well-known/security.txt"), "contact");
  EXPECT_EQ(at("/nothing"), "-");
  EXPECT_EQ(at("/" + std::string(3'000, 'a')), "-") << "no file has so long a name";
  EXPECT_EQ(place("/about").plain.type, "html") << "by the file's name, not by the address";
}

TEST_F(SiteFilesTest, NeverLeavesTheRootAndNeverShowsHiddenFiles) {
  write("root/.env", "password");
  write("root/.git/config", "git");
  write("outside/index.html", "outside");
  std::filesystem::create_symlink(path_ / "secret", path_ / "root" / "link");
  std::filesystem::create_symlink("../secret", path_ / "root" / "relative");
  std::filesystem::create_symlink(path_ / "secret", path_ / "root" / "page.html");
  std::filesystem::create_symlink("../outside", path_ / "root" / "folder");
  std::filesystem::create_symlink("/proc/self/root", path_ / "root" / "magic");
  std::filesystem::create_symlink("loop", path_ / "root" / "loop");
  for (const char* path : {"/../secret",
                           "/%2e%2e/secret",
                           "/..%2fsecret",
                           "/..%5csecret",
                           "/blog/../../secret",
                           "/.env",
                           "/%2Eenv",
                           "/.git/config",
                           "/.git/",
                           "/style.css%00.html",
                           "/%zz",
                           "//etc/passwd",
                           "style.css",
                           "/link",
                           "/relative",
                           "/page",
                           "/page.html",
                           "/folder",
                           "/folder/",
                           "/folder/index.html",
                           "/magic/etc/passwd",
                           "/loop",
                           "/loop/"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(at(path), "-");
    EXPECT_FALSE(files_->at_hand(path));
  }
}

TEST_F(SiteFilesTest, ShowsOnlyRegularFilesThatMayBeRead) {
  ASSERT_EQ(::mkfifo((path_ / "root" / "pipe.html").c_str(), 0644), 0);
  EXPECT_EQ(at("/pipe"), "-") << "and nobody waits for who writes into it";
  EXPECT_EQ(at("/pipe.html"), "-");
  if (::geteuid() == 0) {
    if (::mknod((path_ / "root" / "zero").c_str(), S_IFCHR | 0644, makedev(1, 5)) == 0) {
      EXPECT_EQ(at("/zero"), "-");
    }
    GTEST_SKIP() << "root may read everything";
  }
  std::filesystem::permissions(path_ / "root" / "about.html", std::filesystem::perms::none);
  EXPECT_EQ(at("/about"), "-");
}

TEST_F(SiteFilesTest, TellsVersionsApartByTheirBytes) {
  const SiteFile before = place("/style.css").plain;
  EXPECT_EQ(before.last_modified, "Tue, 14 Nov 2023 22:13:20 GMT");
  write("root/style.css", "CSS");
  make_old("style.css");
  const SiteFile other = place("/style.css").plain;
  EXPECT_EQ(*other.kept, "CSS") << "of the same length and date";
  EXPECT_NE(other.etag, before.etag);
  EXPECT_EQ(*before.kept, "css") << "whoever is being sent the old one gets it whole";
  write("root/style.css", "css");
  const SiteFile again = place("/style.css").plain;
  EXPECT_EQ(again.etag, before.etag) << "a deployment that changed nothing";
  EXPECT_NE(again.modified, before.modified);
}

TEST_F(SiteFilesTest, DoesNotBelieveADateThatAnotherVersionCouldHave) {
  write("root/new.css", "new");
  EXPECT_FALSE(place("/new.css").plain.date_is_exact);
  settle();
  EXPECT_TRUE(place("/new.css").plain.date_is_exact);
}

TEST_F(SiteFilesTest, SaysThatAFileFromTheFutureIsOfNow) {
  set_time("style.css", 4'000'000'000);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  EXPECT_LE(place("/style.css").plain.modified, now + 1s);
}

TEST_F(SiteFilesTest, SeesWithinASecondThatAFileHasChangedOrGone) {
  settle();
  open({.fresh_time = 1'000ms});
  ASSERT_EQ(at("/about"), "about");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(at("/style.css"), "css");
  write("root/about.html", "news");
  std::filesystem::remove(path_ / "root" / "style.css");
  const auto soon = std::chrono::steady_clock::now();
  if (soon - begin < 500ms) {
    EXPECT_EQ(at("/about"), "about") << "not looked at yet: that is what makes it cheap";
  }
  std::this_thread::sleep_until(soon + 1'000ms);
  EXPECT_FALSE(files_->at_hand("/about")) << "it has to be read";
  EXPECT_EQ(at("/about"), "news");
  EXPECT_FALSE(files_->at_hand("/style.css"));
  EXPECT_EQ(at("/style.css"), "-");
}

TEST_F(SiteFilesTest, SeesWhatComesBeforeWhatItFound) {
  EXPECT_EQ(at("/about"), "about");
  write("root/about", "exact");
  EXPECT_EQ(at("/about"), "exact");
  EXPECT_EQ(at("/blog"), "/");
  write("root/blog.html", "page");
  EXPECT_EQ(at("/blog"), "page");
  std::filesystem::remove(path_ / "root" / "blog.html");
  std::filesystem::remove(path_ / "root" / "blog" / "index.html");
  EXPECT_EQ(at("/blog"), "-");
}

TEST_F(SiteFilesTest, HasAtHandWhatItHasReadAndTheKernelSaysIsUnchanged) {
  EXPECT_FALSE(files_->at_hand("/")) << "not read yet";
  settle();
  ASSERT_EQ(at("/"), "home");
  ASSERT_EQ(at("/blog"), "/");
  EXPECT_TRUE(files_->at_hand("/"));
  EXPECT_TRUE(files_->at_hand("/blog"));
  EXPECT_TRUE(files_->at_hand("/%62log")) << "however it is written";
  EXPECT_FALSE(files_->at_hand("/nothing"));
  write("root/index.html.br", "br");
  EXPECT_FALSE(files_->at_hand("/")) << "there is a smaller form now";
}

TEST_F(SiteFilesTest, ReadsAYoungFileAgainBecauseALaterWriteMayNotShow) {
  write("root/young.css", "one");
  ASSERT_EQ(at("/young.css"), "one");
  EXPECT_FALSE(files_->at_hand("/young.css"));
  settle();
  ASSERT_EQ(at("/young.css"), "one");
  EXPECT_TRUE(files_->at_hand("/young.css"));
}

TEST_F(SiteFilesTest, FindsSmallerFormsBesideAFile) {
  write("root/app.js", "a long script");
  write("root/app.js.br", "brotli");
  write("root/app.js.gz", "gzipped");
  const SitePlace found = place("/app.js");
  ASSERT_TRUE(found.brotli && found.gzip);
  EXPECT_EQ(text_of(*found.brotli), "brotli");
  EXPECT_EQ(text_of(*found.gzip), "gzipped");
  EXPECT_EQ(found.brotli->type, "js");
  EXPECT_NE(found.brotli->etag, found.plain.etag);
  EXPECT_NE(found.brotli->etag, found.gzip->etag);
  EXPECT_EQ(at("/app.js.gz"), "gzipped") << "asked for by its own name it is a file";
  EXPECT_EQ(place("/app.js.gz").plain.type, "gz");
  std::filesystem::remove(path_ / "root" / "app.js.br");
  EXPECT_FALSE(place("/app.js").brotli);
  std::filesystem::remove(path_ / "root" / "app.js");
  EXPECT_EQ(at("/app.js"), "-") << "a form of nothing is nothing";
}

TEST_F(SiteFilesTest, LeavesOutAFormThatIsOldEmptyOrNoSmaller) {
  struct Row {
    const char* because;
    const char* form;
    std::int64_t seconds;
    long nanoseconds;
    bool is_used;
  };
  for (const auto& row :
       {Row{"newer", "br", 1'700'000'001, 0, true}, Row{"of the same time", "br", 1'700'000'000, 123'456'789, true},
        Row{"its time cut to microseconds", "br", 1'700'000'000, 123'456'000, true},
        Row{"its time cut to milliseconds", "br", 1'700'000'000, 123'000'000, true},
        Row{"its time cut to seconds", "br", 1'700'000'000, 0, true}, Row{"older", "br", 1'699'999'999, 0, false},
        Row{"a little older", "br", 1'700'000'000, 123'456'788, false},
        Row{"older by a microsecond", "br", 1'700'000'000, 123'455'000, false},
        Row{"empty", "", 1'700'000'001, 0, false}, Row{"as long", "0123456789", 1'700'000'001, 0, false}}) {
    SCOPED_TRACE(row.because);
    write("root/a.css", "0123456789");
    set_time("a.css", 1'700'000'000, 123'456'789);
    write("root/a.css.br", row.form);
    set_time("a.css.br", row.seconds, row.nanoseconds);
    EXPECT_EQ(place("/a.css").brotli.has_value(), row.is_used);
  }
}

TEST_F(SiteFilesTest, KeepsSmallFilesInMemoryAndOpensLargerOnes) {
  open({.kept_file_bytes_max = 1'000, .fresh_time = 1'000ms});
  write("root/small", std::string(1'000, 's'));
  write("root/large", std::string(1'001, 'l'));
  write("root/large.br", std::string(10, 'b'));
  EXPECT_NE(place("/small").plain.kept, nullptr);
  const SitePlace large = place("/large");
  ASSERT_EQ(large.plain.kept, nullptr);
  ASSERT_TRUE(large.brotli);
  EXPECT_EQ(text_of(large.plain), std::string(1'001, 'l'));
  EXPECT_EQ(text_of(*large.brotli), std::string(10, 'b'));
  EXPECT_FALSE(files_->at_hand("/large"));
  EXPECT_LT(files_->kept_bytes(), 5'000U);
  const std::string etag = large.plain.etag;
  EXPECT_EQ(place("/large").plain.etag, etag);
  write("root/new", std::string(1'001, 'n'));
  std::filesystem::rename(path_ / "root" / "new", path_ / "root" / "large");
  EXPECT_NE(place("/large").plain.etag, etag) << "replaced by one of the same length";
  EXPECT_EQ(text_of(large.plain), std::string(1'001, 'l')) << "who is being sent the old one gets the old one";
}

TEST_F(SiteFilesTest, DoesNotMixTwoVersionsOfALargeFile) {
  open({.kept_file_bytes_max = 10});
  write("root/large", std::string(1'000, 'a'));
  const SitePlace large = place("/large");
  ASSERT_TRUE(large.plain.open->read(0, 500));
  write("root/large", std::string(400, 'b'));
  const auto rest = large.plain.open->read(500, 500);
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().code, ErrorCode::failed);
}

TEST_F(SiteFilesTest, KeepsNoMoreThanItMay) {
  open({.cache_bytes_max = 100'000});
  for (int i = 0; i < 100; ++i) {
    write("root/" + std::to_string(i), std::string(9'000, 'x'));
    ASSERT_EQ(at("/" + std::to_string(i)).size(), 9'000U);
  }
  EXPECT_LE(files_->kept_bytes(), 100'000U);
  EXPECT_GT(files_->kept_bytes(), 50'000U);
}

TEST_F(SiteFilesTest, FollowsALinkThatIsPutOntoANewRelease) {
  write("releases/2/index.html", "second");
  std::filesystem::rename(path_ / "root", path_ / "releases" / "1");
  std::filesystem::create_symlink("releases/1", path_ / "root");
  open();
  ASSERT_EQ(at("/"), "home");
  std::filesystem::create_symlink("releases/2", path_ / "next");
  std::filesystem::rename(path_ / "next", path_ / "root");
  EXPECT_EQ(at("/"), "second");
  EXPECT_EQ(at("/about"), "-");
}

TEST_F(SiteFilesTest, IsAskedByManyThreadsWhileFilesChange) {
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        static_cast<void>(files_->at_hand("/about"));
        const auto found = files_->find("/about");
        const std::string text = !found ? found.error().what : *found ? *(**found).plain.kept : "nothing";
        // Never a mixture: a file is replaced whole here, as those who deploy do it.
        if (text != std::string(5'000, 'a') && text != std::string(5'000, 'b') && text != "about") ++wrong;
      }
    });
  }
  for (int i = 0; i < 300; ++i) {
    write("root/next", std::string(5'000, i % 2 == 0 ? 'a' : 'b'));
    std::filesystem::rename(path_ / "root" / "next", path_ / "root" / "about.html");
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(at("/about"), std::string(5'000, 'b'));
}

TEST_F(SiteFilesTest, SaysWhenThereIsNoSuchFolder) {
  for (const char* name : {"missing", "root/style.css"}) {
    const auto opened = LocalSiteFiles::open(path_ / name, [](std::string_view) { return std::string_view(); });
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::failed);
  }
}

}  // namespace
}  // namespace footfall
