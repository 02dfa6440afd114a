// How current the two numbers of a counter are, and what asking for them costs the store.
#include <thread>

#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class CounterNumbersTest : public ApiWorld {
 protected:
  CounterNumbersTest() { processor.start(); }
  ~CounterNumbersTest() override { EXPECT_TRUE(processor.stop()); }

  // Somebody new looks at the page.
  void visitor(int number) {
    user_agent_text_ = "Visitor " + std::to_string(number);
    user_agent = user_agent_text_;
    ASSERT_EQ(post("/api/visits", R"({"site":"example.com","path":"/a"})").status, 202);
  }
  std::int64_t visitors(const std::string& more = "") {
    const Answer answer = get("/api/counters/%2Fa?site=example.com&unique=1" + more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json::object body = answer.json();
    EXPECT_GE(body.at("value").to_number<std::int64_t>(), body.at("visitors").to_number<std::int64_t>());
    return body.at("visitors").to_number<std::int64_t>();
  }
  void let_questions_take(Milliseconds time) {
    reader.on_counter_question = [this, time] { clock.advance(time); };
  }

  std::string user_agent_text_;
};

TEST_F(CounterNumbersTest, AreUpToTheMoment) {
  for (int number = 1; number <= 20; ++number) {
    visitor(number);
    EXPECT_EQ(visitors(), number);
  }
}

TEST_F(CounterNumbersTest, KeepTheStoreBusyForAFourthOfASecondAtMostAndAreNoOlderThanThat) {
  let_questions_take(counter_question_share / 2);
  for (int number = 1; number <= 2; ++number) {
    visitor(number);
    EXPECT_EQ(visitors(), number);
  }
  visitor(3);
  EXPECT_EQ(visitors(), 2) << "the answer of this second";
  EXPECT_EQ(get("/api/counters/%2Fa?site=example.com").json().at("value"), 3) << "the value alone is always current";
  EXPECT_EQ(reader.counter_questions, 2U);
  clock.advance(counter_answer_age_max - counter_question_share);
  EXPECT_EQ(visitors(), 3);
  EXPECT_EQ(reader.counter_questions, 3U);
}

TEST_F(CounterNumbersTest, AreAskedForAgainWhenTheClockWasSetBack) {
  let_questions_take(counter_question_share);
  visitor(1);
  EXPECT_EQ(visitors(), 1);
  clock.advance(-std::chrono::hours(1));
  visitor(2);
  EXPECT_EQ(visitors(), 2);
}

TEST_F(CounterNumbersTest, AreFreshForWhoeverMayRead) {
  let_questions_take(counter_question_share);
  visitor(1);
  EXPECT_EQ(visitors(), 1);
  visitor(2);
  EXPECT_EQ(visitors(), 1);
  as(read);
  EXPECT_EQ(visitors("&fresh=true"), 2);
  for (const auto& [token, status] : {std::pair(std::string(), 401), std::pair(read_elsewhere, 403)}) {
    as(token);
    const Answer answer = get("/api/counters/%2Fa?site=example.com&unique=1&fresh=true");
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.field(), "fresh");
  }
}

TEST_F(CounterNumbersTest, AreOneAnswerForAllWhoAskAtOnce) {
  visitor(1);
  constexpr int askers = 8;
  std::atomic<int> begun{0};
  reader.on_counter_question = [&] {
    while (begun < askers) std::this_thread::yield();
  };
  std::vector<std::thread> asking;
  for (int i = 0; i < askers; ++i) {
    asking.emplace_back([&] {
      ++begun;
      EXPECT_EQ(numbers.read("example.com", "/a")->visitors, 1U);
    });
  }
  for (std::thread& thread : asking) thread.join();
  EXPECT_EQ(reader.counter_questions, 1U);
}

TEST_F(CounterNumbersTest, DoNotHoldUpThoseWhoAskWhileTheStoreIsAsked) {
  visitor(1);
  EXPECT_EQ(visitors(), 1);
  visitor(2);
  std::atomic<bool> is_asked{false}, may_answer{false};
  reader.on_counter_question = [&] {
    is_asked = true;
    while (!may_answer) std::this_thread::yield();
  };
  std::thread first([&] { EXPECT_EQ(numbers.read("example.com", "/a")->visitors, 2U); });
  while (!is_asked) std::this_thread::yield();
  EXPECT_EQ(visitors(), 1) << "the answer before, which is young enough";
  clock.advance(counter_answer_age_max);
  std::thread second([&] { EXPECT_EQ(numbers.read("example.com", "/a")->visitors, 2U) << "that is too old now"; });
  may_answer = true;
  first.join();
  second.join();
}

TEST_F(CounterNumbersTest, NeverTellMoreVisitorsThanViews) {
  visitor(1);
  reader.on_counter_question = [this] {
    visitor(2);  // comes, and is stored, between the question and the count
    ASSERT_TRUE(processor.wait_until_stored(journal.next(), fresh_wait_max));
  };
  EXPECT_EQ(visitors(), 2);
}

TEST_F(CounterNumbersTest, ForgetWhatIsAskedRarely) {
  visitor(1);
  EXPECT_EQ(visitors(), 1);
  for (int day = 0; day < 2'000; ++day) {
    const Instant from = clock.now() - std::chrono::days(day);
    ASSERT_TRUE(numbers.read("example.com", "/a", from));
  }
  EXPECT_EQ(reader.counter_questions, 2'001U);
  EXPECT_EQ(visitors(), 1);
  EXPECT_EQ(reader.counter_questions, 2'002U);
}

TEST_F(CounterNumbersTest, SayThatTheStoreCannotAnswer) {
  visitor(1);
  reader.fault = Error{ErrorCode::unavailable, "the store cannot answer now", ""};
  EXPECT_EQ(get("/api/counters/%2Fa?site=example.com&unique=1").status, 503);
  EXPECT_EQ(get("/counter/%2Fa.svg?site=example.com&unique=1").status, 503) << "and no badge shows another number";
  reader.fault.reset();
  EXPECT_EQ(visitors(), 1);
}

// The processor stands still here.
class NumbersBehindTheirStore : public ApiWorld {};

TEST_F(NumbersBehindTheirStore, AreNotWaitedForByEverybody) {
  ASSERT_EQ(post("/api/visits", R"({"site":"example.com","path":"/a"})").status, 202);
  EXPECT_EQ(numbers.read("example.com", "/a").error().code, ErrorCode::timed_out);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(numbers.read("example.com", "/a").error().code, ErrorCode::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, counter_wait_max) << "one question has found out for all";
  process();
  EXPECT_EQ(numbers.read("example.com", "/a")->visitors, 1U) << "as soon as it is there";
}

}  // namespace
}  // namespace footfall
