#include "adapters/user_agents/rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace footfall {
namespace {

TEST(Rules, ReadWhatTheConverterWrites) {
  const auto [lists, rules] = read_rules(
      "list 1.0, list 2.0\n"
      "browser\tregex\t(Edg)/(\\d+)\tedg/\tEdge\t$2\t\n"
      "crawler\ttext\tbingbot\tbingbot\tbingbot\n"
      "isbot\tword\t\tcrawl\x1fspider\tcrawl\n");
  EXPECT_EQ(lists, "list 1.0, list 2.0");
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].list, RuleList::browser);
  EXPECT_EQ(rules[0].check, Rule::Check::regex);
  EXPECT_EQ(rules[0].pattern, "(Edg)/(\\d+)");
  EXPECT_EQ(rules[0].words, (std::vector<std::string_view>{"edg/"}));
  EXPECT_EQ(rules[0].values, (std::array<std::string_view, 3>{"Edge", "$2", ""}));
  EXPECT_EQ(rules[1].check, Rule::Check::text);
  EXPECT_EQ(rules[2].check, Rule::Check::word);
  EXPECT_EQ(rules[2].words, (std::vector<std::string_view>{"crawl", "spider"}));
}

TEST(Rules, AreAllInTheProgram) {
  const auto [lists, rules] = read_rules(embedded_rules());
  const auto count = [&rules = rules](RuleList list) {
    return std::count_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.list == list; });
  };
  EXPECT_GT(count(RuleList::browser), 300);
  EXPECT_GT(count(RuleList::os), 150);
  EXPECT_GT(count(RuleList::crawler), 1'400);
  EXPECT_GT(count(RuleList::isbot), 180);
}

TEST(Rules, AreFoundByTheirWordsAlmostAlways) {
  const auto [lists, rules] = read_rules(embedded_rules());
  const auto without = std::count_if(rules.begin(), rules.end(), [](const Rule& rule) { return rule.words.empty(); });
  // Those that describe a form; each is tried on every text, so that there may not be many.
  EXPECT_LE(without, 10);
}

}  // namespace
}  // namespace footfall
