// What exists twice, in C++ and in JavaScript, is held to the same cases: tests/vectors/*.json.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/json.h"
#include "domain/page.h"
#include "domain/session_rules.h"

namespace footfall {
namespace {

json::array cases_of(const std::string& name) {
  std::ifstream file("tests/vectors/" + name);
  std::stringstream text;
  text << file.rdbuf();
  const auto value = parse_json(text.str());
  if (!value) return {};
  return value->as_array();
}

// A `path` of null: nothing is recorded.
TEST(Vectors, OfTheRuleWhichRequestsAreRecorded) {
  const json::array cases = cases_of("recorded.json");
  ASSERT_GT(cases.size(), 40U);
  for (const json::value& one : cases) {
    SCOPED_TRACE(json::serialize(one));
    const std::string_view target = one.at("target").as_string();
    const auto url = split_target(target);
    const bool recorded =
        url && is_recorded(one.at("method").as_string(), url->path, one.at("status").to_number<int>());
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

}  // namespace
}  // namespace footfall
