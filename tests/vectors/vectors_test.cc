// What exists twice, in C++ and in JavaScript, is held to the same cases: tests/vectors/*.json.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <sstream>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/edge/page_tokens.h"
#include "app/edge/session_cookies.h"
#include "app/json.h"
#include "domain/page.h"
#include "domain/session_rules.h"
#include "testing/fake_clock.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

json::value read_vectors(const std::string& name) {
  std::ifstream file("tests/vectors/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return parse_json(text.str()).value_or(json::value());
}

json::array cases_of(const std::string& name) {
  const json::value value = read_vectors(name);
  return value.is_array() ? value.get_array() : json::array();
}

std::string_view text_at(const json::value& one, std::string_view name) {
  const json::value* value = one.as_object().if_contains(name);
  return value == nullptr ? std::string_view{} : std::string_view(value->as_string());
}

// A `path` of null: nothing is recorded. Without `type` it is a log line, which tells none.
TEST(Vectors, OfTheRuleWhichRequestsAreRecorded) {
  const json::array cases = cases_of("recorded.json");
  ASSERT_GT(cases.size(), 40U);
  for (const json::value& one : cases) {
    SCOPED_TRACE(json::serialize(one));
    const std::string_view target = one.at("target").as_string();
    const auto url = split_target(target);
    const std::string_view method = one.at("method").as_string();
    const int status = one.at("status").to_number<int>();
    const bool is_log_line = !one.as_object().contains("type");
    const bool recorded = url && !is_ahead_of_time(text_at(one, "purpose")) &&
                          (is_log_line ? is_recorded(method, url->path, status)
                                       : is_recorded(method, url->path, status, text_at(one, "type")));
    ASSERT_EQ(recorded, !one.at("path").is_null());
    if (!recorded) continue;
    EXPECT_EQ(url->path, std::string_view(one.at("path").as_string()));
  }
}

// `at`: the times of one visitor's hits in the order in which they came; `sessions`: the session of each.
TEST(Vectors, OfTheTwoRulesOfSessions) {
  const json::array cases = cases_of("session_rules.json");
  ASSERT_GT(cases.size(), 10U);
  for (const json::value& one : cases) {
    SCOPED_TRACE(json::serialize(one));
    const SessionRules rules{Milliseconds(one.at("idle_ms").to_number<std::int64_t>()),
                             Milliseconds(one.at("max_ms").to_number<std::int64_t>())};
    std::int64_t session = 0;
    SessionSpan span;
    json::array sessions;
    for (const json::value& at : one.at("at").as_array()) {
      const Instant time = instant_of(at.to_number<std::int64_t>());
      if (session == 0 || !continues(span, time, rules)) {
        ++session;
        span = {time, time};
      }
      span = extended(span, time);
      sessions.push_back(session);
    }
    EXPECT_EQ(sessions, one.at("sessions").as_array());
  }
}

// The keys of a vector file as the edge finds them in its own.
struct Edge {
  explicit Edge(const json::value& vectors) : file(json::serialize(vectors.at("keys"))) {
    auto opened = SessionKeys::open(file, crypto, clock);
    if (opened) keys = std::move(*opened);
  }
  void at(const json::value& seconds) { clock.set(Instant(std::chrono::seconds(seconds.to_number<std::int64_t>()))); }

  FakeClock clock;
  OpensslCrypto crypto;
  MemoryFile file;
  std::unique_ptr<SessionKeys> keys;
};

TEST(Vectors, OfTheSessionCookie) {
  const json::value vectors = read_vectors("session_cookie.json");
  ASSERT_TRUE(vectors.is_object());
  Edge edge(vectors);
  ASSERT_TRUE(edge.keys);
  const SessionCookies cookies(*edge.keys, edge.crypto);
  Site site;
  site.name = "example.com";
  site.rules.idle = std::chrono::seconds(vectors.at("idle_seconds").to_number<std::int64_t>());
  site.rules.max = std::chrono::seconds(vectors.at("max_seconds").to_number<std::int64_t>());
  const json::array& cases = vectors.at("cases").as_array();
  ASSERT_GT(cases.size(), 60U);
  for (const json::value& one : cases) {
    SCOPED_TRACE(json::serialize(one));
    edge.at(one.at("now"));
    const std::array<HeaderView, 2> headers{{{"Host", text_at(one, "host")}, {"Cookie", text_at(one, "cookie")}}};
    Request request;
    request.path = "/";
    request.headers = headers;
    request.secure = one.at("secure").as_bool();
    auto session = cookies.read(request, site, edge.clock.now());
    ASSERT_EQ(session.has_value(), !one.at("session").is_null());
    if (!session) continue;
    EXPECT_EQ(session->id, text_at(one.at("session"), "id"));
    EXPECT_EQ(session->started.time_since_epoch().count(), one.at("session").at("started").to_number<std::int64_t>());
    EXPECT_EQ(session->seen.time_since_epoch().count(), one.at("session").at("seen").to_number<std::int64_t>());
    session->seen = std::chrono::floor<std::chrono::seconds>(edge.clock.now());
    const std::string header = cookies.header(request, site, *session);
    const std::string name(session_cookie_name(request.secure));
    EXPECT_EQ(header, name + "=" + std::string(text_at(one, "refreshed")) + "; Path=/; Max-Age=7200" +
                          (request.secure ? "; Secure" : "") + "; HttpOnly; SameSite=Lax");
  }
}

TEST(Vectors, OfPageTokens) {
  const json::value vectors = read_vectors("page_token.json");
  ASSERT_TRUE(vectors.is_object());
  Edge edge(vectors);
  ASSERT_TRUE(edge.keys);
  edge.at(vectors.at("now"));
  const Instant now = edge.clock.now();
  const PageTokens tokens(*edge.keys, edge.crypto);
  const json::value& site_key = vectors.at("site_key");
  EXPECT_EQ(tokens.site_key(text_at(site_key, "site")), text_at(site_key, "key"));
  const json::value& minted = vectors.at("minted");
  EXPECT_EQ(tokens.mint(text_at(minted, "site"), text_at(minted, "subject"), now), text_at(minted, "token"));
  const std::map<std::string_view, TokenVerdict> verdicts{{"good", TokenVerdict::good},
                                                          {"malformed", TokenVerdict::malformed},
                                                          {"expired", TokenVerdict::expired},
                                                          {"forged", TokenVerdict::forged}};
  ASSERT_GT(vectors.at("cases").as_array().size(), 15U);
  for (const json::value& one : vectors.at("cases").as_array()) {
    SCOPED_TRACE(json::serialize(one));
    const CheckedToken checked = tokens.check(text_at(one, "site"), text_at(one, "token"), now);
    EXPECT_EQ(checked.verdict, verdicts.at(text_at(one, "verdict")));
    if (checked.verdict == TokenVerdict::good) {
      EXPECT_EQ(checked.subject, text_at(one, "subject"));
    }
  }
}

}  // namespace
}  // namespace footfall
