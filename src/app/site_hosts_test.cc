#include "app/site_hosts.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// What a host leads to: a site's name, "none" or "several".
class SiteOfHost : public testing::Test {
 protected:
  void add(const std::string& name, std::vector<std::string> hosts = {}) {
    Site site;
    site.name = name;
    site.hosts = std::move(hosts);
    registered.sites.emplace(name, site);
  }
  std::string of(std::string_view host_header) {
    const std::array<HeaderView, 1> headers{{{"HOST", host_header}}};
    Request request;
    request.headers = headers;
    const auto found = site_of_host(std::make_shared<const Registered>(registered), host_named(request),
                                    [&](std::string_view name) { return name != unserved; });
    if (!found) return "several";
    return *found == nullptr ? "none" : (*found)->name;
  }

  Registered registered;
  std::string unserved;
};

TEST_F(SiteOfHost, IsTheSiteOfThatNameInAnyCaseOnAnyPort) {
  add("example.com");
  add("example.org");
  for (const char* host : {"example.org", "EXAMPLE.org", "example.org:8080", "example.org."}) {
    EXPECT_EQ(of(host), "example.org") << host;
  }
}

TEST_F(SiteOfHost, IsWithOrWithoutWww) {
  add("example.com");
  add("www.example.org");
  EXPECT_EQ(of("www.example.com"), "example.com");
  EXPECT_EQ(of("example.org"), "www.example.org");
  EXPECT_EQ(of("www.www.example.com"), "several");
  add("www.example.com");
  EXPECT_EQ(of("www.example.com"), "www.example.com") << "its own name comes first";
}

TEST_F(SiteOfHost, IsTheSiteThatListsTheHost) {
  add("example.com");
  add("example.org", {"blog.example.net"});
  EXPECT_EQ(of("blog.example.net:443"), "example.org");
  EXPECT_EQ(of("www.blog.example.net"), "several");
}

TEST_F(SiteOfHost, IsTheOnlySiteWhereThereIsOnlyOne) {
  EXPECT_EQ(of("example.com"), "none");
  add("example.com");
  for (const char* host : {"127.0.0.1:8080", "[::1]:8080", "other.example", "", "no host name"}) {
    EXPECT_EQ(of(host), "example.com") << host;
  }
  add("example.org");
  for (const char* host : {"127.0.0.1:8080", "other.example", ""}) EXPECT_EQ(of(host), "several") << host;
  unserved = "example.org";
  EXPECT_EQ(of("example.org"), "example.com") << "its pages are elsewhere";
}

}  // namespace
}  // namespace footfall
