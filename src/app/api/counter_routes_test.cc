// Counters over HTTP: read, list, increment.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class CounterRoutes : public ApiWorld {
 protected:
  Answer increment(const std::string& key, std::string_view body = {}, Headers headers = {}) {
    return post("/api/counters/" + key + "/increment?site=example.com", body, std::move(headers));
  }
  static std::int64_t value(const Answer& answer) {
    const json::object body = answer.json();
    const json::value* value = body.if_contains("value");
    return value == nullptr ? -1 : value->to_number<std::int64_t>();
  }
  void view(const char* path) {
    EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"}").status, 202);
  }
};

// --- reading ---

TEST_F(CounterRoutes, ReadThePageViewsOfAPath) {
  for (int i = 0; i < 3; ++i) view("/about");
  const Answer answer = get("/api/counters/%2Fabout?site=example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"site":"example.com","key":"/about","value":3})");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.after, 2U) << "a number that was shown can never go back";
}

TEST_F(CounterRoutes, ReadTheTotalOfTheSite) {
  view("/a");
  view("/b");
  EXPECT_EQ(value(get("/api/counters/TOTAL?site=example.com")), 2);
}

TEST_F(CounterRoutes, TakeAKeyThatIsAPathOrAUrlHoweverItIsEncoded) {
  view("/a/b");
  EXPECT_EQ(value(get("/api/counters/%2Fa%2Fb?site=example.com")), 1);
  EXPECT_EQ(value(get("/api/counters//a/b?site=example.com")), 1);
  EXPECT_EQ(increment("https%3A%2F%2Fexample.com%2F%3Fa%3D1").text("key"), "https://example.com/?a=1");
  EXPECT_EQ(value(get("/api/counters/https%3A%2F%2Fexample.com%2F%3Fa%3D1?site=example.com")), 1);
}

TEST_F(CounterRoutes, KnowOnlyWhatWasCounted) {
  const Answer answer = get("/api/counters/nothing?site=example.com");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.field(), "key");
}

TEST_F(CounterRoutes, TakeTheOnlySiteThereIs) {
  ASSERT_TRUE(registry->remove_site("example.org"));
  view("/a");
  EXPECT_EQ(value(get("/api/counters/%2Fa")), 1);
}

TEST_F(CounterRoutes, AskForTheSiteWhereThereAreSeveral) {
  const Answer answer = get("/api/counters/%2Fa");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field(), "site");
}

TEST_F(CounterRoutes, ListTheCountersOfASiteForItsOwner) {
  as(read);
  EXPECT_EQ(get("/api/counters?site=example.com").body, R"({"site":"example.com","counters":[]})")
      << "and it does not wait for a record that never comes";
  view("/b");
  view("/a");
  increment("likes");
  EXPECT_EQ(
      get("/api/counters?site=example.com").body,
      R"({"site":"example.com","counters":[{"key":"TOTAL","value":2},{"key":"/a","value":1},{"key":"/b","value":1},)"
      R"({"key":"likes","value":1}]})");
}

// --- incrementing ---

TEST_F(CounterRoutes, AnswerTheNewValueOnceItIsOnDisk) {
  EXPECT_EQ(value(increment("likes")), 1);
  const Answer answer = increment("likes");
  EXPECT_EQ(value(answer), 2);
  EXPECT_EQ(answer.after, 1U);
  EXPECT_EQ(answer.body, R"({"site":"example.com","key":"likes","value":2})");
  EXPECT_EQ(value(get("/api/counters/likes?site=example.com")), 2);
}

TEST_F(CounterRoutes, GrowByGetForPagesThatCanDoNothingElse) {
  const Answer answer = get("/api/counters/likes/increment?site=example.com");
  EXPECT_EQ(value(answer), 1);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_GE(send(Method::head, "/api/counters/likes/increment?site=example.com").status, 400);
  EXPECT_EQ(value(get("/api/counters/likes?site=example.com")), 1) << "a head alone counts nothing";
}

TEST_F(CounterRoutes, AnswerTheSameIdempotencyKeyAsTheyDidTheFirstTime) {
  const Headers once{{"Idempotency-Key", "retry-1"}};
  EXPECT_EQ(value(increment("likes", {}, once)), 1);
  EXPECT_EQ(value(increment("likes")), 2);
  EXPECT_EQ(value(increment("likes", {}, once)), 1);
  EXPECT_EQ(value(get("/api/counters/likes?site=example.com")), 2);
  EXPECT_EQ(value(increment("loves", {}, once)), 1) << "of another counter it is another one";
  clock.advance(retry_window + Milliseconds(1));
  EXPECT_EQ(value(increment("likes", {}, once)), 3);
}

TEST_F(CounterRoutes, GrowByMoreThanOneForAnIngestToken) {
  as(ingest);
  EXPECT_EQ(value(increment("likes", R"({"by":41})")), 41);
  as(admin);
  EXPECT_EQ(value(increment("likes", R"({"by":1})")), 42);
  for (const std::string& token : {std::string(), read, ingest_elsewhere}) {
    as(token);
    const Answer answer = increment("likes", R"({"by":2})");
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.field(), "by");
    EXPECT_EQ(increment("other", R"({"by":1})").status, 200) << "one at a time anybody may";
  }
}

TEST_F(CounterRoutes, CountAPathsViewsAndItsIncrementsTogether) {
  view("/about");
  EXPECT_EQ(value(increment("%2Fabout")), 2);
  EXPECT_EQ(value(get("/api/counters/TOTAL?site=example.com")), 1) << "an increment is no page view";
}

TEST_F(CounterRoutes, StopAtTheLargestExactNumberOfJson) {
  as(ingest);
  EXPECT_EQ(value(increment("big", R"({"by":9007199254740991})")), 9'007'199'254'740'991);
  const Answer answer = increment("big");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "too_large");
}

// --- bad input ---

TEST_F(CounterRoutes, RefuseWhatIsWrongAndNameTheField) {
  as(ingest);
  struct Row {
    const char* because;
    std::string target;
    std::string body;
    int status;
    const char* field;
  };
  const std::string likes = "/api/counters/likes/increment?site=example.com";
  const auto key = [](const std::string& text) { return "/api/counters/" + text + "/increment?site=example.com"; };
  for (const auto& row : {
           Row{"the total", key("TOTAL"), "", 400, "key"},
           Row{"a broken percent sign", key("a%2"), "", 400, "key"},
           Row{"not UTF-8", key("%FF"), "", 400, "key"},
           Row{"two lines", key("a%0Ab"), "", 400, "key"},
           Row{"a zero byte", key("a%00b"), "", 400, "key"},
           Row{"a key too long", key(std::string(counter_key_bytes_max + 1, 'k')), "", 400, "key"},
           Row{"an unknown site", "/api/counters/likes/increment?site=stranger.example", "", 404, "site"},
           Row{"a site that is none", "/api/counters/likes/increment?site=a%20b", "", 400, "site"},
           Row{"no JSON", likes, "+1", 400, "body"},
           Row{"no object", likes, "1", 400, "body"},
           Row{"by nothing", likes, R"({"by":0})", 400, "by"},
           Row{"backwards", likes, R"({"by":-1})", 400, "by"},
           Row{"by a fraction", likes, R"({"by":1.5})", 400, "by"},
           Row{"by a text", likes, R"({"by":"1"})", 400, "by"},
           Row{"by more than there is", likes, R"({"by":9007199254740992})", 400, "by"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = post(row.target, row.body);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.field(), row.field);
    EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  }
  EXPECT_EQ(recorded_count(), 0U);
  EXPECT_EQ(post(key(std::string(counter_key_bytes_max, 'k')), "").status, 200);
}

TEST_F(CounterRoutes, RefuseAnIdempotencyKeyThatIsTooLong) {
  const std::string longest(idempotency_key_bytes_max, 'i'), longer = longest + "i";
  EXPECT_EQ(increment("likes", {}, {{"Idempotency-Key", longest}}).status, 200);
  const Answer answer = increment("likes", {}, {{"Idempotency-Key", longer}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field(), "idempotency-key");
}

TEST_F(CounterRoutes, DoNotGrowWhenTheJournalHasNoRoom) {
  journal.refuse(JournalRefusal::disk_full);
  EXPECT_EQ(increment("likes").status, 503);
  journal.refuse(JournalRefusal::none);
  EXPECT_EQ(value(increment("likes")), 1);
}

TEST_F(CounterRoutes, AnswerThePreflightOfPages) {
  EXPECT_EQ(send(Method::options, "/api/counters/likes/increment").status, 204);
}

}  // namespace
}  // namespace footfall
