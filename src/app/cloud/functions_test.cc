#include "app/cloud/functions.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

class WrittenDown final : public DaysToSum {
 public:
  Result<Done> sum_due(Instant until) override {
    ++due;
    deadline = until;
    return due_answer;
  }
  Summed sum_days(std::span<const SiteDay> asked, Instant until) override {
    deadline = until;
    for (const SiteDay& one : asked) days.push_back(one.site + " " + to_date(one.day));
    return {std::min(done_max, asked.size()), error};
  }

  int due = 0;
  Instant deadline{};
  Result<Done> due_answer = Done{};
  std::vector<std::string> days;
  std::size_t done_max = 100;
  std::optional<Error> error{};
};

class CompactorFunctionTest : public testing::Test {
 protected:
  WrittenDown days;
  std::vector<std::string> lines;
  CompactorFunction function{days, [this](std::string_view line) { lines.emplace_back(line); }};

  static std::string mark(std::string_view site, std::string_view day, std::string_view number) {
    return R"({"eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{"S":"D#)" +
           std::string(site) + R"("},"sk":{"S":")" + std::string(day) + R"("}},"SequenceNumber":")" +
           std::string(number) + R"("}})";
  }
  std::string three = R"({"Records":[)" + mark("a.com", "20261120", "1") + "," + mark("a.com", "20261121", "2") + "," +
                      mark("a.com", "20261120", "3") + "," + mark("b.com", "20261120", "4") + "]}";
};

constexpr std::string_view schedule = R"({"source":"aws.events","detail-type":"Scheduled Event"})";

TEST_F(CompactorFunctionTest, AScheduleAsksForAllThatIsDue) {
  function.end_by(instant_of(7));
  ASSERT_TRUE(function.handle(schedule));
  EXPECT_EQ(days.due, 1);
  EXPECT_EQ(days.deadline, instant_of(7));
  EXPECT_TRUE(days.days.empty());
}

TEST_F(CompactorFunctionTest, AScheduleThatFailsIsAnErrorOfTheFunction) {
  days.due_answer = Error{ErrorCode::unavailable, "no table"};
  const auto answer = function.handle(schedule);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST_F(CompactorFunctionTest, AStreamAsksForEachOfItsDaysOnce) {
  const auto answer = function.handle(three);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, R"({"batchItemFailures":[]})");
  EXPECT_EQ(days.days, (std::vector<std::string>{"a.com 2026-11-20", "a.com 2026-11-21", "b.com 2026-11-20"}));
  EXPECT_EQ(days.due, 0);
}

TEST_F(CompactorFunctionTest, AStreamGoesOnAtTheFirstDayThatFailed) {
  days.done_max = 2;
  days.error = Error{ErrorCode::unavailable, "no table"};
  EXPECT_EQ(function.handle(three).value(), R"({"batchItemFailures":[{"itemIdentifier":"4"}]})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("2026-11-20 of b.com"), std::string::npos) << lines[0];
}

TEST_F(CompactorFunctionTest, AStreamWithoutMarksAsksForNothing) {
  EXPECT_EQ(function.handle(R"({"Records":[]})").value(), R"({"batchItemFailures":[]})");
  EXPECT_TRUE(days.days.empty());
}

TEST_F(CompactorFunctionTest, WhatIsNeitherIsRefused) {
  for (const char* event : {"", "[]", "{}", R"({"Records":[{"eventSource":"aws:sqs"}]})"}) {
    SCOPED_TRACE(event);
    EXPECT_FALSE(function.handle(event));
  }
}

}  // namespace
}  // namespace footfall
