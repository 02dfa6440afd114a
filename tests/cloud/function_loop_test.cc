#include "app/cloud/function_loop.h"

#include <gtest/gtest.h>

#include "cloud/fake_exchange.h"

namespace footfall {
namespace {

class Echo final : public Function {
 public:
  Result<std::string> handle(std::string_view event) override {
    if (event == "bad") return Error{ErrorCode::invalid, "it is \"bad\""};
    return "echo " + std::string(event);
  }
};

class FunctionLoopTest : public testing::Test {
 protected:
  void event(std::string body) {
    servers.answer(200, std::move(body),
                   {{"Lambda-Runtime-Aws-Request-Id", "id-1"}, {"Lambda-Runtime-Deadline-Ms", "1795251790000"}});
  }

  FakeServers servers;
  std::unique_ptr<HttpExchange> api = std::move(*servers.open()("http://runtime"));
  Echo echo;
  Instant deadline;
  std::vector<std::string> lines;
  Result<Function*> prepared = &echo;
  FunctionLoop loop{*api,
                    [this](const Invocation& invocation) {
                      deadline = invocation.deadline;
                      return prepared;
                    },
                    [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(FunctionLoopTest, AnswersAnEventAtItsOwnAddress) {
  event("hello");
  servers.answer(202, "");
  ASSERT_TRUE(loop.turn());
  EXPECT_EQ(servers.asked[0].request.target, "/2018-06-01/runtime/invocation/next");
  EXPECT_GT(servers.asked[0].patience, std::chrono::hours(24));
  EXPECT_EQ(servers.asked[1].request.target, "/2018-06-01/runtime/invocation/id-1/response");
  EXPECT_EQ(servers.asked[1].request.body, "echo hello");
  EXPECT_EQ(deadline, instant_of(1'795'251'790'000));
}

TEST_F(FunctionLoopTest, TellsAnErrorAsOne) {
  event("bad");
  servers.answer(202, "");
  ASSERT_TRUE(loop.turn());
  EXPECT_EQ(servers.asked[1].request.target, "/2018-06-01/runtime/invocation/id-1/error");
  EXPECT_EQ(servers.asked[1].request.body, R"({"errorMessage":"it is \"bad\"","errorType":"invalid"})");
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(FunctionLoopTest, AFunctionThatIsNotReadySaysSoAndGoesOn) {
  prepared = Error{ErrorCode::unavailable, "no table"};
  event("hello");
  servers.answer(202, "");
  ASSERT_TRUE(loop.turn());
  EXPECT_EQ(servers.asked[1].request.target, "/2018-06-01/runtime/invocation/id-1/error");
  prepared = &echo;
  event("hello");
  servers.answer(202, "");
  ASSERT_TRUE(loop.turn());
  EXPECT_EQ(servers.asked[3].request.body, "echo hello");
}

TEST_F(FunctionLoopTest, AnAnswerThatIsRefusedEndsNothing) {
  event("hello");
  servers.answer(413, "too large");
  EXPECT_TRUE(loop.turn());
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(FunctionLoopTest, EndsWithTheRuntimeApi) {
  EXPECT_FALSE(loop.turn());
  servers.answer(500, "");
  EXPECT_FALSE(loop.turn());
  servers.answer(200, "an event without an id");
  EXPECT_FALSE(loop.turn());
}

}  // namespace
}  // namespace footfall
