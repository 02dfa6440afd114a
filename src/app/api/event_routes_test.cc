// POST /api/event: Plausible's dialect, and what the script adds to it.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class EventRoute : public ApiWorld {
 protected:
  // An event of these members beside name and url.
  Answer event(const std::string& members = "", Headers headers = {}) {
    return post("/api/event",
                R"({"n":"pageview","u":"https://example.com/about","d":"example.com")" +
                    (members.empty() ? "" : "," + members) + "}",
                std::move(headers));
  }
  static json::object props_of(const Hit& hit) {
    return hit.props.empty() ? json::object{} : parse_json(hit.props)->get_object();
  }
  std::string drop_reason(const Answer& answer) { return answer.header("x-footfall-dropped"); }
};

// --- what is recorded ---

TEST_F(EventRoute, RecordsAPageViewAndAnswersOkOnceItIsOnDisk) {
  const Answer answer = event();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_EQ(answer.after, 0U) << "the answer waits for the record";
  const Hit hit = last_hit();
  EXPECT_EQ(hit.site, "example.com");
  EXPECT_EQ(hit.path, "/about");
  EXPECT_EQ(hit.kind, Kind::load);
  EXPECT_EQ(hit.source, Source::script);
  EXPECT_EQ(hit.time, clock.now()) << "the server's time";
  EXPECT_EQ(hit.ip.text(), "203.0.113.9");
  EXPECT_EQ(hit.user_agent, "Firefox");
}

TEST_F(EventRoute, TakesShortAndLongNamesInAnyContentType) {
  struct Row {
    const char* because;
    const char* body;
    const char* type;
  };
  for (
      const auto& row : {
          Row{"short names",
              R"({"n":"signup","u":"https://example.com/a?q=1","d":"example.com","r":"https://x.example/","p":{"k":"v"},"t":"Title"})",
              "application/json"},
          Row{"long names",
              R"({"name":"signup","url":"https://example.com/a?q=1","domain":"example.com","referrer":"https://x.example/","props":{"k":"v"},"title":"Title"})",
              "text/plain"},
          Row{"meta for props, as the first scripts said",
              R"({"n":"signup","u":"https://example.com/a?q=1","d":"example.com","r":"https://x.example/","m":{"k":"v"},"t":"Title"})",
              ""},
          Row{"props as text",
              R"({"n":"signup","u":"https://example.com/a?q=1","d":"example.com","r":"https://x.example/","m":"{\"k\":\"v\"}","t":"Title"})",
              "text/plain"},
      }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(post("/api/event", row.body, {{"Content-Type", row.type}}).status, 202);
    const Hit hit = last_hit();
    EXPECT_EQ(hit.event, "signup");
    EXPECT_EQ(hit.kind, Kind::event);
    EXPECT_EQ(hit.path, "/a");
    EXPECT_EQ(hit.query, "q=1");
    EXPECT_EQ(hit.referrer, "https://x.example/");
    EXPECT_EQ(hit.title, "Title");
    EXPECT_EQ(hit.props, R"({"k":"v"})");
  }
}

TEST_F(EventRoute, TakesANameThatIsANumber) {
  EXPECT_EQ(post("/api/event", R"({"n":404,"u":"https://example.com/missing","d":"example.com"})").status, 202);
  EXPECT_EQ(last_hit().event, "404");
}

TEST_F(EventRoute, TellsTheKindsOfPageViewsApart) {
  for (const char* kind : {"load", "cached", "restored", "soft", "prerendered"}) {
    EXPECT_EQ(event(R"("k":")" + std::string(kind) + "\"").status, 202);
    EXPECT_EQ(name_of(last_hit().kind), kind);
  }
  EXPECT_EQ(event(R"("k":"event")").field(), "kind");
  EXPECT_EQ(event(R"("k":"dream")").field(), "kind");
}

TEST_F(EventRoute, KeepsWhetherAnEventEndsABounce) {
  const auto interactive = [&](const char* member) {
    EXPECT_EQ(post("/api/event", R"({"n":"x","u":"/","d":"example.com")" + std::string(member) + "}").status, 202);
    return last_hit().interactive;
  };
  EXPECT_TRUE(interactive(""));
  EXPECT_TRUE(interactive(R"(,"i":true)"));
  EXPECT_FALSE(interactive(R"(,"i":false)"));
  EXPECT_FALSE(interactive(R"(,"interactive":false)"));
  EXPECT_TRUE(interactive(R"(,"i":"no")")) << "what is no boolean is not looked at";
}

TEST_F(EventRoute, MakesTheFragmentPartOfThePathInHashMode) {
  EXPECT_EQ(
      post("/api/event", R"({"n":"pageview","u":"https://example.com/app?q#/inbox","d":"example.com","h":1})").status,
      202);
  EXPECT_EQ(last_hit().path, "/app#/inbox");
  EXPECT_EQ(
      post("/api/event", R"({"n":"pageview","u":"https://example.com/app#/inbox","d":"example.com","hashMode":true})")
          .status,
      202);
  EXPECT_EQ(last_hit().path, "/app#/inbox");
  EXPECT_EQ(
      post("/api/event", R"({"n":"pageview","u":"https://example.com/app#/inbox","d":"example.com","h":0})").status,
      202);
  EXPECT_EQ(last_hit().path, "/app");
}

TEST_F(EventRoute, NeverStoresTheSessionMarker) {
  EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"https://example.com/a?ff=1&q=2","d":"example.com"})").status,
            202);
  EXPECT_EQ(last_hit().query, "q=2");
}

TEST_F(EventRoute, OverlooksMembersOfOtherVersions) {
  EXPECT_EQ(event(R"("v":25,"$":{"amount":1,"currency":"EUR"},"something":[1,2])").status, 202);
}

TEST_F(EventRoute, TakesNullForAbsent) {
  EXPECT_EQ(event(R"("r":null,"p":null,"t":null,"k":null,"e":null,"sd":null)").status, 202);
  EXPECT_EQ(last_hit().referrer, "");
}

// --- props ---

TEST_F(EventRoute, KeepsPlainPropsAsTextsAndLeavesOutTheRest) {
  EXPECT_EQ(
      event(
          R"("p":{"text":"a","number":7,"price":19.99,"flag":true,"nested":{"a":1},"list":[1],"nothing":null,"blank":"  ","":"no key"})")
          .status,
      202);
  const json::object props = props_of(last_hit());
  EXPECT_EQ(props.size(), 4U);
  EXPECT_EQ(props.at("text"), "a");
  EXPECT_EQ(props.at("number"), "7");
  EXPECT_EQ(props.at("price"), "19.99");
  EXPECT_EQ(props.at("flag"), "true");
}

TEST_F(EventRoute, KeepsThirtyPropsAndNoMore) {
  std::string props;
  for (int i = 0; i < 31; ++i) {
    props += (i == 0 ? "" : ",") + std::string("\"k") + std::to_string(i) + "\":\"v\"";
  }
  EXPECT_EQ(event("\"p\":{" + props + "}").status, 202);
  EXPECT_EQ(props_of(last_hit()).size(), props_count_max);
}

TEST_F(EventRoute, HoldsKeysAndValuesOfPropsToTheirLimits) {
  const std::string key(prop_key_bytes_max, 'k'), value(prop_value_bytes_max, 'v');
  EXPECT_EQ(event("\"p\":{\"" + key + "\":\"" + value + "x\",\"" + key + "k\":\"too long a key\"}").status, 202);
  const json::object props = props_of(last_hit());
  ASSERT_EQ(props.size(), 1U);
  EXPECT_EQ(props.at(key), json::string(value)) << "a longer value is cut";
}

TEST_F(EventRoute, TakesTheLastOfPropsThatCameTwice) {
  EXPECT_EQ(event(R"("p":"{\"a\":\"1\"}","m":"null")").status, 202);
  EXPECT_EQ(last_hit().props, "");
}

// --- sites ---

TEST_F(EventRoute, TakesTheSiteFromTheUrlWhenNoneIsNamed) {
  for (const char* host : {"example.com", "EXAMPLE.com:8080", "www.example.com", "WWW.example.com"}) {
    SCOPED_TRACE(host);
    EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"https://)" + std::string(host) + R"(/a"})").status, 202);
    EXPECT_EQ(last_hit().site, "example.com");
  }
}

TEST_F(EventRoute, PrefersASiteThatIsRegisteredWithItsWww) {
  ASSERT_TRUE(registry->put_site({"www.example.com", {}}));
  EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"https://www.example.com/a"})").status, 202);
  EXPECT_EQ(last_hit().site, "www.example.com");
}

TEST_F(EventRoute, RecordsForEverySiteOfAList) {
  EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"https://x.example/a","d":"example.com, example.org"})").status,
            202);
  EXPECT_EQ(recorded_count(), 2U);
  EXPECT_EQ(last_hit().site, "example.org");
}

TEST_F(EventRoute, DropsEventsOfUnknownSitesAndSaysSo) {
  const Answer answer = post("/api/event", R"({"n":"pageview","u":"https://x.example/a","d":"stranger.example"})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(drop_reason(answer), "unknown_site");
  EXPECT_EQ(answer.header("x-plausible-dropped"), "1");
  EXPECT_EQ(answer.after, std::nullopt);
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(EventRoute, CountsTheDropsOfAListAndRecordsTheRest) {
  const Answer answer =
      post("/api/event", R"({"n":"pageview","u":"https://x.example/a","d":"a.example,example.com,b.example"})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-plausible-dropped"), "2");
  EXPECT_EQ(answer.after, 0U) << "what was recorded is on disk before the answer";
  EXPECT_EQ(recorded_count(), 1U);
}

TEST_F(EventRoute, FansOutToTenSitesAndNoMore) {
  std::string list = "example.com";
  for (int i = 0; i < 30; ++i) list += ",example.com";
  EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"/","d":")" + list + "\"}").status, 202);
  EXPECT_EQ(recorded_count(), 10U);
}

// --- engagement ---

TEST_F(EventRoute, RecordsEngagementWithAPageView) {
  const Answer answer =
      post("/api/event", R"({"n":"engagement","u":"https://example.com/about","d":"example.com","e":12345,"sd":87})");
  EXPECT_EQ(answer.status, 202);
  const auto records = recorded();
  const auto& engagement = std::get<Engagement>(records.at(0));
  EXPECT_EQ(engagement.path, "/about");
  EXPECT_EQ(engagement.engaged_ms, 12'345U);
  EXPECT_EQ(engagement.scroll_depth, 87);
  EXPECT_EQ(engagement.user_agent, "Firefox");
}

TEST_F(EventRoute, TakesEngagementThatSaysOneOfTwoThings) {
  struct Row {
    const char* because;
    const char* members;
    std::uint32_t engaged_ms;
    int scroll_depth;
  };
  for (const auto& row : {
           Row{"only the time", R"("e":5000)", 5'000, 255},
           Row{"only the depth", R"("sd":50)", 0, 50},
           Row{"deeper than the end is the end", R"("sd":250)", 0, 100},
           Row{"the top is a depth", R"("sd":0)", 0, 0},
           Row{"a month of looking is a broken clock, but the depth holds", R"("e":2592000000,"sd":10)", 0, 10},
           Row{"just under a month", R"("e":2591999999)", 2'591'999'999U, 255},
           Row{"a negative depth was not measured", R"("e":1,"sd":-1)", 1, 255},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(
        post("/api/event", R"({"n":"engagement","u":"/","d":"example.com",)" + std::string(row.members) + "}").status,
        202);
    const auto records = recorded();
    const auto& engagement = std::get<Engagement>(records.back());
    EXPECT_EQ(engagement.engaged_ms, row.engaged_ms);
    EXPECT_EQ(engagement.scroll_depth, row.scroll_depth);
  }
}

TEST_F(EventRoute, RefusesEngagementThatSaysNothing) {
  for (const char* members : {"", R"(,"e":-1)", R"(,"e":2592000000)", R"(,"sd":-1)", R"(,"e":null)"}) {
    SCOPED_TRACE(members);
    const Answer answer =
        post("/api/event", R"({"n":"engagement","u":"/","d":"example.com")" + std::string(members) + "}");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), "e");
  }
  EXPECT_EQ(recorded_count(), 0U);
}

// --- who sent it ---

TEST_F(EventRoute, MarksWhatNoBrowserSent) {
  event();
  EXPECT_EQ(last_hit().mark, Mark::no_origin);
  for (const HeaderView header :
       {HeaderView{"Origin", "https://example.com"}, HeaderView{"Referer", "https://example.com"},
        HeaderView{"Sec-Fetch-Site", "same-origin"}}) {
    event("", {header});
    EXPECT_EQ(last_hit().mark, Mark::none) << header.name;
  }
}

TEST_F(EventRoute, ShowsTheAddressItSawWhenAskedTo) {
  const Answer answer = event("", {{"X-Debug-Request", "true"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "203.0.113.9");
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(EventRoute, MayBeCalledByPagesOfAnyOrigin) {
  EXPECT_EQ(event().header("access-control-allow-origin"), "*");
  EXPECT_EQ(post("/api/event", "{").header("access-control-allow-origin"), "*") << "errors can be read too";
  EXPECT_EQ(post("/api/event", R"({"n":"x","u":"/","d":"stranger.example"})").header("access-control-allow-origin"),
            "*");
  const Answer preflight = send(Method::options, "/api/event");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-origin"), "*");
  EXPECT_NE(preflight.header("access-control-allow-methods").find("POST"), std::string::npos);
  EXPECT_NE(preflight.header("access-control-allow-headers").find("content-type"), std::string::npos);
}

// --- bad input ---

TEST_F(EventRoute, RefusesWhatIsWrongAndNamesTheField) {
  struct Row {
    const char* because;
    std::string body;
    const char* field;
  };
  const std::string site = R"(,"d":"example.com"})";
  for (const auto& row : {
           Row{"nothing", "", "body"},
           Row{"no JSON", "hello", "body"},
           Row{"cut short", R"({"n":"pageview")", "body"},
           Row{"more than one", R"({} {})", "body"},
           Row{"an array", "[]", "body"},
           Row{"text", "\"pageview\"", "body"},
           Row{"bytes that are not UTF-8", "{\"n\":\"\xFF\"}", "body"},
           Row{"nested too deep", std::string(17, '[') + std::string(17, ']'), "body"},
           Row{"no name", R"({"u":"/")" + site, "name"},
           Row{"an empty name", R"({"n":"","u":"/")" + site, "name"},
           Row{"a name of another type", R"({"n":[1],"u":"/")" + site, "name"},
           Row{"a name that is a fraction", R"({"n":1.5,"u":"/")" + site, "name"},
           Row{"a name too long", R"({"n":")" + std::string(event_name_bytes_max + 1, 'n') + R"(","u":"/")" + site,
               "name"},
           Row{"no url", R"({"n":"pageview")" + site, "url"},
           Row{"a url of another type", R"({"n":"pageview","u":7)" + site, "url"},
           Row{"a data url", R"({"n":"pageview","u":"data:text/html,hi")" + site, "url"},
           Row{"a url that is none", R"({"n":"pageview","u":"about")" + site, "url"},
           Row{"a url too long",
               R"({"n":"pageview","u":"/)" + std::string(url_bytes_max + site_bytes_max, 'a') + "\"" + site, "url"},
           Row{"a path too long", R"({"n":"pageview","u":"/)" + std::string(path_bytes_max, 'a') + "\"" + site, "url"},
           Row{"a site that is none", R"({"n":"pageview","u":"/","d":"exa mple.com"})", "domain"},
           Row{"a gap in the list of sites", R"({"n":"pageview","u":"/","d":"example.com,,example.org"})", "domain"},
           Row{"a site of another type", R"({"n":"pageview","u":"/","d":7})", "domain"},
           Row{"no site at all", R"({"n":"pageview","u":"/"})", "domain"},
           Row{"a referrer of another type", R"({"n":"pageview","u":"/","r":7)" + site, "referrer"},
           Row{"a title of another type", R"({"n":"pageview","u":"/","t":{})" + site, "title"},
           Row{"props of another type", R"({"n":"pageview","u":"/","p":[1])" + site, "props"},
           Row{"props as text that is no JSON", R"({"n":"pageview","u":"/","p":"{")" + site, "props"},
           Row{"props as text of another type", R"({"n":"pageview","u":"/","p":"7")" + site, "props"},
           Row{"an engagement time of another type", R"({"n":"engagement","u":"/","e":"long")" + site, "e"},
           Row{"a depth of another type", R"({"n":"engagement","u":"/","sd":"deep")" + site, "sd"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = post("/api/event", row.body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    const json::object problem = answer.json();
    EXPECT_EQ(answer.field(), row.field);
    ASSERT_TRUE(problem.contains("errors")) << "Plausible's clients read this";
    const json::value* errors = problem.at("errors").as_object().if_contains(row.field);
    ASSERT_NE(errors, nullptr) << answer.body;
    EXPECT_TRUE(errors->as_array().at(0).is_string());
  }
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(EventRoute, CutsWhatIsTooLongInsteadOfRefusingIt) {
  const std::string long_text(2'500, 'x');
  user_agent = long_text;
  EXPECT_EQ(event(R"("r":")" + long_text + R"(","t":")" + long_text + "\"").status, 202);
  const Hit hit = last_hit();
  EXPECT_EQ(hit.referrer.size(), referrer_bytes_max);
  EXPECT_EQ(hit.title.size(), title_bytes_max);
  EXPECT_EQ(hit.user_agent.size(), user_agent_bytes_max);
}

TEST_F(EventRoute, TakesWhatIsJustWithinItsLimits) {
  const std::string path = "/" + std::string(path_bytes_max - 1, 'a');
  EXPECT_EQ(post("/api/event", R"({"n":")" + std::string(event_name_bytes_max, 'n') + R"(","u":"https://example.com)" +
                                   path + R"("})")
                .status,
            202);
  EXPECT_EQ(last_hit().path, path);
}

TEST_F(EventRoute, RefusesABodyOverItsLimit) {
  std::string body = R"({"n":"pageview","u":"/","d":"example.com","t":""})";
  body.insert(body.size() - 2, std::string(collect_body_bytes_max - body.size(), 'x'));
  EXPECT_EQ(post("/api/event", body).status, 202);
  EXPECT_EQ(post("/api/event", body + " ").status, 413);
}

TEST_F(EventRoute, CleansControlCharactersOutOfTexts) {
  EXPECT_EQ(event(R"("t":"a\u0000b\nc")").status, 202);
  EXPECT_EQ(last_hit().title, "a b c");
}

TEST_F(EventRoute, IsUnavailableWhenTheJournalHasNoRoomAndSaysWhenToComeAgain) {
  journal.refuse(JournalRefusal::disk_full);
  const Answer answer = event();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "unavailable");
  EXPECT_GE(std::stoi(answer.header("retry-after")), 5);
  journal.refuse(JournalRefusal::none);
  EXPECT_EQ(event().status, 202);
  EXPECT_EQ(recorded_count(), 1U);
}

TEST_F(EventRoute, RefusesAWrongTokenEvenThoughItNeedsNone) {
  bearer = "Bearer nonsense";
  EXPECT_EQ(event().status, 401);
  EXPECT_EQ(recorded_count(), 0U);
}

}  // namespace
}  // namespace footfall
