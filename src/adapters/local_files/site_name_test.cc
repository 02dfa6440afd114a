#include "adapters/local_files/site_name.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

TEST(SiteName, IsThePathDecodedAndRelative) {
  struct Row {
    const char* path;
    const char* name;
  };
  for (const auto& row :
       {Row{"/", ""}, Row{"/about", "about"}, Row{"/blog/", "blog/"}, Row{"/a%20b.html", "a b.html"},
        Row{"/%C3%A9t%C3%A9", "\xC3\xA9t\xC3\xA9"}, Row{"/a%2Eb", "a.b"}, Row{"/a..b", "a..b"}, Row{"/100%25", "100%"},
        Row{"/a+b", "a+b"}, Row{"/.well-known/security.txt", ".well-known/security.txt"}}) {
    SCOPED_TRACE(row.path);
    const auto name = site_name(row.path);
    ASSERT_TRUE(name);
    EXPECT_EQ(*name, row.name);
  }
}

TEST(SiteName, IsNeverHiddenOddOrOutside) {
  struct Row {
    const char* because;
    const char* path;
  };
  for (const auto& row : {Row{"nothing", ""},
                          Row{"no slash", "about"},
                          Row{"two dots", "/../secret"},
                          Row{"two dots behind a folder", "/blog/../../secret"},
                          Row{"two dots at the end", "/blog/.."},
                          Row{"one dot", "/./about"},
                          Row{"encoded dots", "/%2e%2e/secret"},
                          Row{"dots encoded in part", "/.%2E/secret"},
                          Row{"dots encoded twice come out as odd names, not as dots", "/%2e%252e/x"},
                          Row{"an encoded slash", "/..%2fsecret"},
                          Row{"an encoded slash between good names", "/blog%2Findex.html"},
                          Row{"an encoded backslash", "/..%5csecret"},
                          Row{"an encoded backslash between good names", "/blog%5Cindex.html"},
                          Row{"a backslash", "/blog\\index.html"},
                          Row{"a dot file", "/.env"},
                          Row{"an encoded dot file", "/%2Eenv"},
                          Row{"a hidden folder", "/.git/config"},
                          Row{"a hidden folder deeper down", "/blog/.git/config"},
                          Row{"a hidden file in the open folder", "/.well-known/.env"},
                          Row{"the open folder leads nowhere else", "/.well-known/../.env"},
                          Row{"the open folder deeper down", "/blog/.well-known/x"},
                          Row{"the open folder without its slash", "/.well-known"},
                          Row{"a name that begins like the open folder", "/.well-known-not/x"},
                          Row{"a zero byte", "/style.css%00.html"},
                          Row{"a line end", "/a%0d%0ab"},
                          Row{"a delete", "/a%7f"},
                          Row{"a broken escape", "/%zz"},
                          Row{"half an escape", "/a%2"},
                          Row{"an absolute path", "//etc/passwd"},
                          Row{"two slashes at the end", "/blog//"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(site_name(row.path), std::nullopt);
  }
}

TEST(SiteName, IsNoLongerThanTheLimit) {
  EXPECT_TRUE(site_name("/" + std::string(site_name_bytes_max, 'a')));
  EXPECT_FALSE(site_name("/" + std::string(site_name_bytes_max + 1, 'a')));
}

}  // namespace
}  // namespace footfall
