#include "app/cloud/cloud_routes.h"

#include <fstream>
#include <set>
#include <sstream>

#include "app/cloud/cloud_world.h"
#include "app/cloud/function_loop.h"
#include "app/cloud/functions.h"
#include "app/cloud/table_file.h"
#include "app/counters.h"
#include "app/edge/guard.h"
#include "app/json.h"

namespace footfall {
namespace {

// The API's function, asked with events as they come.
class CloudApi : public CloudWorld {
 protected:
  CloudApi() {
    EXPECT_TRUE(registry->put_site({"example.com", {}}));
    registry->adopt("the-admin-token", Role::admin);
    add_cloud_routes(router,
                     {clock, *registry, callers, recorder, reader, guard, ids, SipKey{9, 10}, cookies, keeper,
                      []() -> Result<Done> {
                        return Error{ErrorCode::unsupported, "not here", "fresh"};
                      }},
                     counters);
  }

  json::object ask(std::string_view method, std::string_view target, std::string_view body = {},
                   json::object headers = {}) {
    const std::size_t question = target.find('?');
    headers["user-agent"] = "Firefox";
    if (!token.empty()) headers["authorization"] = "Bearer " + token;
    const json::object event{
        {"version", "2.0"},
        {"rawPath", target.substr(0, question)},
        {"rawQueryString", question == std::string_view::npos ? "" : target.substr(question + 1)},
        {"headers", headers},
        {"requestContext", {{"stage", "$default"}, {"http", {{"method", method}, {"sourceIp", "203.0.113.9"}}}}},
        {"body", body},
        {"isBase64Encoded", false}};
    const auto answer = function.handle(json::serialize(event));
    EXPECT_TRUE(answer) << answer.error().what;
    return parse_json(*answer)->get_object();
  }
  static int status(const json::object& answer) { return static_cast<int>(answer.at("statusCode").as_int64()); }
  static json::object body(const json::object& answer) {
    return parse_json(answer.at("body").as_string())->get_object();
  }

  MemoryTable settings;
  TableFile registry_file{settings, "registry"}, session_keys_file{settings, "session-keys"};
  std::unique_ptr<Registry> registry = std::move(*Registry::open(registry_file, crypto, clock));
  std::unique_ptr<SessionKeys> session_keys = std::move(*SessionKeys::open(session_keys_file, crypto, clock));
  SessionCookies cookies{*session_keys, crypto};
  PageTokens tokens{*session_keys, crypto};
  Guard guard{tokens};
  Callers callers{*registry, crypto, clock, Logins::in_cookie};
  Router router{callers, "", [](const Request&) { return Response{}; }};
  ApiFunction function{router};
  std::string token;
};

TEST_F(CloudApi, AViewOfAPageTravelsThroughTheQueueIntoTheTableAndBack) {
  EXPECT_EQ(status(ask("POST", "/api/event", R"({"n":"pageview","u":"https://example.com/about","d":"example.com"})")),
            202);
  EXPECT_EQ(status(ask("GET", "/api/counters/%2Fabout?site=example.com")), 404);
  process();
  EXPECT_EQ(body(ask("GET", "/api/counters/%2Fabout?site=example.com")).at("value"), 1);
  token = "the-admin-token";
  const auto visits = body(ask("GET", "/api/visits?site=example.com&path=/about"));
  ASSERT_EQ(visits.at("visits").as_array().size(), 1U);
  const json::object& row = visits.at("visits").as_array()[0].as_object();
  EXPECT_EQ(row.at("ip"), "203.0.113.9");
  EXPECT_EQ(row.at("id").as_string().size(), 36U);
}

TEST_F(CloudApi, VisitsByPostTellTheIdsThatTheirRowsWillHave) {
  token = "the-admin-token";
  const auto posted =
      body(ask("POST", "/api/visits", R"([{"site":"example.com","path":"/a"},{"site":"example.com","path":"/b"}])"));
  EXPECT_EQ(posted.at("accepted"), 2);
  process();
  const auto visits = body(ask("GET", "/api/visits?ip=203.0.113.9&order=asc"));
  std::set<std::string> given, found;
  for (const auto& id : posted.at("ids").as_array()) given.emplace(id.as_string());
  for (const auto& row : visits.at("visits").as_array()) found.emplace(row.as_object().at("id").as_string());
  EXPECT_EQ(given, found);
}

TEST_F(CloudApi, RowsAreTheOwnersAlone) {
  EXPECT_EQ(status(ask("GET", "/api/visits?site=example.com&path=/")), 401);
  EXPECT_EQ(status(ask("GET", "/api/counters?site=example.com")), 401);
}

TEST_F(CloudApi, AForeignPageMayNotRecord) {
  const auto answer = ask("POST", "/api/event", R"({"n":"pageview","u":"https://example.com/","d":"example.com"})",
                          {{"origin", "https://evil.example"}});
  EXPECT_EQ(status(answer), 202);
  EXPECT_EQ(answer.at("headers").at("x-footfall-dropped"), "foreign_origin");
  EXPECT_TRUE(queue.waiting.empty());
}

TEST_F(CloudApi, ANamedCounterAnswersTheNewNumberAtOnce) {
  for (int expected = 1; expected <= 3; ++expected) {
    EXPECT_EQ(body(ask("POST", "/api/counters/likes/increment?site=example.com")).at("value"), expected);
  }
  EXPECT_EQ(body(ask("GET", "/api/counters/likes")).at("value"), 3);
  EXPECT_EQ(status(ask("POST", "/api/counters/likes/increment", R"({"by":5})")), 403);
  token = "the-admin-token";
  EXPECT_EQ(body(ask("POST", "/api/counters/likes/increment", R"({"by":5})")).at("value"), 8);
}

TEST_F(CloudApi, AnIncrementWithoutAnAnswerIsNotSaidToBeDone) {
  table.fault = [] { return MemoryTable::Fault::lose_reply; };
  EXPECT_EQ(status(ask("POST", "/api/counters/likes/increment")), 500);
  table.fault = [] { return MemoryTable::Fault::refuse; };
  EXPECT_EQ(status(ask("POST", "/api/counters/likes/increment")), 503);
}

TEST_F(CloudApi, WhatWouldBeAWrongNumberIs501) {
  EXPECT_EQ(status(ask("POST", "/api/counters/%2Fabout/increment")), 501);
  EXPECT_EQ(status(ask("POST", "/api/counters/TOTAL/increment")), 501);
  EXPECT_EQ(status(ask("POST", "/api/counters/likes/increment", "", {{"idempotency-key", "k"}})), 501);
  EXPECT_EQ(status(ask("GET", "/api/counters/likes?unique=true")), 501);
  EXPECT_EQ(
      status(ask("POST", "/api/event", R"({"n":"engagement","u":"https://example.com/","d":"example.com","e":1000})")),
      501);
  token = "the-admin-token";
  EXPECT_EQ(status(ask("GET", "/api/visits?path=/&fresh=true")), 501);
  EXPECT_EQ(status(ask("GET", "/api/visits.parquet?path=/")), 501);
  for (const char* question : {R"("metrics":["visitors"],"dimensions":["visit:country"])",
                               R"("metrics":["time_on_page"],"dimensions":["event:page"])",
                               R"("metrics":["visitors"],"filters":[["is","visit:city",["Oslo"]]])"}) {
    const auto answer =
        ask("POST", "/api/v2/query", R"({"site_id":"example.com","date_range":"7d",)" + std::string(question) + "}");
    EXPECT_EQ(status(answer), 501) << question;
    EXPECT_EQ(body(answer).at("code"), "unsupported");
  }
}

TEST_F(CloudApi, NumbersAreAnsweredFromOpenDaysAndFromSums) {
  for (int day = 0; day < 5; ++day) {
    for (int i = 0; i <= day; ++i) record(hit(i % 2 == 0 ? "/even" : "/odd", i < 2 ? "" : "abcdefghijklmnopqrstuv"));
    process();
    clock.advance(std::chrono::days(1));
  }
  token = "the-admin-token";
  const auto asked = [&](std::string_view rest) {
    return body(ask("POST", "/api/v2/query",
                    R"({"site_id":"example.com","date_range":"all",)" + std::string(rest) + "}"))
        .at("results");
  };
  const std::string totals = R"("metrics":["visitors","visits","pageviews"])";
  const std::string pages = R"("metrics":["pageviews"],"dimensions":["event:page"])";
  const std::string days = R"("metrics":["pageviews"],"dimensions":["time:day"])";
  const auto before = std::tuple(asked(totals), asked(pages), asked(days));
  EXPECT_EQ(std::get<0>(before), *parse_json(R"([{"dimensions":[],"metrics":[5,6,15]}])"));
  EXPECT_EQ(std::get<1>(before),
            *parse_json(R"([{"dimensions":["/even"],"metrics":[9]},{"dimensions":["/odd"],"metrics":[6]}])"));
  const auto summed = summer.sum_all("example.com", clock.now() + std::chrono::minutes(1));
  ASSERT_TRUE(summed) << summed.error().what;
  EXPECT_GT(*summed, 3U);
  EXPECT_EQ(std::tuple(asked(totals), asked(pages), asked(days)), before);
  EXPECT_EQ(body(ask("GET", "/api/counters/%2Feven")).at("value"), 9);
}

// Many functions answer side by side: what one of them remembers, the next does not know.
TEST_F(CloudApi, TheChartsPageLogsInAtOneFunctionAndAsksAnother) {
  const auto answer = ask("POST", "/api/login", R"({"token":"the-admin-token"})");
  ASSERT_EQ(status(answer), 204);
  const std::string cookie(answer.at("cookies").as_array().at(0).as_string());
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  Callers others{*registry, crypto, clock, Logins::in_cookie};
  const std::string pair = cookie.substr(0, cookie.find(';'));
  std::vector<HeaderView> headers{{"cookie", pair}};
  Request request;
  request.headers = headers;
  const auto caller = others.identify(request);
  ASSERT_TRUE(caller);
  EXPECT_TRUE(caller->may(Role::read));
  headers = {{"cookie", "footfall_login=d3Jvbmc"}};
  request.headers = headers;
  EXPECT_EQ(others.identify(request).error().code, ErrorCode::unauthorized);
  EXPECT_EQ(status(ask("POST", "/api/login", R"({"token":"wrong"})")), 401);
}

TEST_F(CloudApi, AllCountersAreListedTotalFirst) {
  record(hit("/b"));
  record(hit("/a"));
  process();
  ask("POST", "/api/counters/likes/increment");
  token = "the-admin-token";
  const auto listed = body(ask("GET", "/api/counters")).at("counters").as_array();
  ASSERT_EQ(listed.size(), 4U);
  EXPECT_EQ(listed[0], (json::object{{"key", "TOTAL"}, {"value", 2}}));
  EXPECT_EQ(listed[1].at("key"), "/a");
  EXPECT_EQ(listed[3], (json::object{{"key", "likes"}, {"value", 1}}));
}

TEST_F(CloudApi, AQueueThatRefusesIs503) {
  queue.refuses = true;
  EXPECT_EQ(status(ask("POST", "/api/event", R"({"n":"pageview","u":"https://example.com/","d":"example.com"})")), 503);
  EXPECT_EQ(status(ask("GET", "/pixel.gif?site=example.com&p=/")), 503);
}

TEST_F(CloudApi, ABodyOverItsLimitIs413) {
  EXPECT_EQ(status(ask("POST", "/api/event", std::string(20'000, ' '))), 413);
}

TEST_F(CloudApi, StreamsOfRowsAreWholeHere) {
  for (int i = 0; i < 1'500; ++i) record(hit("/"));
  process();
  token = "the-admin-token";
  const auto answer = ask("GET", "/api/visits.ndjson?path=/");
  const std::string_view text = answer.at("body").as_string();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1'500);
}

// The description of the API is the server's: each of its routes is answered here, or said not to be.
TEST_F(CloudApi, EveryRouteOfAServerIsHereOrSaidNotToBe) {
  std::ifstream file("src/app/api/openapi.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto document = parse_json(text.str());
  ASSERT_TRUE(document);
  std::set<std::string> known;
  for (const Route& route : router.routes())
    known.insert(std::string(name_of(route.method)) + " " + std::string(route.pattern));
  for (const auto& [path, methods] : document->at("paths").as_object()) {
    // Files are the bucket's to serve, and dialects a site must ask for.
    const bool is_api = path.starts_with("/api/") || path.starts_with("/counter/") || path == "/pixel.gif";
    if (!is_api || path.starts_with("/api/count/")) continue;
    for (const auto& [method, description] : methods.as_object()) {
      std::string name(method);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
      EXPECT_TRUE(known.contains(name + " " + std::string(path))) << name << " " << path;
    }
  }
}

TEST_F(CloudApi, EventsThatAreNoneAreErrorsAndNotCrashes) {
  for (const char* event :
       {"", "null", "[]", "{}", "{\"Records\":[]}", "\"x\"", "{\"requestContext\":{\"http\":[]}}"}) {
    SCOPED_TRACE(event);
    EXPECT_FALSE(function.handle(event));
  }
}

class TableFileWorld : public testing::Test {
 protected:
  MemoryTable table;
  TableFile one{table, "settings"}, two{table, "settings"};
};

TEST_F(TableFileWorld, WhatOneWritesTheOtherReads) {
  ASSERT_TRUE(one.read());
  ASSERT_TRUE(one.replace("first"));
  EXPECT_EQ(**two.read(), "first");
  EXPECT_EQ(one.revision(), 1U);
  ASSERT_TRUE(two.replace("second"));
  EXPECT_EQ(**one.read(), "second");
}

TEST_F(TableFileWorld, OfTwoWhoChangeItAtOnceTheSecondLooksAgain) {
  ASSERT_TRUE(one.read());
  ASSERT_TRUE(two.read());
  ASSERT_TRUE(one.replace("one"));
  EXPECT_EQ(two.replace("two").error().code, ErrorCode::in_use);
  EXPECT_EQ(**two.read(), "one");
  EXPECT_TRUE(two.replace("two"));
}

TEST_F(TableFileWorld, ALostReplyIsFoundToBeDone) {
  ASSERT_TRUE(one.read());
  int calls = 0;
  table.fault = [&] { return ++calls == 1 ? MemoryTable::Fault::lose_reply : MemoryTable::Fault::none; };
  EXPECT_TRUE(one.replace("text"));
  EXPECT_TRUE(one.replace("more"));
}

}  // namespace
}  // namespace footfall
