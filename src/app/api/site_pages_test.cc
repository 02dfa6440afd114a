// The site's own files, as a client asks for them.
#include "app/api/site_pages.h"

#include <map>

#include "app/api/api_world.h"
#include "app/api/media_type.h"
#include "base/time.h"

namespace footfall {
namespace {

// A site in memory; "large" files come in pieces.
class FakeSite final : public SiteFiles {
 public:
  Result<std::shared_ptr<const SitePlace>> find(std::string_view path) override {
    if (path == "/broken") return Error{ErrorCode::failed, "the disk is gone"};
    const auto found = places.find(std::string(path));
    if (found == places.end()) return std::shared_ptr<const SitePlace>();
    return std::make_shared<const SitePlace>(found->second);
  }
  bool at_hand(std::string_view path) override { return places.contains(std::string(path)); }

  SitePlace& put(const std::string& path, const std::string& text) {
    SitePlace& place = places[path];
    place.plain = file(text, "\"" + text.substr(0, 3) + "\"");
    place.plain.type = media_type(path.ends_with("/") ? "index.html" : path);
    return place;
  }
  static SiteFile file(const std::string& text, std::string etag) {
    SiteFile file;
    file.type = "text/css; charset=utf-8";
    file.etag = std::move(etag);
    file.modified = std::chrono::floor<std::chrono::seconds>(*parse_time("2026-11-21T09:03:00Z"));
    file.last_modified = to_http_date(file.modified);
    file.date_is_exact = true;
    file.bytes = text.size();
    file.kept = std::make_shared<const std::string>(text);
    return file;
  }
  std::map<std::string, SitePlace> places;
};

class SitePages : public testing::Test {
 protected:
  SitePages() {
    site.put("/", "<h1>hello</h1>");
    SitePlace& style = site.put("/style.css", "plain css");
    style.brotli = FakeSite::file("br", "\"br\"");
    style.gzip = FakeSite::file("gzip", "\"gzip\"");
    site.put("/app-D4fk29Xa.js", "script");
    site.put("/feed.json", "[]");
    site.put("/digits.txt", "0123456789");
    site.places["/blog"].folder = true;
  }

  Answer send(Method method, std::string_view target, std::vector<HeaderView> headers = {}) {
    Request request;
    request.method = method;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.headers = headers;
    Response response = site_page(site, request);
    Answer answer{response.status, std::move(response.headers), {}, response.after};
    if (auto* text = std::get_if<std::string>(&response.body)) answer.body = std::move(*text);
    if (auto* kept = std::get_if<KeptBytes>(&response.body)) answer.body = kept->part;
    return answer;
  }
  Answer get(std::string_view target, std::vector<HeaderView> headers = {}) {
    return send(Method::get, target, std::move(headers));
  }
  FakeSite site;
};

TEST_F(SitePages, GiveAFileWithAllThatIsKnownOfIt) {
  const Answer answer = get("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<h1>hello</h1>");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("etag"), "\"<h1\"");
  EXPECT_EQ(answer.header("last-modified"), "Sat, 21 Nov 2026 09:03:00 GMT");
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("vary"), "") << "there is one form of it";
}

TEST_F(SitePages, AreAskedAboutEveryTimeAndAssetsAreNot) {
  EXPECT_EQ(get("/").header("cache-control"), "public, max-age=0, must-revalidate");
  EXPECT_EQ(get("/feed.json").header("cache-control"), "public, max-age=0, must-revalidate");
  EXPECT_EQ(get("/style.css").header("cache-control"), "public, max-age=60, must-revalidate");
  EXPECT_EQ(get("/app-D4fk29Xa.js").header("cache-control"), "public, max-age=31536000, immutable");
}

TEST_F(SitePages, SaveTheReaderWhatItHas) {
  for (const HeaderView& has : {HeaderView{"If-None-Match", "W/\"pla\", \"x\""},
                                {"If-None-Match", "*"},
                                {"If-Modified-Since", "Sat, 21 Nov 2026 09:03:00 GMT"}}) {
    const Answer answer = get("/style.css", {has});
    EXPECT_EQ(answer.status, 304) << has.value;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), "\"pla\"");
    EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.header("cache-control"), "public, max-age=60, must-revalidate");
    EXPECT_EQ(answer.header("content-type"), "");
    EXPECT_EQ(send(Method::head, "/style.css", {has}).status, 304);
  }
  EXPECT_EQ(get("/style.css", {{"If-None-Match", "\"0\""}}).status, 200);
  EXPECT_EQ(get("/style.css", {{"If-Match", "\"0\""}}).status, 412);
  EXPECT_EQ(get("/style.css", {{"If-Match", "\"0\""}}).body.find("plain css"), std::string::npos);
}

TEST_F(SitePages, ComeInTheFormTheReaderWants) {
  const Answer brotli = get("/style.css", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(brotli.body, "br");
  EXPECT_EQ(brotli.header("content-encoding"), "br");
  EXPECT_EQ(brotli.header("content-type"), "text/css; charset=utf-8");
  EXPECT_EQ(brotli.header("etag"), "\"br\"");
  EXPECT_EQ(brotli.header("vary"), "Accept-Encoding");
  const Answer gzip = get("/style.css", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(gzip.body, "gzip");
  EXPECT_EQ(gzip.header("content-encoding"), "gzip");
  const Answer plain = get("/style.css");
  EXPECT_EQ(plain.body, "plain css");
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding") << "a cache must not give it to others";
  EXPECT_EQ(get("/style.css", {{"Accept-Encoding", "br"}, {"If-None-Match", "\"pla\""}}).status, 200)
      << "the reader has another form";
  EXPECT_EQ(get("/style.css", {{"Accept-Encoding", "br"}, {"If-None-Match", "\"br\""}}).status, 304);
}

TEST_F(SitePages, GiveAPart) {
  const Answer part = get("/digits.txt", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.header("content-range"), "bytes 2-4/10");
  EXPECT_EQ(part.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(part.header("etag"), "\"012\"");
  EXPECT_EQ(part.header("last-modified"), "Sat, 21 Nov 2026 09:03:00 GMT");
  const Answer encoded = get("/style.css", {{"Range", "bytes=1-1"}, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(encoded.body, "z") << "of the form that is sent";
  EXPECT_EQ(encoded.header("content-range"), "bytes 1-1/4");
  EXPECT_EQ(encoded.header("content-encoding"), "gzip");
}

TEST_F(SitePages, GiveSeveralParts) {
  site.put("/digits.txt", "0123456789" + std::string(1'000, '-') + "end");
  const Answer parts = get("/digits.txt", {{"Range", "bytes=2-4, -3"}});
  EXPECT_EQ(parts.status, 206);
  const std::string type = parts.header("content-type");
  ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary=")) << type;
  const std::string boundary = type.substr(type.find('=') + 1);
  EXPECT_EQ(parts.body,
            "--" + boundary +
                "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes 2-4/1013\r\n\r\n234\r\n--" +
                boundary +
                "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes 1010-1012/1013\r\n\r\nend"
                "\r\n--" +
                boundary + "--\r\n");
  EXPECT_EQ(parts.header("content-range"), "") << "each part has its own";
}

TEST_F(SitePages, GiveTheWholeWhereAPartIsOfNoUse) {
  EXPECT_EQ(get("/digits.txt", {{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}).status, 200);
  EXPECT_EQ(get("/digits.txt", {{"Range", "bytes=2-4"}, {"If-Range", "\"012\""}}).status, 206);
  EXPECT_EQ(get("/digits.txt", {{"Range", "bytes=2-4"}, {"If-Range", "Sat, 21 Nov 2026 09:03:00 GMT"}}).status, 206);
  EXPECT_EQ(get("/digits.txt", {{"Range", "lines=2-4"}}).body, "0123456789");
  EXPECT_EQ(get("/digits.txt", {{"Range", "bytes=2-4"}, {"If-None-Match", "\"012\""}}).status, 304);
  const Answer head = send(Method::head, "/digits.txt", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body.size(), 10U) << "HEAD has no ranges";
  std::string flood = "bytes=0-0";
  for (int i = 0; i < 2'000; ++i) flood += ",0-";
  EXPECT_EQ(get("/digits.txt", {{"Range", flood}}).status, 200);
}

TEST_F(SitePages, SayThatTheFileIsShorter) {
  const Answer answer = get("/digits.txt", {{"Range", "bytes=10-"}});
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.header("content-range"), "bytes */10");
}

TEST_F(SitePages, LeadIntoAFolderAndKeepTheQuery) {
  const Answer answer = get("/blog?page=2&ff=1");
  EXPECT_EQ(answer.status, 308);
  EXPECT_EQ(answer.header("location"), "/blog/?page=2&ff=1");
  EXPECT_EQ(get("/blog").header("location"), "/blog/");
  EXPECT_EQ(send(Method::head, "/blog").status, 308);
}

TEST_F(SitePages, SayThatThereIsNoSuchPageInTheSitesOwnWords) {
  EXPECT_EQ(get("/nowhere").status, 404);
  EXPECT_EQ(get("/nowhere").body, "Not found\n");
  site.put("/404.html", "gone, and more").gzip = FakeSite::file("zip", "\"zip\"");
  for (const HeaderView& header : {HeaderView{"If-None-Match", "\"gon\""},
                                   {"If-None-Match", "*"},
                                   {"Range", "bytes=0-1"},
                                   {"If-Match", "\"x\""}}) {
    const Answer answer = get("/nowhere", {header});
    EXPECT_EQ(answer.status, 404) << header.name << ": the page is not there, whatever the reader has";
    EXPECT_EQ(answer.body, "gone, and more");
    EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(answer.header("etag"), "");
  }
  EXPECT_EQ(get("/nowhere", {{"Accept-Encoding", "gzip"}}).body, "zip");
  EXPECT_EQ(get("/404.html").status, 200) << "asked for by its own name it is a page";
}

TEST_F(SitePages, SayThatTheDiskIsGone) {
  const Answer answer = get("/broken");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "failed");
}

TEST_F(SitePages, CanOnlyBeRead) {
  EXPECT_EQ(send(Method::head, "/").status, 200);
  for (const Method method : {Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    const Answer answer = send(method, "/");
    EXPECT_EQ(answer.status, 405) << name_of(method);
    EXPECT_EQ(answer.header("allow"), "GET, HEAD");
  }
}

TEST_F(SitePages, InMemoryAreAnsweredWithoutAWait) {
  const auto admitted = [&](Method method, std::string_view path) {
    Request request;
    request.method = method;
    request.path = path;
    return admit_site_page(site, request);
  };
  EXPECT_FALSE(admitted(Method::get, "/").may_block);
  EXPECT_FALSE(admitted(Method::head, "/").may_block);
  EXPECT_TRUE(admitted(Method::get, "/nowhere").may_block);
  EXPECT_TRUE(admitted(Method::get, "/nowhere").is_quick);
  EXPECT_FALSE(admitted(Method::post, "/nowhere").may_block);
}

}  // namespace
}  // namespace footfall
