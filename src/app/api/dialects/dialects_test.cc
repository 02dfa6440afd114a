// The dialects of other counters: there only where a site speaks them, and as their own servers answer.
#include "app/api/dialects/dialect.h"
#include "app/api/dialects/dialects_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// --- being there ---

TEST_F(Dialects, LeaveTheSiteItsPathsWhereNoneIsSpoken) {
  for (const char* path : {"/hit/example.com/key", "/get/a/key", "/create", "/count?p=/", "/@name", "/record/@name"}) {
    EXPECT_EQ(get(path).body, "Not found\n") << path;
  }
  EXPECT_EQ(get("/api").body, "Not found\n");
  EXPECT_EQ(get("/api/count/incr/badge.svg?url=x").code(), "not_found");
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(Dialects, AreThereAsSoonAsASiteSpeaksThemAndNoOther) {
  speak("countapi");
  EXPECT_EQ(get("/hit/example.com/key").body, R"({"value":1})");
  EXPECT_EQ(get("/@name").status, 404);
  EXPECT_EQ(get("/count?p=/").body, "Not found\n");
}

TEST_F(Dialects, GoWithTheLastSiteThatSpokeThem) {
  speak("countapi");
  ASSERT_TRUE(registry->remove_site("example.com"));
  EXPECT_EQ(get("/hit/example.com/key").body, "Not found\n");
}

TEST_F(Dialects, TakeAWrongTokenForAnErrorAsAllRoutesDo) {
  for (const std::string_view dialect : dialects) speak(dialect);
  as("nonsense");
  std::size_t count = 0;
  for (const Route& route : router.routes()) {
    if (!route.is_there) continue;
    ++count;
    std::string target(route.pattern);
    if (const std::size_t key = target.find("{key}"); key != std::string::npos) target.replace(key, 5, "x");
    const int status = send(route.method, target).status;
    EXPECT_EQ(status == 401, !route.ignores_authorization) << name_of(route.method) << " " << route.pattern;
    EXPECT_EQ(route.ignores_authorization, route.pattern == "/api") << "Busuanzi's scripts send what is no token";
  }
  EXPECT_GT(count, 20U);
}

// --- GoatCounter ---

TEST_F(Dialects, GoatcounterSaysCountsAsTexts) {
  speak("goatcounter");
  const Answer unknown = get("/counter/%2Fnew.json?site=example.com");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, R"({"count":"0","count_unique":"0"})");
  EXPECT_EQ(unknown.header("access-control-allow-origin"), "*");
  for (int i = 0; i < 1'234; ++i)
    ASSERT_TRUE(collector->increment([&] {
      Increment increment;
      increment.time = clock.now();
      increment.site = "example.com";
      increment.key = "/about";
      return increment;
    }()));
  view("/about");
  process();
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com").body, "{\"count\":\"1\u202F235\",\"count_unique\":\"1\"}")
      << "an increment is nobody's visit";
  EXPECT_EQ(get("/counter//about.json?site=example.com").status, 200);
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com&format=footfall").body,
            R"({"site":"example.com","key":"/about","value":1235})");
}

TEST_F(Dialects, GoatcounterTellsTheNumbersOfATime) {
  speak("goatcounter");
  for (const char* time :
       {"2026-12-30T12:00:00Z", "2027-04-01T12:00:00Z", "2028-03-01T12:00:00Z", "2028-03-30T12:00:00Z"}) {
    clock.set(*parse_time(time));
    view("/about");
    view("/about");
  }
  clock.set(*parse_time("2028-03-31T12:00:00Z"));
  process();
  const auto count = [&](const std::string& query) {
    return get("/counter/%2Fabout.json?site=example.com&" + query).body;
  };
  EXPECT_EQ(count(""), R"({"count":"8","count_unique":"4"})");
  EXPECT_EQ(count("start=week"), R"({"count":"2","count_unique":"1"})");
  EXPECT_EQ(count("start=month"), R"({"count":"4","count_unique":"2"})") << "from the last day of February";
  EXPECT_EQ(count("start=year"), R"({"count":"6","count_unique":"3"})");
  EXPECT_EQ(count("start=2026-12-30&end=2027-04-01"), R"({"count":"4","count_unique":"2"})") << "both days are in it";
  EXPECT_TRUE(shows(get("/counter/%2Fabout.svg?site=example.com&start=week"), "2"));
  const Answer unknown = get("/counter/%2Fnew.json?site=example.com&start=week");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, R"({"count":"0","count_unique":"0"})");
  EXPECT_EQ(get("/counter/%2Fnew.svg?site=example.com&start=week").status, 404);
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com&start=fortnight").field(), "start");
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com&end=tomorrow").field(), "end");
}

TEST_F(Dialects, GoatcounterShowsVisitorsWhereOurOwnParameterAsksForThem) {
  speak("goatcounter");
  view("/about");
  view("/about");
  process();
  const Answer panel = get("/counter/%2Fabout.svg?site=example.com&unique=1");
  EXPECT_TRUE(shows(panel, "Visitors of this page"));
  EXPECT_TRUE(shows(panel, "1"));
}

TEST_F(Dialects, GoatcounterShowsItsPanel) {
  speak("goatcounter");
  view("/about");
  const Answer panel = get("/counter/%2Fabout.svg?site=example.com&style=body%7Bdisplay%3Anone%7D");
  EXPECT_EQ(panel.status, 200);
  EXPECT_NE(panel.body.find(R"(width="200" height="80")"), std::string::npos);
  EXPECT_TRUE(shows(panel, "Views of this page"));
  EXPECT_EQ(panel.body.find("display:none"), std::string::npos) << "nobody writes CSS into it";
  const Answer bare = get("/counter/TOTAL.svg?site=example.com&no_branding=1");
  EXPECT_NE(bare.body.find(R"(width="200" height="60")"), std::string::npos);
  EXPECT_TRUE(shows(bare, "Views of this site"));
  EXPECT_EQ(get("/counter/%2Fnew.svg?site=example.com").status, 404);
  EXPECT_EQ(get("/counter/%2Fabout.html?site=example.com").header("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(get("/counter/%2Fabout.svg?site=example.com&style=flat").body.find(R"(height="20")"), std::string::npos)
      << "a style of ours is ours";
}

TEST_F(Dialects, GoatcounterIsSpokenBySomeSitesAndNotByOthers) {
  speak("goatcounter", "example.org");
  view("/about");
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com").text("key"), "/about");
}

TEST_F(Dialects, GoatcounterCountsByAnImage) {
  speak("goatcounter");
  const Answer answer =
      get("/count?p=%2Fabout&t=About%20us&r=https%3A%2F%2Fexample.net&q=%3Futm_source%3Dx&s=1920&rnd=1",
          {{"Referer", "https://example.com/about"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "image/gif");
  EXPECT_EQ(answer.body.size(), 43U);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.after, 0U);
  const Hit hit = last_hit();
  EXPECT_EQ(hit.path, "/about");
  EXPECT_EQ(hit.title, "About us");
  EXPECT_EQ(hit.referrer, "https://example.net");
  EXPECT_EQ(hit.query, "utm_source=x");
  EXPECT_EQ(hit.source, Source::pixel);
  EXPECT_EQ(post("/count?p=%2Fbeacon", "").status, 200);
  EXPECT_EQ(last_hit().path, "/beacon");
}

TEST_F(Dialects, GoatcounterCountsEvents) {
  speak("goatcounter");
  EXPECT_EQ(get("/count?p=signed-up&e=true").status, 200);
  EXPECT_EQ(last_hit().event, "signed-up");
  EXPECT_EQ(last_hit().kind, Kind::event);
}

TEST_F(Dialects, GoatcounterSaysInAHeaderWhatIsWrong) {
  speak("goatcounter");
  for (const char* query : {"", "p=", "p=%2F&b=1", "p=%2F&b=149", "p=%2F&site=unknown.example", "p=%ff", "p=%2F&e=2"}) {
    const Answer answer = get("/count?" + std::string(query));
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.body.size(), 43U) << query;
    EXPECT_NE(answer.header("x-goatcounter"), "") << query;
  }
  const Answer driven = get("/count?p=%2F&b=153");
  EXPECT_EQ(driven.status, 202);
  EXPECT_NE(driven.header("x-goatcounter"), "");
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(Dialects, GoatcounterFindsTheSiteByThePageTheScriptStandsIn) {
  speak("goatcounter");
  speak("goatcounter", "example.org", {"blog.example.net"});
  get("/count?p=%2F", {{"Referer", "https://www.example.com/"}, {"Host", "stats.example"}});
  EXPECT_EQ(last_hit().site, "example.com");
  get("/count?p=%2F", {{"Referer", "https://blog.example.net/"}, {"Host", "stats.example"}});
  EXPECT_EQ(last_hit().site, "example.org");
  get("/count?p=%2F", {{"Host", "example.org"}});
  EXPECT_EQ(last_hit().site, "example.org");
  EXPECT_EQ(get("/count?p=%2F", {{"Host", "stats.example"}}).status, 400);
}

// --- Busuanzi ---

TEST_F(Dialects, BusuanziCountsThePageAndAnswersBothNumbers) {
  speak("busuanzi");
  processor.start();
  view("/other");
  user_agent = "Chromium";
  const Answer answer = post("/api", "", {{"x-bsz-referer", "https://example.com/post?a=1#top"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"message":"ok","data":{"site_pv":2,"site_uv":2,"page_pv":1,"page_uv":1}})");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.after, 1U);
  EXPECT_EQ(last_hit().path, "/post");
  EXPECT_EQ(get("/api", {{"x-bsz-referer", "https://www.example.com/post"}}).body, answer.body);
  EXPECT_EQ(recorded_count(), 2U) << "GET only reads";
  const Answer again = post("/api", "", {{"x-bsz-referer", "https://example.com/post"}});
  EXPECT_EQ(again.body, R"({"success":true,"message":"ok","data":{"site_pv":3,"site_uv":2,"page_pv":2,"page_uv":1}})");
  EXPECT_TRUE(processor.stop());
}

TEST_F(Dialects, BusuanziCountsAlsoWhileTheStoreCannotSayVisitors) {
  speak("busuanzi");
  processor.start();
  reader.fault = Error{ErrorCode::unavailable, "the store is being opened again", ""};
  const Answer answer = post("/api", "", {{"x-bsz-referer", "https://example.com/post"}});
  EXPECT_EQ(answer.body, R"({"success":true,"message":"ok","data":{"site_pv":1,"page_pv":1}})");
  EXPECT_EQ(answer.after, 0U);
  EXPECT_EQ(recorded_count(), 1U);
  EXPECT_TRUE(processor.stop());
}

TEST_F(Dialects, BusuanziTakesItsScriptsAuthorizationForNobodysToken) {
  speak("busuanzi");
  processor.start();
  bearer = "Bearer eyJhbGciOi.an.identity";
  EXPECT_EQ(post("/api", "", {{"x-bsz-referer", "https://example.com/"}}).status, 200);
}

TEST_F(Dialects, BusuanziRefusesWhatIsNoPageOfASite) {
  speak("busuanzi");
  for (const char* url : {"", "nonsense", "/path", "ftp://example.com/"}) {
    const Answer answer = post("/api", "", {{"x-bsz-referer", url}});
    EXPECT_EQ(answer.status, 400) << url;
    EXPECT_EQ(answer.json().at("success"), false);
  }
  EXPECT_EQ(post("/api", "", {{"x-bsz-referer", "https://example.org/"}}).status, 404);
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(Dialects, BusuanziMayBeAskedFromAnyPage) {
  speak("busuanzi");
  const Answer answer = send(Method::options, "/api");
  EXPECT_EQ(answer.status, 204);
  EXPECT_NE(answer.header("access-control-allow-headers").find("x-bsz-referer"), std::string::npos);
}

// --- hit-counter ---

TEST_F(Dialects, HitCounterCountsAPageOfTheSite) {
  speak("hit-counter");
  const Answer answer = get("/api/count/incr/badge.svg?url=https%3A%2F%2Fexample.com%2Fpost");
  EXPECT_TRUE(shows(answer, "hits"));
  EXPECT_TRUE(shows(answer, "1"));
  EXPECT_EQ(last_hit().path, "/post");
  EXPECT_EQ(last_hit().source, Source::pixel);
  EXPECT_TRUE(shows(get("/api/count/keep/badge.svg?url=example.com%2Fpost"), "1"));
  EXPECT_EQ(recorded_count(), 1U);
}

TEST_F(Dialects, HitCounterCountsAPageElsewhereAsANamedCounter) {
  speak("hit-counter");
  const Answer answer =
      get("/api/count/incr/badge.svg?url=https%3A%2F%2Fgithub.com%2Fme%2Fproject&count_bg=%2379C83D&title_bg=%23555555"
          "&title=views&edge_flat=true&icon=&icon_color=%23E7E7E7");
  EXPECT_TRUE(shows(answer, "views"));
  EXPECT_TRUE(shows(answer, "1"));
  EXPECT_NE(answer.body.find("#79c83d"), std::string::npos);
  EXPECT_EQ(value("github.com/me/project"), 1U);
}

TEST_F(Dialects, HitCounterRefusesWhatIsNoUrl) {
  speak("hit-counter");
  EXPECT_EQ(get("/api/count/incr/badge.svg").field(), "url");
  EXPECT_EQ(get("/api/count/incr/badge.svg?url=mailto%3A%2F%2Fx").field(), "url");
  EXPECT_EQ(get("/api/count/incr/badge.svg?url=example.com&count_bg=nope").field(), "count_bg");
  speak("hit-counter", "example.org");
  EXPECT_EQ(get("/api/count/incr/badge.svg?url=github.com%2Fme").status, 404) << "it could be either's";
}

// --- Moe ---

TEST_F(Dialects, MoeCountsItsViews) {
  speak("moe");
  const Answer first = get("/@me?theme=moebooru");
  EXPECT_EQ(first.header("content-type"), "image/svg+xml; charset=utf-8");
  EXPECT_EQ(digits_shown(first), "0000001");
  clock.advance(image_repeat_window);
  EXPECT_EQ(digits_shown(get("/@me?padding=3&prefix=9")), "9002");
  EXPECT_EQ(get("/record/@me").body, R"({"name":"me","num":2})");
  EXPECT_EQ(value("me"), 2U);
}

TEST_F(Dialects, MoeShowsAGivenNumberAndASampleWithoutCounting) {
  speak("moe");
  EXPECT_EQ(digits_shown(get("/@me?num=42&padding=0")), "42");
  EXPECT_EQ(digits_shown(get("/@demo")), "0123456789");
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(Dialects, MoeFindsItsSite) {
  speak("moe");
  speak("moe", "example.org");
  EXPECT_EQ(get("/@me").status, 404);
  EXPECT_EQ(get("/@me?site=example.org").status, 200);
  EXPECT_EQ(get("/@me?site=unknown.example", {{"Host", "example.com"}}).status, 404);
  EXPECT_EQ(get("/@me", {{"Host", "example.com"}}).status, 200);
  EXPECT_EQ(get("/@me?padding=17", {{"Host", "example.com"}}).field(), "padding");
}

}  // namespace
}  // namespace footfall
