#include "app/cloud/edge_function.h"

#include <gtest/gtest.h>

#include <map>

#include "app/edge/edge_proof.h"
#include "base/text.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"

namespace footfall {
namespace {

json::object object(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value && value->is_object()) << text;
  return value && value->is_object() ? value->get_object() : json::object{};
}

// The same request in the two shapes; tests/cloud/edge.test.mjs compares with cloud/edge itself.
struct Asked {
  std::string method = "GET", uri = "/about", query{}, cookie{}, type = "viewer-request";
  std::vector<std::pair<std::string, std::string>> headers{};
  int status = 200;
  std::string content_type = "text/html", cache_control{};
};

std::string function_event(const Asked& asked) {
  json::object headers{{"host", {{"value", "Example.com:443"}}}};
  for (const auto& [name, value] : asked.headers) headers[name] = json::object{{"value", value}};
  json::object cookies;
  if (!asked.cookie.empty()) {
    const std::size_t equals = asked.cookie.find('=');
    cookies[asked.cookie.substr(0, equals)] = json::object{{"value", asked.cookie.substr(equals + 1)}};
  }
  json::object query;
  for_each_parameter(asked.query, [&](std::string_view name, std::string_view value) {
    query[name] = json::object{{"value", value}};
  });
  json::object event{{"version", "1.0"},
                     {"context", {{"eventType", asked.type}, {"requestId", "r"}}},
                     {"viewer", {{"ip", "198.51.100.7"}}},
                     {"request",
                      {{"method", asked.method},
                       {"uri", asked.uri},
                       {"querystring", query},
                       {"headers", headers},
                       {"cookies", cookies}}}};
  if (asked.type == "viewer-response") {
    json::object given{{"content-type", {{"value", asked.content_type}}}};
    if (!asked.cache_control.empty()) given["cache-control"] = json::object{{"value", asked.cache_control}};
    event["response"] = json::object{{"statusCode", asked.status}, {"headers", given}, {"cookies", json::object{}}};
  }
  return json::serialize(event);
}

std::string lambda_event(const Asked& asked) {
  const auto list = [](std::string_view name, std::string_view value) {
    return json::array{json::object{{"key", name}, {"value", value}}};
  };
  json::object headers{{"host", list("Host", "Example.com:443")}};
  for (const auto& [name, value] : asked.headers) headers[name] = list(name, value);
  if (!asked.cookie.empty()) headers["cookie"] = list("Cookie", asked.cookie);
  json::object cf{{"config", {{"eventType", asked.type}, {"requestId", "r"}}},
                  {"request",
                   {{"clientIp", "198.51.100.7"},
                    {"method", asked.method},
                    {"uri", asked.uri},
                    {"querystring", asked.query},
                    {"headers", headers}}}};
  if (asked.type == "viewer-response") {
    json::object given{{"content-type", list("Content-Type", asked.content_type)}};
    if (!asked.cache_control.empty()) given["cache-control"] = list("Cache-Control", asked.cache_control);
    cf["response"] = json::object{{"status", std::to_string(asked.status)}, {"headers", given}};
  }
  return json::serialize(json::object{{"Records", json::array{json::object{{"cf", cf}}}}});
}

constexpr std::string_view settings_text =
    R"({"site":"example.com","session":"redirect","protect":"origin","hosts":["shop.example.com"],
        "session_idle_seconds":1800,"session_max_seconds":7200,
        "keys":[{"id":"1","secret":"YSBrZXkgbG9uZyByZXRpcmVkYSBrZXkgbG9uZyByZXQ","made":"2026-11-19T09:03:00.000Z"}]})";

class EdgeFunctionTest : public testing::Test {
 protected:
  void set(std::string_view name, json::value value) {
    settings[name] = std::move(value);
    reopen(json::serialize(settings));
  }
  void reopen(std::string_view text) {
    auto opened = EdgeFunction::open(text, crypto, clock);
    ASSERT_TRUE(opened) << opened.error().what;
    function = std::move(*opened);
  }
  json::object in_function(const Asked& asked) { return object(function->handle(function_event(asked)).value()); }
  json::object in_lambda(const Asked& asked) { return object(function->handle(lambda_event(asked)).value()); }
  static std::string value(const json::object& message, std::string_view name) {
    const json::value* one = message.at("headers").as_object().if_contains(name);
    if (one == nullptr) return "";
    return std::string(one->is_array() ? one->at(0).at("value").as_string() : one->at("value").as_string());
  }
  // A session that the edge gave.
  std::string begun() {
    const auto answer = in_function({});
    return "__Host-footfall=" + std::string(answer.at("cookies").at("__Host-footfall").at("value").as_string());
  }

  FakeClock clock;
  FakeCrypto crypto;
  json::object settings = object(settings_text);
  std::unique_ptr<EdgeFunction> function = std::move(*EdgeFunction::open(settings_text, crypto, clock));
};

TEST_F(EdgeFunctionTest, AVisitorWithoutASessionIsSentToTheSamePageWithOne) {
  const auto answer = in_function({.query = "a=1&b=2"});
  EXPECT_EQ(answer.at("statusCode"), 302);
  EXPECT_EQ(answer.at("statusDescription"), "Found");
  EXPECT_EQ(value(answer, "location"), "/about?a=1&b=2&ff=1");
  EXPECT_EQ(value(answer, "cache-control"), "no-store");
  const auto& cookie = answer.at("cookies").at("__Host-footfall").as_object();
  EXPECT_TRUE(cookie.at("value").as_string().starts_with("1.1."));
  EXPECT_EQ(cookie.at("attributes"), "Path=/; Max-Age=7200; Secure; HttpOnly; SameSite=Lax");
  EXPECT_EQ(in_function({.query = "ff=1"}).at("uri"), "/about.html");
  EXPECT_EQ(in_function({.cookie = begun()}).at("uri"), "/about.html");
}

TEST_F(EdgeFunctionTest, LambdaAtTheEdgeIsAnsweredInItsOwnShape) {
  const auto answer = in_lambda({.query = "a=1"});
  EXPECT_EQ(answer.at("status"), "302");
  EXPECT_EQ(value(answer, "location"), "/about?a=1&ff=1");
  const auto& set_cookie = answer.at("headers").at("set-cookie").as_array();
  ASSERT_EQ(set_cookie.size(), 1U);
  EXPECT_EQ(set_cookie[0].at("key"), "Set-Cookie");
  EXPECT_TRUE(set_cookie[0].at("value").as_string().starts_with("__Host-footfall=1.1."));
  const auto passed = in_lambda({.cookie = begun()});
  EXPECT_EQ(passed.at("uri"), "/about.html");
  EXPECT_EQ(passed.at("clientIp"), "198.51.100.7");
}

TEST_F(EdgeFunctionTest, AResponseRefreshesTheSessionAndIsItsReadersAlone) {
  Asked asked{.cookie = begun(), .type = "viewer-response", .cache_control = "public, max-age=60"};
  clock.advance(std::chrono::minutes(1));
  const auto first = in_function(asked);
  EXPECT_EQ(value(first, "cache-control"), "private, max-age=60");
  EXPECT_TRUE(first.at("cookies").as_object().contains("__Host-footfall"));
  EXPECT_EQ(first.at("statusCode"), 200);
  const auto second = in_lambda(asked);
  EXPECT_EQ(value(second, "cache-control"), "private, max-age=60");
  EXPECT_TRUE(second.at("headers").as_object().contains("set-cookie"));
  EXPECT_EQ(second.at("status"), "200");
  asked.content_type = "text/css";
  EXPECT_EQ(value(in_function(asked), "cache-control"), "public, max-age=60");
}

TEST_F(EdgeFunctionTest, TheModeResponseBeginsASessionWithThePage) {
  set("session", "response");
  EXPECT_EQ(in_function({}).at("uri"), "/about.html");
  EXPECT_TRUE(in_function({.type = "viewer-response"}).at("cookies").as_object().contains("__Host-footfall"));
  set("session", "off");
  EXPECT_TRUE(in_function({.type = "viewer-response"}).at("cookies").as_object().empty());
}

TEST_F(EdgeFunctionTest, TheOriginIsToldWhoAsksAndNobodyElseCanSayIt) {
  const std::string cookie = begun();
  const Asked asked{.method = "POST",
                    .uri = "/api/event",
                    .cookie = cookie,
                    .headers = {{"x-ff-ip", "192.0.2.1"}, {"x-ff-evil", "1"}}};
  for (const auto& told : {in_function(asked), in_lambda(asked)}) {
    EXPECT_EQ(value(told, "x-ff-ip"), "198.51.100.7");
    EXPECT_EQ(value(told, "x-ff-host"), "example.com");
    EXPECT_EQ(value(told, "x-ff-path"), "/api/event");
    EXPECT_EQ(value(told, "x-ff-evil"), "");
    const std::string session = value(told, "x-ff-session");
    EXPECT_NE(cookie.find(session), std::string::npos);
    class Kept final : public KeptFile {
     public:
      explicit Kept(std::string text) : text_(std::move(text)) {}
      Result<std::optional<std::string>> read() override { return std::optional(text_); }
      Result<Done> replace(std::string_view) override { return Done{}; }
      std::uint64_t revision() override { return 1; }

     private:
      std::string text_;
    } file(json::serialize(settings));
    const auto keys = std::move(*SessionKeys::open(file, crypto, clock));
    EXPECT_TRUE(is_proved({"example.com", "198.51.100.7", session, "/api/event"}, value(told, "x-ff-edge"), *keys,
                          crypto, clock.now()));
  }
}

TEST_F(EdgeFunctionTest, OnlyTheSitesOwnPagesArePassedOn) {
  struct Row {
    const char* name;
    const char* value;
    const char* dropped;
  };
  for (const Row& row :
       {Row{"origin", "https://evil.example", "foreign_origin"}, Row{"origin", "null", "foreign_origin"},
        Row{"referer", "https://evil.example/", "foreign_referrer"}, Row{"sec-fetch-site", "cross-site", "cross_site"},
        Row{"origin", "https://www.example.com", ""}, Row{"origin", "https://shop.example.com", ""},
        Row{"referer", "https://example.com/a?b", ""}, Row{"origin", "", ""}}) {
    SCOPED_TRACE(std::string(row.name) + " " + row.value);
    const auto answer = in_function({.method = "POST", .uri = "/api/event", .headers = {{row.name, row.value}}});
    EXPECT_EQ(value(answer, "x-footfall-dropped"), row.dropped);
    EXPECT_EQ(answer.contains("statusCode"), *row.dropped != '\0');
  }
}

TEST_F(EdgeFunctionTest, ASiteMayAskForASession) {
  set("require_session", true);
  const auto answer = in_function({.method = "POST", .uri = "/api/event"});
  EXPECT_EQ(answer.at("statusCode"), 202);
  EXPECT_EQ(value(answer, "x-footfall-dropped"), "no_token");
  EXPECT_EQ(answer.at("body").at("data"), "ok");
}

TEST_F(EdgeFunctionTest, WhatShowsAddressesTakesAToken) {
  const auto refused = in_function({.uri = "/api/visits"});
  EXPECT_EQ(refused.at("statusCode"), 401);
  EXPECT_EQ(value(refused, "www-authenticate"), "Bearer");
  EXPECT_EQ(in_lambda({.uri = "/api/visits"}).at("status"), "401");
  EXPECT_EQ(in_function({.uri = "/api/visits", .headers = {{"authorization", "Bearer x"}}}).at("uri"), "/api/visits");
  EXPECT_EQ(in_function({.uri = "/api/visits", .cookie = "footfall_login=x"}).at("uri"), "/api/visits");
  EXPECT_EQ(in_function({.method = "POST", .uri = "/api/visits"}).at("uri"), "/api/visits");
}

TEST_F(EdgeFunctionTest, APageByAnotherNameOfTheSiteIsToldByItsOwn) {
  const auto told =
      in_function({.uri = "/pixel.gif", .headers = {{"referer", "https://shop.example.com/a?b=https://x.example/"}}});
  EXPECT_EQ(value(told, "referer"), "https://example.com/a?b=https://x.example/");
}

TEST_F(EdgeFunctionTest, WithoutKeysPagesAreServedAndTheApiIsNot) {
  reopen("");
  EXPECT_EQ(in_function({}).at("uri"), "/about.html");
  EXPECT_TRUE(in_function({.type = "viewer-response"}).at("cookies").as_object().empty());
  EXPECT_EQ(in_function({.uri = "/api/counters/x"}).at("statusCode"), 503);
}

TEST_F(EdgeFunctionTest, WrongSettingsSayWhatIsWrong) {
  EXPECT_FALSE(EdgeFunction::open("{", crypto, clock));
  for (const auto& [name, value] : std::map<std::string, json::value>{{"site", ""},
                                                                      {"session", "always"},
                                                                      {"protect", 1},
                                                                      {"session_idle_seconds", 0},
                                                                      {"session_max_seconds", "2h"},
                                                                      {"secure", "no"},
                                                                      {"require_session", 1},
                                                                      {"hosts", json::array{"a b"}},
                                                                      {"keys", json::array{}}}) {
    json::object other = settings;
    other[name] = value;
    const auto opened = EdgeFunction::open(json::serialize(other), crypto, clock);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().field, name);
  }
}

TEST_F(EdgeFunctionTest, WhatIsNoViewersEventIsRefusedWithItsField) {
  struct Row {
    const char* event;
    const char* field;
  };
  for (
      const Row& row :
      {Row{"{}", "context"}, Row{R"({"context":{"eventType":"x"}})", "eventType"},
       Row{R"({"context":{"eventType":"viewer-request"}})", "request"},
       Row{R"({"context":{"eventType":"viewer-request"},"viewer":{"ip":"::1"},"request":{"method":"BREW","uri":"/"}})",
           "method"},
       Row{R"({"context":{"eventType":"viewer-request"},"viewer":{"ip":"::1"},"request":{"method":"GET","uri":"a"}})",
           "uri"},
       Row{R"({"context":{"eventType":"viewer-request"},"request":{"method":"GET","uri":"/"}})", "ip"},
       Row{R"({"context":{"eventType":"viewer-response"},"request":{"method":"GET","uri":"/"}})", "response"},
       Row{R"({"context":{"eventType":"viewer-response"},"request":{},"response":{"statusCode":"200"}})", "statusCode"},
       Row{R"({"Records":[]})", "Records"}, Row{R"({"Records":[{"cf":{}}]})", "eventType"},
       Row{R"({"Records":[{"cf":{"config":{"eventType":"origin-request"}}}]})", "eventType"},
       Row{R"({"Records":[{"cf":{"config":{"eventType":"viewer-request"},"request":{"method":"GET","uri":"/","clientIp":"x"}}}]})",
           "clientIp"},
       Row{R"({"Records":[{"cf":{"config":{"eventType":"viewer-response"},"request":{},"response":{"status":200}}}]})",
           "status"}}) {
    SCOPED_TRACE(row.event);
    const auto answer = function->handle(row.event);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().field, row.field);
  }
  EXPECT_FALSE(function->handle("[]"));
}

TEST_F(EdgeFunctionTest, OddShapesAreNotThere) {
  const auto answer = function->handle(
      R"({"context":{"eventType":"viewer-request"},"viewer":{"ip":"::1"},"request":{"method":"GET","uri":"/a.css","headers":
          {"a":1,"b":{"value":2},"c":{"multiValue":[7]}},"cookies":[],"querystring":{"x":{"multiValue":[1,{"value":"y"}]}}}})");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(object(*answer).at("uri"), "/a.css");
}

}  // namespace
}  // namespace footfall
