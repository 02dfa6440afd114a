#include "adapters/user_agents/expression.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace footfall {
namespace {

TEST(Expression, GivesTheWholeMatchAndItsGroups) {
  const Expression expression(R"((Chrome)/(\d+)(?:\.(\d+)|))");
  std::array<std::string_view, 4> groups;
  ASSERT_TRUE(expression.matches("a Chrome/126 b", groups));
  EXPECT_EQ(groups, (std::array<std::string_view, 4>{"Chrome/126", "Chrome", "126", ""}));
  EXPECT_FALSE(expression.matches("Safari/604", groups));
}

TEST(Expression, LeavesGroupsEmptyThatItDoesNotHave) {
  std::array<std::string_view, 4> groups{"old", "old", "old", "old"};
  ASSERT_TRUE(Expression("bot").matches("robot", groups));
  EXPECT_EQ(groups, (std::array<std::string_view, 4>{"bot", "", "", ""}));
}

TEST(Expression, ReadsBytesWhateverTheirEncoding) {
  std::array<std::string_view, 1> groups;
  EXPECT_TRUE(Expression("^....$").matches("a\xFF\x80z", groups));
}

TEST(Expression, MatchesNothingWhenRe2RefusesIt) {
  const Expression expression("(?<!google/)google");
  std::array<std::string_view, 1> groups;
  EXPECT_FALSE(expression.matches("google", groups));
  EXPECT_NE(expression.fault(), "");
  EXPECT_EQ(Expression("google").fault(), "");
}

TEST(Expression, TakesLongPatternsThoughMostMustStaySmall) {
  std::string pattern = "x";
  for (int i = 0; i < 500; ++i) pattern += "|crawler number " + std::to_string(i);
  EXPECT_EQ(Expression(pattern).fault(), "");
}

TEST(Expression, MayBeFirstAskedByManyThreadsAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const Expression expression(R"(\b(\w+)bot/(\d+))");
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        std::array<std::string_view, 3> groups;
        EXPECT_TRUE(expression.matches("a crawlbot/2", groups));
        EXPECT_EQ(groups[1], "crawl");
      });
    }
  }
}

}  // namespace
}  // namespace footfall
