// The site's own files, and what Footfall brings along: script, charts, description.
#include "app/api/site_pages.h"

#include "app/api/api_world.h"

namespace footfall {
namespace {

class SitePages : public ApiWorld {};

TEST_F(SitePages, GiveAFileWithItsType) {
  const Answer answer = get("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<h1>hello</h1>");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("etag"), "\"1\"");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
}

TEST_F(SitePages, SaveTheReaderWhatItHas) {
  for (const char* has : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"}) {
    const Answer answer = get("/", {{"If-None-Match", has}});
    EXPECT_EQ(answer.status, 304) << has;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), "\"1\"");
  }
  EXPECT_EQ(get("/", {{"If-None-Match", "\"0\""}}).status, 200);
}

TEST_F(SitePages, SayThatThereIsNoSuchPageInTheSitesOwnWords) {
  EXPECT_EQ(get("/nowhere").status, 404);
  EXPECT_EQ(get("/nowhere").body, "Not found\n");
  site_files.has_404 = true;
  const Answer answer = get("/nowhere", {{"If-None-Match", "\"404\""}});
  EXPECT_EQ(answer.status, 404) << "never 304: the page is not there";
  EXPECT_EQ(answer.body, "gone");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
}

TEST_F(SitePages, CanOnlyBeRead) {
  EXPECT_EQ(send(Method::head, "/").status, 200);
  for (const Method method : {Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    const Answer answer = send(method, "/");
    EXPECT_EQ(answer.status, 405) << name_of(method);
    EXPECT_EQ(answer.header("allow"), "GET, HEAD");
  }
}

TEST_F(SitePages, BringTheScriptToSitesElsewhere) {
  const Answer answer = get("/js/footfall.js");
  EXPECT_EQ(answer.body, "script");
  EXPECT_EQ(answer.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.header("cross-origin-resource-policy"), "cross-origin");
  EXPECT_EQ(get("/js/footfall.js", {{"If-None-Match", answer.header("etag")}}).status, 304);
}

TEST_F(SitePages, BringTheChartsWithAStrictPolicy) {
  const Answer page = get("/dashboard");
  EXPECT_EQ(page.body, "charts");
  EXPECT_NE(page.header("content-security-policy").find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
  EXPECT_EQ(page.header("x-frame-options"), "DENY");
  EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.header("cache-control"), "public, max-age=0, must-revalidate");
  const Answer script = get("/dashboard/assets/index-abc.js");
  EXPECT_EQ(script.body, "chart script");
  EXPECT_NE(script.header("cache-control").find("immutable"), std::string::npos) << "its name says what is in it";
  EXPECT_EQ(get("/dashboard/assets/../../etc/passwd").status, 404);
  EXPECT_EQ(get("/dashboard/").status, 308);
  EXPECT_EQ(get("/dashboard/").header("location"), "../dashboard") << "relative, so that a prefix may stand before it";
}

TEST_F(SitePages, BringTheDescriptionOfTheApi) {
  EXPECT_EQ(get("/api/openapi.json").header("content-type"), "application/json");
}

TEST(MediaType, GoesByTheEnding) {
  EXPECT_EQ(media_type("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("INDEX.HTM"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("a.b/photo.JPG"), "image/jpeg");
  EXPECT_EQ(media_type("font.woff2"), "font/woff2");
  EXPECT_EQ(media_type("data"), "application/octet-stream");
  EXPECT_EQ(media_type("html"), "application/octet-stream") << "a name is no ending";
  EXPECT_EQ(media_type("archive.unknown"), "application/octet-stream");
}

}  // namespace
}  // namespace footfall
