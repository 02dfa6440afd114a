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
  Answer put(const std::string& key, std::string_view body) {
    return send(Method::put, "/api/counters/" + key + "?site=example.com", body);
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

TEST_F(CounterRoutes, TakeAnythingThatIsTextOfOneLineForAKey) {
  struct Row {
    const char* because;
    const char* encoded;
    const char* key;
  };
  for (const auto& row : {
           Row{"dots lead nowhere", "..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"},
           Row{"nor unencoded ones", "a/../b", "a/../b"},
           Row{"Unicode", "%F0%9F%90%9A%20caf%C3%A9", "\xF0\x9F\x90\x9A café"},
           Row{"what is special in a query", "a%3Fb%3D1%26c%23d%25", "a?b=1&c#d%"},
           Row{"what is special in HTML", "%3Cscript%3E%22%27", "<script>\"'"},
           Row{"a name that is a number", "0", "0"},
           Row{"a space alone", "%20", " "},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(increment(row.encoded).text("key"), row.key);
    EXPECT_EQ(value(get("/api/counters/" + std::string(row.encoded) + "?site=example.com")), 1);
  }
  EXPECT_EQ(get("/api/counters/?site=example.com").status, 404) << "an empty key is none";
  EXPECT_GE(post("/api/counters//increment?site=example.com", "").status, 400);
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
  const std::string begin = R"({"site":"example.com","key":"likes","value":2,"receipt":"ff1.)";
  EXPECT_EQ(answer.body.substr(0, begin.size()), begin);
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

TEST_F(CounterRoutes, RefuseANewCounterOfAFullSiteAndCountOnEverywhereElse) {
  increment("likes");
  for (std::size_t made = 1; made < counters_per_site_max; ++made) {
    const std::string key = "counter " + std::to_string(made);
    Increment another;
    another.time = clock.now();
    another.site = "example.com";
    another.key = key;
    ASSERT_TRUE(collector->increment(another));
  }
  const Answer refused = increment("one%20too%20many");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many");
  EXPECT_EQ(refused.field(), "key");
  as(ingest);
  EXPECT_EQ(put("one%20too%20many", R"({"initial":5})").status, 429);
  as_stranger();
  EXPECT_EQ(get("/api/counters/one%20too%20many?site=example.com").status, 404);
  EXPECT_EQ(value(increment("likes")), 2) << "those that are there go on";
  view("/new");
  EXPECT_EQ(value(get("/api/counters/TOTAL?site=example.com")), 1) << "a page view is never refused for it";
  EXPECT_EQ(value(get("/api/counters/(other)?site=example.com")), 1);
  EXPECT_EQ(post("/api/counters/new/increment?site=example.org", "").status, 200) << "another site has room of its own";
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

TEST_F(CounterRoutes, AreGuardedButForWhoeverHasAToken) {
  Site strict = *registry->site("example.com");
  strict.protect = Protect::strict;
  ASSERT_TRUE(registry->put_site(strict));
  EXPECT_EQ(increment("likes").status, 202);
  EXPECT_EQ(get("/api/counters/likes/increment?site=example.com").status, 202);
  EXPECT_EQ(recorded_count(), 0U);
  as(ingest);
  EXPECT_EQ(increment("likes").status, 200);
}

// --- receipts ---

TEST_F(CounterRoutes, ProveTheNumberWithAReceipt) {
  session = "a session";
  increment("likes");
  const Answer answer = increment("likes");
  const auto verified = receipts->verify(answer.text("receipt"));
  ASSERT_TRUE(verified) << verified.error().what;
  EXPECT_EQ(verified->statement.site, "example.com");
  EXPECT_EQ(verified->statement.key, "likes");
  EXPECT_EQ(verified->statement.number, 2U);
  EXPECT_EQ(verified->statement.session, session_hash("example.com", "a session", crypto));
}

TEST_F(CounterRoutes, ProveTheSameNumberToWhoeverSendsItAgain) {
  const Headers once{{"Idempotency-Key", "retry-1"}};
  const Instant when = clock.now();
  increment("likes", {}, once);
  increment("likes");
  clock.advance(std::chrono::minutes(5));
  const auto verified = receipts->verify(increment("likes", {}, once).text("receipt"));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->statement.number, 1U);
  EXPECT_EQ(verified->statement.time, when);
}

TEST_F(CounterRoutes, EscapeAKeyThatIsNoPlainText) {
  const Answer answer = increment("%22%5C%3C%2Fscript%3E%C3%A9");
  EXPECT_EQ(answer.text("key"), "\"\\</script>é");
  EXPECT_EQ(receipts->verify(answer.text("receipt"))->statement.key, "\"\\</script>é");
}

// --- once ---

TEST_F(CounterRoutes, CountASessionOnce) {
  as(ingest);
  EXPECT_EQ(put("likes", R"({"once_per":"session"})").status, 200);
  as_stranger();
  session = "one";
  EXPECT_EQ(value(increment("likes")), 1);
  session = "two";
  EXPECT_EQ(value(increment("likes")), 2);
  session = "one";
  const Answer again = increment("likes");
  EXPECT_EQ(value(again), 1);
  EXPECT_EQ(again.json().at("counted"), json::value(false));
  EXPECT_EQ(receipts->verify(again.text("receipt"))->statement.number, 1U) << "it is this session's number";
  as(ingest);
  EXPECT_EQ(value(increment("likes")), 3) << "a token speaks for many";
}

TEST_F(CounterRoutes, CountAVisitorOnceADay) {
  as(ingest);
  EXPECT_EQ(put("likes", R"({"once_per":"visitor-day"})").status, 200);
  as_stranger();
  EXPECT_EQ(value(increment("likes")), 1);
  const Answer again = increment("likes");
  EXPECT_EQ(again.body, R"({"site":"example.com","key":"likes","value":1,"counted":false})")
      << "without a receipt: a neighbour behind the same address could be meant";
  user_agent = "Chromium";
  EXPECT_EQ(value(increment("likes")), 2);
  peer = *Address::parse("203.0.113.10");
  EXPECT_EQ(value(increment("likes")), 3);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(value(increment("likes")), 4) << "another day";
}

TEST_F(CounterRoutes, TakeTheVisitorOfTheDayWhereThereIsNoSession) {
  as(ingest);
  EXPECT_EQ(put("likes", R"({"once_per":"session"})").status, 200);
  as_stranger();
  EXPECT_EQ(value(increment("likes")), 1);
  EXPECT_EQ(value(increment("likes")), 1) << "who refuses cookies does not count without end";
}

// --- two numbers ---

TEST_F(CounterRoutes, TellVisitorsBesideHits) {
  view("/a");
  view("/a");
  view("/b");
  peer = *Address::parse("203.0.113.10");
  view("/a");
  increment("%2Fa");
  processor.start();
  EXPECT_EQ(get("/api/counters/%2Fa?site=example.com&unique=1").body,
            R"({"site":"example.com","key":"/a","value":4,"visitors":2})");
  EXPECT_EQ(get("/api/counters/TOTAL?site=example.com&unique=1").body,
            R"({"site":"example.com","key":"TOTAL","value":4,"visitors":2})");
  EXPECT_EQ(get("/api/counters/nothing?site=example.com&unique=1").status, 404);
  EXPECT_TRUE(processor.stop());
}

TEST_F(CounterRoutes, TellTheNumbersOfATime) {
  as(ingest);
  EXPECT_EQ(put("%2Fa", R"({"initial":1000})").status, 200);
  as_stranger();
  view("/a");
  const std::string begin = to_rfc3339(clock.now() + Milliseconds(1));
  clock.advance(std::chrono::hours(1));
  view("/a");
  increment("%2Fa");
  processor.start();
  EXPECT_EQ(value(get("/api/counters/%2Fa?site=example.com&from=" + begin)), 2);
  EXPECT_EQ(value(get("/api/counters/%2Fa?site=example.com&to=" + begin)), 1) << "where it began is not of a time";
  EXPECT_EQ(value(get("/api/counters/nothing?site=example.com&from=" + begin)), 0);
  EXPECT_EQ(value(get("/api/counters/%2Fa?site=example.com&unique=1")), 1'003);
  EXPECT_EQ(get("/api/counters/%2Fa?site=example.com&from=yesterday").field(), "from");
  EXPECT_EQ(get("/api/counters/%2Fa?site=example.com&unique=2").field(), "unique");
  EXPECT_TRUE(processor.stop());
}

TEST_F(CounterRoutes, AskTheStoreOnceBetweenTwoVisits) {
  view("/a");
  processor.start();
  const std::string question = "/api/counters/%2Fa?site=example.com&unique=1";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(question).status, 200);
  EXPECT_EQ(reader.counter_questions, 1U);
  view("/a");
  EXPECT_EQ(value(get(question)), 2);
  EXPECT_EQ(reader.counter_questions, 2U);
  EXPECT_TRUE(processor.stop());
}

TEST_F(CounterRoutes, MayWaitOnlyWhereTheStoreIsAsked) {
  Request request;
  request.path = "/api/counters/likes";
  request.query = "site=example.com";
  EXPECT_FALSE(router.admit(request).may_block);
  request.query = "site=example.com&unique=1";
  EXPECT_TRUE(router.admit(request).may_block);
}

// --- settings ---

TEST_F(CounterRoutes, AreChangedByWhoeverMayRecordForOthers) {
  for (const std::string& token : {read, ingest_elsewhere}) {
    as(token);
    EXPECT_GE(put("likes", R"({"initial":5})").status, 403);
  }
  as_stranger();
  EXPECT_EQ(put("likes", R"({"initial":5})").status, 401);
  as(ingest);
  const Answer answer = put("likes", R"({"initial":5,"winners":{"every":10}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"site":"example.com","key":"likes","value":5,"initial":5,"once_per":"request",)"
                         R"("winners":[{"id":1,"rule":"every","since":5,"until":null,"every":10}]})");
  EXPECT_EQ(answer.after, 0U) << "on disk before it is answered";
  EXPECT_EQ(put("likes", R"({"initial":4})").status, 409);
  EXPECT_EQ(put("likes", "[]").field(), "body");
  EXPECT_EQ(put("likes", "{").field(), "body");
  EXPECT_EQ(put("likes", R"({"initial":"5"})").field(), "initial");
}

TEST_F(CounterRoutes, LetTheTotalBeginAtAValueAndNoMore) {
  as(admin);
  EXPECT_EQ(put("TOTAL", R"({"initial":100})").status, 200);
  EXPECT_EQ(put("TOTAL", R"({"winners":{"every":5}})").field(), "key");
  EXPECT_EQ(put("(other)", R"({"initial":5})").field(), "key");
  as_stranger();
  view("/a");
  EXPECT_EQ(value(get("/api/counters/TOTAL?site=example.com")), 101);
}

}  // namespace
}  // namespace footfall
