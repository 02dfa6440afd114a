// The dialects of other counters: there only where a site speaks them, and as their own servers answer.
#include "app/api/api_world.h"
#include "app/api/dialects/dialect.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class Dialects : public ApiWorld {
 protected:
  void speak(std::string_view dialect, const char* site = "example.com", std::vector<std::string> hosts = {}) {
    Site changed = *registry->site(site);
    changed.dialects.emplace_back(dialect);
    changed.hosts = std::move(hosts);
    EXPECT_TRUE(registry->put_site(changed));
  }
  std::uint64_t value(const std::string& key, const char* site = "example.com") {
    const auto reading = collector->counter(site, key);
    return reading ? reading->value : 0;
  }
  static bool shows(const Answer& answer, const std::string& number) {
    return answer.body.find(">" + number + "</text>") != std::string::npos;
  }
  static std::string digits_shown(const Answer& answer) {
    std::string digits;
    for (std::size_t at = answer.body.find("</text>"); at != std::string::npos;
         at = answer.body.find("</text>", at + 1)) {
      digits.push_back(answer.body[at - 1]);
    }
    return digits;
  }
  void view(const char* path) {
    EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"}").status, 202);
  }
};

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

// --- CountAPI ---

TEST_F(Dialects, CountapiHitsAndGets) {
  speak("countapi");
  EXPECT_EQ(get("/get/example.com/visits").status, 404);
  const Answer first = get("/hit/example.com/visits");
  EXPECT_EQ(first.body, R"({"value":1})");
  EXPECT_EQ(first.header("content-type"), "application/json");
  EXPECT_EQ(first.header("access-control-allow-origin"), "*");
  EXPECT_EQ(first.header("cache-control"), "no-store");
  EXPECT_EQ(first.after, 0U) << "answered when it is on disk";
  EXPECT_EQ(get("/hit/example.com/visits").body, R"({"value":2})");
  EXPECT_EQ(get("/get/example.com/visits").body, R"({"value":2})");
  EXPECT_EQ(value("visits"), 2U) << "it is a counter like any other";
}

TEST_F(Dialects, CountapiNamesASiteOrAPartOfTheOnlyOnesKeys) {
  speak("countapi");
  get("/hit/my-blog/visits");
  EXPECT_EQ(value("my-blog/visits"), 1U);
  get("/hit/visits");
  EXPECT_EQ(value("default/visits"), 1U);
  speak("countapi", "example.org");
  EXPECT_EQ(get("/hit/my-blog/visits").status, 404) << "it could be either";
  EXPECT_EQ(get("/hit/my-blog/visits", {{"Host", "example.org:8080"}}).body, R"({"value":1})");
  EXPECT_EQ(value("my-blog/visits", "example.org"), 1U);
  get("/hit/example.org/visits", {{"Host", "example.com"}});
  EXPECT_EQ(value("visits", "example.org"), 1U);
}

TEST_F(Dialects, CountapiTakesOnlyItsKindOfNames) {
  speak("countapi");
  for (const char* path : {"/hit/example.com/ab", "/hit/ab/visits", "/hit/example.com/a%20b", "/hit/example.com/a/b",
                           "/hit/example.com/", "/get/%3Cscript%3E/visits"}) {
    EXPECT_EQ(get(path).status, 400) << path;
  }
  EXPECT_EQ(get("/hit/example.com/" + std::string(65, 'k')).status, 400);
  EXPECT_EQ(get("/hit/example.com/" + std::string(64, 'k')).status, 200);
}

TEST_F(Dialects, CountapiCallsBack) {
  speak("countapi");
  const Answer answer = get("/hit/example.com/visits?callback=app.show");
  EXPECT_EQ(answer.body, R"(/**/app.show({"value":1});)");
  EXPECT_EQ(answer.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  for (const char* bad : {"alert(1)", "a;b", "%3Cscript%3E", "a-b"}) {
    const Answer refused = get("/get/example.com/visits?callback=" + std::string(bad));
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(refused.header("content-type"), "application/json");
  }
}

TEST_F(Dialects, CountapiHitsByAnImage) {
  speak("countapi");
  const Answer answer = get("/hit/example.com/visits?img");
  EXPECT_EQ(answer.header("content-type"), "image/gif");
  EXPECT_EQ(value("visits"), 1U);
}

TEST_F(Dialects, CountapiUpdatesWithinItsBounds) {
  speak("countapi");
  EXPECT_EQ(get("/update/example.com/visits?amount=1").status, 404);
  get("/hit/example.com/visits");
  EXPECT_EQ(get("/update/example.com/visits?amount=1").body, R"({"value":2})");
  EXPECT_EQ(get("/update/example.com/visits?amount=0").body, R"({"value":2})");
  EXPECT_EQ(get("/update/example.com/visits?amount=5").status, 403);
  EXPECT_EQ(get("/update/example.com/visits?amount=-1").status, 403);
  EXPECT_EQ(get("/update/example.com/visits?amount=x").status, 400);
  as(ingest);
  EXPECT_EQ(get("/update/example.com/visits?amount=5").body, R"({"value":7})");
  EXPECT_EQ(post("/update/example.com/visits?value=3", "").body, R"({"value":10})") << "as Abacus says it";
  EXPECT_EQ(get("/update/example.com/visits?amount=-1").status, 403) << "numbers only grow";
}

TEST_F(Dialects, CountapiSetsOnlyForwardsAndForWhoMay) {
  speak("countapi");
  get("/hit/example.com/visits");
  EXPECT_EQ(get("/set/example.com/visits?value=50").status, 403);
  as(ingest_elsewhere);
  EXPECT_EQ(get("/set/example.com/visits?value=50").status, 403);
  as(ingest);
  EXPECT_EQ(get("/set/example.com/visits?value=50").body, R"({"old_value":1,"value":50})");
  EXPECT_EQ(get("/set/example.com/visits?value=50").body, R"({"old_value":50,"value":50})");
  const Answer back = get("/set/example.com/visits?value=49");
  EXPECT_EQ(back.status, 403);
  EXPECT_EQ(value("visits"), 50U);
  EXPECT_EQ(get("/set/example.com/visits").status, 400);
  EXPECT_EQ(get("/set/example.com/other?value=1").status, 404);
}

TEST_F(Dialects, CountapiMakesCountersForWhoMay) {
  speak("countapi");
  EXPECT_EQ(get("/create?namespace=example.com&key=visits&value=7").status, 403);
  as(ingest);
  const Answer made = get("/create?namespace=example.com&key=visits&value=7");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.json().at("value"), 7);
  EXPECT_EQ(value("visits"), 7U);
  EXPECT_EQ(get("/create?namespace=example.com&key=visits").status, 409);
  EXPECT_EQ(post("/create/example.com/more?initializer=3", "").json().at("value"), 3);
  EXPECT_EQ(get("/create?namespace=example.com").status, 400);
}

TEST_F(Dialects, CountapiTellsAboutACounter) {
  speak("countapi");
  EXPECT_EQ(get("/info/example.com/visits").status, 404);
  get("/hit/example.com/visits");
  const json::object info = get("/info/example.com/visits").json();
  EXPECT_EQ(info.at("value"), 1);
  EXPECT_EQ(info.at("namespace"), "example.com");
  EXPECT_EQ(info.at("key"), "visits");
  EXPECT_EQ(info.at("enable_reset"), false);
  EXPECT_EQ(info.at("exists"), true);
}

TEST_F(Dialects, CountapiShowsShields) {
  speak("countapi");
  const Answer kept = get("/get/example.com/visits/shield?text=Seen&bgcolor=ff0000&textcolor=000000&style=plastic");
  EXPECT_EQ(kept.header("content-type"), "image/svg+xml; charset=utf-8");
  EXPECT_TRUE(shows(kept, "Seen"));
  EXPECT_TRUE(shows(kept, "0"));
  EXPECT_NE(kept.body.find("#ff0000"), std::string::npos);
  EXPECT_EQ(value("visits"), 0U);
  EXPECT_TRUE(shows(get("/hit/example.com/visits/shield"), "1"));
  EXPECT_TRUE(shows(get("/hit/example.com/visits/shield"), "1")) << "a pair of fetches is one view";
  EXPECT_EQ(get("/get/example.com/visits/shield?bgcolor=red;").status, 400);
}

TEST_F(Dialects, CountapiStreams) {
  speak("countapi");
  EXPECT_EQ(get("/stream/example.com/visits").header("content-type"), "text/event-stream");
  EXPECT_EQ(get("/stream/example.com/x").status, 400);
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
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com").body,
            "{\"count\":\"1\u202F234\",\"count_unique\":\"1\u202F234\"}");
  EXPECT_EQ(get("/counter//about.json?site=example.com").status, 200);
  EXPECT_EQ(get("/counter/%2Fabout.json?site=example.com&format=footfall").body,
            R"({"site":"example.com","key":"/about","value":1234})");
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
  view("/other");
  const Answer answer = post("/api", "", {{"x-bsz-referer", "https://example.com/post?a=1#top"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"message":"ok","data":{"site_pv":2,"page_pv":1}})");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.after, 1U);
  EXPECT_EQ(last_hit().path, "/post");
  EXPECT_EQ(get("/api", {{"x-bsz-referer", "https://www.example.com/post"}}).body, answer.body);
  EXPECT_EQ(recorded_count(), 2U) << "GET only reads";
}

TEST_F(Dialects, BusuanziTakesItsScriptsAuthorizationForNobodysToken) {
  speak("busuanzi");
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
