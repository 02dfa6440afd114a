#include "domain/page.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

// The rule which requests are recorded has its cases in tests/vectors/recorded.json, which JavaScript runs too.

TEST(SplitUrl, TakesAUrlApartAndDecodesNothing) {
  struct Row {
    const char* because;
    const char* url;
    const char* host;
    const char* path;
    const char* query;
    const char* fragment;
  };
  for (const auto& row : {
           Row{"all of it", "https://example.com/a/b?c=d#e", "example.com", "/a/b", "c=d", "e"},
           Row{"no path means the root", "http://example.com", "example.com", "/", "", ""},
           Row{"no path but a query", "http://example.com?q", "example.com", "/", "q", ""},
           Row{"no path but a fragment", "http://example.com#f", "example.com", "/", "", "f"},
           Row{"port and user are no part of the host", "https://me:secret@example.com:8443/a", "example.com", "/a", "",
               ""},
           Row{"schemes know no case, hosts keep it", "HTTPS://Example.COM/A", "Example.COM", "/A", "", ""},
           Row{"IPv6 stands in brackets", "http://[2001:db8::1]:80/", "[2001:db8::1]", "/", "", ""},
           Row{"without scheme", "//example.com/a", "example.com", "/a", "", ""},
           Row{"a path", "/a?b#c", "", "/a", "b", "c"},
           Row{"percent encoding stays", "/caf%C3%A9%20bar?q=%26", "", "/caf%C3%A9%20bar", "q=%26", ""},
           Row{"a question mark behind the fragment is part of it", "/a#b?c", "", "/a", "", "b?c"},
           Row{"only the first question mark cuts", "/a?b?c", "", "/a", "b?c", ""},
           Row{"a URL inside a path is a path", "/go/https://other.example/", "", "/go/https://other.example/", "", ""},
           Row{"a URL inside a query is a query", "/go?to=https://other.example/", "", "/go",
               "to=https://other.example/", ""},
       }) {
    SCOPED_TRACE(row.because);
    const auto parts = split_url(row.url);
    ASSERT_TRUE(parts) << parts.error().what;
    EXPECT_EQ(parts->host, row.host);
    EXPECT_EQ(parts->path, row.path);
    EXPECT_EQ(parts->query, row.query);
    EXPECT_EQ(parts->fragment, row.fragment);
  }
}

TEST(SplitUrl, RefusesWhatIsNeitherHttpNorAPath) {
  for (const char* url : {"", "about", "?q", "#f", "data:text/html,hi", "javascript:alert(1)", "ftp://example.com/",
                          "file:///etc/passwd", "https://", "https:///a", "//", "http://:80/", "http://[::1/",
                          "mailto:a@b.c", "chrome-extension://abc/page.html", "*"}) {
    SCOPED_TRACE(url);
    const auto parts = split_url(url);
    ASSERT_FALSE(parts);
    EXPECT_EQ(parts.error().code, ErrorCode::invalid);
    EXPECT_EQ(parts.error().field, "url");
  }
}

TEST(SplitTarget, TakesWhatBeginsWithASlashForAPath) {
  EXPECT_EQ(split_target("/a?b")->path, "/a");
  EXPECT_EQ(split_target("/a?b")->query, "b");
  EXPECT_EQ(split_target("//about.html")->path, "//about.html") << "as a URL this would be a host";
  EXPECT_EQ(split_target("//about.html")->host, "");
  EXPECT_EQ(split_target("http://example.com/a")->host, "example.com") << "proxies are asked like this";
  EXPECT_EQ(split_target("http://example.com/a")->path, "/a");
  EXPECT_FALSE(split_target("*"));
  EXPECT_FALSE(split_target("example.com:443")) << "CONNECT asks for no page";
}

TEST(Site, IsAHostNameInLowerCase) {
  struct Row {
    const char* because;
    std::string given;
    std::string site;
  };
  for (const auto& row : {
           Row{"a name", "example.com", "example.com"},
           Row{"case does not tell hosts apart", "Example.COM", "example.com"},
           Row{"a port is no part of it", "example.com:8080", "example.com"},
           Row{"nor is the root's dot", "example.com.", "example.com"},
           Row{"nor both", "example.com.:80", "example.com"},
           Row{"nor space around it", " example.com\t", "example.com"},
           Row{"one label will do", "localhost", "localhost"},
           Row{"an address is a site", "203.0.113.9", "203.0.113.9"},
           Row{"IPv6 as in a URL", "[2001:DB8::1]", "[2001:db8::1]"},
           Row{"IPv6 with a port", "[2001:db8::1]:8080", "[2001:db8::1]"},
           Row{"IPv6 without brackets", "2001:db8::1", "[2001:db8::1]"},
           Row{"as long as names may be", std::string(site_bytes_max, 'a'), std::string(site_bytes_max, 'a')},
       }) {
    SCOPED_TRACE(row.because);
    const auto site = parse_site(row.given);
    ASSERT_TRUE(site) << site.error().what;
    EXPECT_EQ(*site, row.site);
    EXPECT_EQ(*parse_site(*site), *site) << "a site's name is its own name";
  }
}

TEST(Site, IsNothingElse) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(":80"), std::string(".example.com"), std::string("a..b"),
        std::string("exa mple.com"), std::string("https://example.com"), std::string("example.com:"),
        std::string("example.com/"), std::string("ex\xC3\xA4mple.com"), std::string("a\nb"), std::string("["),
        std::string("[]"), std::string("[::1"), std::string("[::1]x"), std::string("[example.com]"),
        std::string("a:b:c"), std::string("::"), std::string(site_bytes_max + 1, 'a')}) {
    SCOPED_TRACE(text);
    const auto site = parse_site(text);
    ASSERT_FALSE(site);
    EXPECT_EQ(site.error().code, ErrorCode::invalid);
    EXPECT_EQ(site.error().field, "site");
  }
}

TEST(Marker, IsTakenOutOfTheQueryAndNothingElseIs) {
  struct Row {
    const char* query;
    const char* kept;
  };
  for (const auto& row : {Row{"ff=1", ""}, Row{"ff=1&a=b", "a=b"}, Row{"a=b&ff=1", "a=b"},
                          Row{"a=b&ff=1&c=d", "a=b&c=d"}, Row{"ff=10", "ff=10"}, Row{"aff=1", "aff=1"}, Row{"ff", "ff"},
                          Row{"", ""}, Row{"ff=1&ff=1", ""}, Row{"q=ff=1", "q=ff=1"}}) {
    SCOPED_TRACE(row.query);
    EXPECT_EQ(without_marker(row.query), row.kept);
  }
}

}  // namespace
}  // namespace footfall
