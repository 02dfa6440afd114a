// CountAPI and Abacus, as their own servers answer, and exact where many ask at once.
#include <atomic>
#include <thread>

#include "app/api/dialects/dialects_world.h"

namespace footfall {
namespace {

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

// Two who do the same in the same instant, many times over: what is two steps is seen to come apart.
template <typename Act>
void at_once(int rounds, Act&& act) {
  constexpr int actors = 2;
  std::atomic<int> arrived{0};
  const auto run = [&] {
    for (int round = 0; round < rounds; ++round) {
      // Spinning: whoever sleeps does not start in the same instant.
      ++arrived;
      while (arrived < (round + 1) * actors) std::this_thread::yield();
      act(round);
    }
  };
  std::thread other(run);
  run();
  other.join();
}

TEST_F(Dialects, CountapiSetsInOneStepAlsoWhenTwoSetAtOnce) {
  speak("countapi");
  get("/hit/example.com/visits");
  as(ingest);
  constexpr int rounds = 50'000;
  at_once(rounds, [&](int round) {
    const int target = 10 * (round + 1);
    const Answer answer = get("/set/example.com/visits?value=" + std::to_string(target));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("value"), target) << "the counter stands where it was set";
  });
  EXPECT_EQ(value("visits"), 10U * rounds) << "no two of them have added up";
}

TEST_F(Dialects, CountapiMakesACounterOnceAlsoWhenTwoMakeItAtOnce) {
  speak("countapi");
  as(ingest);
  constexpr int rounds = 5'000;
  std::atomic<int> made{0};
  at_once(rounds, [&](int round) {
    const int status = get("/create?namespace=example.com&key=made-" + std::to_string(round) + "&value=7").status;
    EXPECT_TRUE(status == 201 || status == 409) << status;
    if (status == 201) ++made;
  });
  EXPECT_EQ(made, rounds);
  for (int round = 0; round < rounds; ++round) ASSERT_EQ(value("made-" + std::to_string(round)), 7U);
}

TEST_F(Dialects, CountapiSaysThatWhatWasSetIsNobodysVisit) {
  speak("countapi");
  get("/hit/example.com/visits");
  as(ingest);
  EXPECT_EQ(get("/set/example.com/visits?value=1000").status, 200);
  process();
  EXPECT_EQ(numbers.read("example.com", "visits", Instant{})->value, 1U);
  EXPECT_EQ(value("visits"), 1'000U);
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
  EXPECT_EQ(get("/create/example.com/nothing-yet").json().at("value"), 0);
  EXPECT_EQ(get("/get/example.com/nothing-yet").body, R"({"value":0})") << "it is there";
  EXPECT_EQ(get("/create/example.com/nothing-yet").status, 409);
  EXPECT_EQ(get("/hit/example.com/more").body, R"({"value":4})");
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

}  // namespace
}  // namespace footfall
