// Counters to embed: badges in four formats, and the live number.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class BadgeRoutes : public ApiWorld {
 protected:
  void view(const char* path, int times = 1) {
    for (int i = 0; i < times; ++i) {
      EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"}").status, 202);
    }
  }
  Answer badge(const std::string& rest, Headers headers = {}) {
    const std::string target =
        "/counter/" + rest + (rest.find('?') == std::string::npos ? "?" : "&") + "site=example.com";
    return get(target, std::move(headers));
  }
  static bool shows(const Answer& answer, const std::string& number) {
    return answer.body.find(">" + number + "</text>") != std::string::npos;
  }
  std::int64_t count(const std::string& key) {
    const json::object body = get("/api/counters/" + key + "?site=example.com").json();
    const json::value* value = body.if_contains("value");
    return value == nullptr ? 0 : value->to_number<std::int64_t>();
  }
};

// --- formats ---

TEST_F(BadgeRoutes, ShowTheNumberAsSvg) {
  view("/about", 3);
  const Answer answer = badge("%2Fabout.svg");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "image/svg+xml; charset=utf-8");
  EXPECT_TRUE(shows(answer, "visits"));
  EXPECT_TRUE(shows(answer, "3"));
  EXPECT_EQ(answer.after, 2U) << "a number that was shown can never go back";
}

TEST_F(BadgeRoutes, ShowTheSameAsPng) {
  view("/about", 3);
  const Answer answer = badge("%2Fabout.png?label=seen&scale=2&theme=dark");
  EXPECT_EQ(answer.header("content-type"), "image/png");
  EXPECT_EQ(answer.body, "png of \"seen: 3\" x2 dark");
  EXPECT_EQ(answer.after, 2U);
}

TEST_F(BadgeRoutes, ShowTheSameAsAPageForAFrame) {
  view("/about", 3);
  const Answer answer = badge("%2Fabout.html");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(answer.body.starts_with("<!doctype html>"));
  EXPECT_TRUE(shows(answer, "3"));
}

TEST_F(BadgeRoutes, SayTheNumberAsJson) {
  view("/about", 3);
  EXPECT_EQ(badge("%2Fabout.json").body, R"({"site":"example.com","key":"/about","value":3})");
}

TEST_F(BadgeRoutes, SayItAsShieldsReadsIt) {
  view("/about", 3);
  EXPECT_EQ(badge("%2Fabout.json?format=shields").body,
            R"({"schemaVersion":1,"label":"visits","message":"3","color":"#0d6b63"})");
  EXPECT_EQ(badge("%2Fabout.json?format=shields&label=Seen&color=blue&label_color=333&digits=5").body,
            R"({"schemaVersion":1,"label":"Seen","message":"00003","color":"#1f5fb4","labelColor":"#333333"})");
  EXPECT_EQ(badge("unknown.json?format=shields").status, 200);
  EXPECT_EQ(badge("%2Fabout.json?format=xml").field(), "format");
}

TEST_F(BadgeRoutes, ShowTheTotalOfTheSiteAndAnyNamedCounter) {
  view("/a", 2);
  EXPECT_TRUE(shows(badge("TOTAL.svg"), "2"));
  EXPECT_EQ(post("/api/counters/likes/increment?site=example.com", "").status, 200);
  EXPECT_TRUE(shows(badge("likes.svg"), "1"));
}

TEST_F(BadgeRoutes, TakeAKeyThatLooksLikeAFile) {
  view("/index.html", 4);
  EXPECT_TRUE(shows(badge("%2Findex.html.svg"), "4"));
  EXPECT_TRUE(shows(badge("/index.html.svg"), "4"));
  EXPECT_EQ(badge("%2Findex.html.json").text("key"), "/index.html");
}

// --- looks ---

TEST_F(BadgeRoutes, LookAsTheQuerySays) {
  view("/a", 1);
  const Answer answer = badge("%2Fa.svg?style=for-the-badge&label=My%20readers&color=b03a2e&label_color=%23123456");
  EXPECT_TRUE(shows(answer, "MY READERS"));
  EXPECT_NE(answer.body.find("#b03a2e"), std::string::npos);
  EXPECT_NE(answer.body.find("#123456"), std::string::npos);
  EXPECT_TRUE(shows(badge("%2Fa.svg?digits=6"), "000001"));
  EXPECT_FALSE(shows(badge("%2Fa.svg?label="), "visits")) << "an empty label is no label";
}

TEST_F(BadgeRoutes, NameTheParameterThatIsWrong) {
  struct Row {
    const char* query;
    const char* field;
  };
  for (const auto& row : {Row{"style=fancy", "style"}, Row{"theme=dim", "theme"}, Row{"color=ggg", "color"},
                          Row{"label_color=url(x)", "label_color"}, Row{"text_color=1", "text_color"},
                          Row{"digits=0", "digits"}, Row{"digits=17", "digits"}, Row{"scale=5", "scale"},
                          Row{"label=%ff", "label"}, Row{"count=maybe", "count"}, Row{"unique=2", "unique"}}) {
    const Answer answer = badge("%2Fa.svg?" + std::string(row.query));
    EXPECT_EQ(answer.status, 400) << row.query;
    EXPECT_EQ(answer.field(), row.field);
  }
  EXPECT_EQ(badge("%2Fa.svg?label=" + std::string(1'025, 'x')).field(), "label");
}

TEST_F(BadgeRoutes, CannotBeBrokenIntoByALabelOrAKey) {
  const Answer answer = badge("%3Cscript%3E.svg?label=%3C%2Ftext%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find("<script"), std::string::npos);
  const Answer page = badge("%2Fa.html?label=%22%3E%3Cimg%20src%3Dx%3E");
  EXPECT_EQ(page.body.find("<img"), std::string::npos);
  view("/a");
  EXPECT_EQ(badge("%2Fa.html?label=%22%3E%3Cimg%20src%3Dx%3E").body.find("<img"), std::string::npos);
}

TEST_F(BadgeRoutes, RefuseAKeyThatIsNone) {
  EXPECT_EQ(badge("%ff.svg").field(), "key");
  EXPECT_EQ(badge("%zz.svg").field(), "key");
  EXPECT_EQ(badge("a%0Ab.svg").field(), "key");
  EXPECT_EQ(badge(std::string(counter_key_bytes_max + 1, 'k') + ".svg").field(), "key");
  EXPECT_EQ(badge(std::string(counter_key_bytes_max, 'k') + ".svg").status, 200);
}

TEST_F(BadgeRoutes, RefuseWhatTheyCannotShowInsteadOfShowingAnotherNumber) {
  for (const char* query : {"start=week", "end=2026-11-02"}) {
    EXPECT_EQ(badge("%2Fa.svg?" + std::string(query)).status, 501) << query;
  }
}

// --- visitors, and a time ---

TEST_F(BadgeRoutes, ShowVisitorsInPlaceOfViewsInEveryFormat) {
  view("/a", 2);
  peer = *Address::parse("203.0.113.10");
  view("/a");
  process();
  EXPECT_TRUE(shows(badge("%2Fa.svg?unique=1"), "2"));
  EXPECT_TRUE(shows(badge("%2Fa.svg?unique=1"), "visitors"));
  EXPECT_TRUE(shows(badge("%2Fa.svg?unique=1&label=people"), "people"));
  EXPECT_TRUE(shows(badge("%2Fa.html?unique=1"), "2"));
  EXPECT_EQ(badge("%2Fa.png?unique=1").body, "png of \"visitors: 2\" x1");
  EXPECT_EQ(badge("%2Fa.json?unique=1").body, R"({"site":"example.com","key":"/a","value":3,"visitors":2})");
  EXPECT_EQ(badge("%2Fa.json?unique=1&format=shields").text("label"), "visitors");
  EXPECT_EQ(badge("%2Fa.json?unique=1&format=shields").text("message"), "2");
  EXPECT_TRUE(shows(badge("TOTAL.svg?unique=1"), "2"));
  EXPECT_TRUE(shows(badge("%2Fa.svg?unique=0"), "3"));
}

TEST_F(BadgeRoutes, ShowTheNumbersOfATime) {
  view("/a");
  const std::string noon = to_rfc3339(clock.now() + Milliseconds(1));
  clock.advance(std::chrono::hours(1));
  view("/a", 2);
  EXPECT_EQ(post("/api/counters/%2Fa/increment?site=example.com", "").status, 200);
  process();
  EXPECT_TRUE(shows(badge("%2Fa.svg?from=" + noon), "3")) << "increments are among them";
  EXPECT_TRUE(shows(badge("%2Fa.svg?to=" + noon), "1"));
  EXPECT_TRUE(shows(badge("%2Fa.svg?unique=1&from=" + noon), "1"));
  EXPECT_EQ(badge("%2Fa.json?from=" + noon).body, R"({"site":"example.com","key":"/a","value":3})");
  EXPECT_TRUE(shows(badge("nothing.svg?from=" + noon), "0"));
  EXPECT_EQ(badge("nothing.html?from=" + noon).status, 200) << "nothing was counted in that time: that is 0";
  EXPECT_EQ(badge("%2Fa.svg?from=yesterday").field(), "from");
  EXPECT_EQ(badge("%2Fa.svg?to=yesterday").field(), "to");
}

TEST_F(BadgeRoutes, CountTheirOwnViewAmongTheVisitors) {
  processor.start();
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1&unique=1"), "1"));
  EXPECT_TRUE(processor.stop());
}

TEST_F(BadgeRoutes, ShowNoVisitorsBeforeTheFirstComes) {
  EXPECT_TRUE(shows(badge("%2Fnew.svg?unique=1"), "0"));
  EXPECT_EQ(badge("%2Fnew.json?unique=1").status, 404);
}

TEST_F(BadgeRoutes, TakeAWorkerOnlyWhereTheyAskTheStore) {
  const auto may_block = [&](const char* path, const char* query) {
    Request request;
    request.path = path;
    request.query = query;
    return router.admit(request).may_block;
  };
  for (const char* path : {"/counter/a.svg", "/counter/a.json", "/counter/a.html"}) {
    EXPECT_FALSE(may_block(path, "site=example.com&count=1&style=flat")) << path;
    for (const char* query : {"unique=1", "from=2026-11-01", "site=example.com&to=2026-11-01"}) {
      EXPECT_TRUE(may_block(path, query)) << path << " " << query;
    }
  }
  EXPECT_TRUE(may_block("/counter/a.png", "")) << "painting takes a while";
  Site goat = *registry->site("example.com");
  goat.dialects = {"goatcounter"};
  ASSERT_TRUE(registry->put_site(goat));
  EXPECT_TRUE(may_block("/counter/a.json", "site=example.com")) << "GoatCounter tells visitors, too";
  EXPECT_TRUE(may_block("/counter/a.svg", "site=example.com&start=week"));
  EXPECT_FALSE(may_block("/counter/a.svg", "site=example.com"));
  EXPECT_FALSE(may_block("/counter/a.json", "site=example.org"));
  EXPECT_FALSE(may_block("/counter/a.json", "")) << "which is refused: there are two sites";
}

// --- what is not there ---

TEST_F(BadgeRoutes, ShowAnImageOfZeroBeforeTheFirstReaderComes) {
  for (const char* target : {"%2Fnew.svg", "%2Fnew.png"}) EXPECT_EQ(badge(target).status, 200) << target;
  EXPECT_TRUE(shows(badge("%2Fnew.svg"), "0"));
  for (const char* target : {"%2Fnew.json", "%2Fnew.html"}) {
    EXPECT_EQ(badge(target).status, 404) << target;
    EXPECT_EQ(badge(target).field(), "key");
  }
}

TEST_F(BadgeRoutes, KnowTheirSites) {
  EXPECT_EQ(get("/counter/a.svg?site=unknown.example").status, 404);
  EXPECT_EQ(get("/counter/a.svg").field(), "site");
}

TEST_F(BadgeRoutes, SayThatThePaintIsOut) {
  painter.fails = true;
  EXPECT_EQ(badge("%2Fa.png").status, 503);
}

// --- headers ---

TEST_F(BadgeRoutes, AreAskedForAgainByEveryProxyAndCarryNoCookie) {
  view("/a");
  for (const char* target : {"%2Fa.svg", "%2Fa.png", "%2Fa.html"}) {
    const Answer answer = badge(target);
    EXPECT_EQ(answer.header("cache-control"), "no-cache, max-age=0, s-maxage=0") << target;
    EXPECT_EQ(answer.header("set-cookie"), "");
    EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
    EXPECT_EQ(answer.header("cross-origin-resource-policy"), "cross-origin");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  }
}

TEST_F(BadgeRoutes, CanDoNothingWhereTheyAreShown) {
  view("/a");
  for (const char* target : {"%2Fa.svg", "%2Fa.html"}) {
    EXPECT_EQ(badge(target).header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'");
  }
}

TEST_F(BadgeRoutes, AreNotSentAgainToWhoHasThem) {
  view("/a");
  const std::string etag = badge("%2Fa.svg").header("etag");
  EXPECT_FALSE(etag.empty());
  const Answer same = badge("%2Fa.svg", {{"If-None-Match", etag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("etag"), etag);
  EXPECT_EQ(badge("%2Fa.svg?color=red", {{"If-None-Match", etag}}).status, 200);
  view("/a");
  EXPECT_EQ(badge("%2Fa.svg", {{"If-None-Match", etag}}).status, 200) << "the number has changed";
}

// --- counting ---

TEST_F(BadgeRoutes, CountNothingOnAForeignPageButShowTheNumber) {
  view("/readme");
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1", {{"Referer", "https://example.net/page"}}), "1"));
  EXPECT_EQ(count("%2Freadme"), 1);
  EXPECT_EQ(recorded_count(), 1U);
}

TEST_F(BadgeRoutes, CountAViewAsAHitOfAPixel) {
  Site site = *registry->site("example.com");
  site.hosts = {"example.net"};
  ASSERT_TRUE(registry->put_site(site));
  const Answer answer = badge("%2Freadme.svg?count=1", {{"Referer", "https://example.net/page"}});
  EXPECT_TRUE(shows(answer, "1")) << "its own view is in the number";
  EXPECT_EQ(answer.after, 0U) << "and on disk before it is shown";
  const Hit hit = last_hit();
  EXPECT_EQ(hit.path, "/readme");
  EXPECT_EQ(hit.site, "example.com");
  EXPECT_EQ(hit.source, Source::pixel);
  EXPECT_EQ(hit.kind, Kind::load);
  EXPECT_EQ(hit.referrer, "https://example.net/page");
  EXPECT_EQ(hit.ip, peer);
}

TEST_F(BadgeRoutes, CountNothingUnasked) {
  badge("%2Freadme.svg");
  badge("%2Freadme.svg?count=0");
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(BadgeRoutes, CountInEveryFormat) {
  for (const char* format : {"svg", "png", "json", "html"}) {
    clock.advance(image_repeat_window);
    EXPECT_EQ(badge("%2Freadme." + std::string(format) + "?count=1").status, 200);
  }
  EXPECT_EQ(count("%2Freadme"), 4);
}

TEST_F(BadgeRoutes, CountANameOfNoPageAsAnIncrement) {
  EXPECT_TRUE(shows(badge("my-readme.svg?count=1"), "1"));
  EXPECT_NE(std::get_if<Increment>(&recorded().back()), nullptr);
  EXPECT_TRUE(shows(badge("%2Fpage%3Fa%3D1.svg?count=1"), "1")) << "a key with a query is no page's path";
  EXPECT_EQ(badge("TOTAL.svg?count=1").field(), "count");
}

TEST_F(BadgeRoutes, CountPairsAndRetriesOfAProxyOnce) {
  user_agent = "github-camo (876de43e)";
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1"), "1"));
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1"), "1"));
  clock.advance(image_repeat_window);
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1"), "2")) << "somebody else looks, through the same proxy";
  peer = *Address::parse("140.82.115.2");
  EXPECT_TRUE(shows(badge("%2Freadme.svg?count=1"), "3"));
}

TEST_F(BadgeRoutes, CountAViewThatFindsTheImageUnchanged) {
  const std::string etag = badge("%2Freadme.svg").header("etag");
  EXPECT_EQ(badge("%2Freadme.svg?count=1", {{"If-None-Match", etag}}).status, 200);
  EXPECT_EQ(count("%2Freadme"), 1);
}

TEST_F(BadgeRoutes, CountNothingForAHead) {
  EXPECT_EQ(send(Method::head, "/counter/%2Freadme.svg?site=example.com&count=1").status, 200);
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(BadgeRoutes, ShowTheNumberWithoutCountingBeyondTheLimit) {
  router.limit_recording([](const Address&) { return false; });
  const Answer answer = badge("%2Freadme.svg?count=1");
  EXPECT_EQ(answer.status, 200) << "a picture is not broken for it";
  EXPECT_TRUE(shows(answer, "0"));
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(BadgeRoutes, CountARetryOfWhatTheDiskRefused) {
  journal.fail();
  EXPECT_EQ(badge("%2Freadme.svg?count=1").status, 503);
}

// --- live ---

TEST_F(BadgeRoutes, FollowACounterLive) {
  const Answer answer = get("/api/counters/%2Fabout/live?site=example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/event-stream");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(get("/api/counters/a/live?site=unknown.example").status, 404);
  EXPECT_EQ(get("/api/counters/%ff/live?site=example.com").field(), "key");
}

TEST_F(BadgeRoutes, RefuseMoreWatchersThanThereAreConnectionsFor) {
  std::vector<LiveBody> bodies;
  for (std::size_t i = 0; i < counter_watchers_max; ++i) bodies.push_back(*counter_feed.watch("example.com", "a"));
  const Answer answer = get("/api/counters/a/live?site=example.com");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("retry-after"), "");
}

}  // namespace
}  // namespace footfall
