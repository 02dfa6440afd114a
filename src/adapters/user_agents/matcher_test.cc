#include "adapters/user_agents/matcher.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>

#include "domain/limits.h"

namespace footfall {
namespace {

boost::json::array read_array(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

// Every example the list of crawlers comes with, and our own: some thousand real user agents.
std::vector<std::string> real_user_agents() {
  std::vector<std::string> texts;
  for (const auto& row : read_array("tests/vectors/user_agents.json")) {
    texts.emplace_back(row.at("user_agent").as_string());
  }
  for (const auto& row : read_array("node_modules/crawler-user-agents/crawler-user-agents.json")) {
    for (const auto& instance : row.at("instances").as_array()) texts.emplace_back(instance.as_string());
  }
  return texts;
}

constexpr RuleList every_list[]{RuleList::browser, RuleList::os, RuleList::crawler, RuleList::isbot};

TEST(Matcher, TakesTheFirstRuleThatMatches) {
  const Matcher matcher(
      "lists\n"
      "browser\tregex\t(Edg)/(\\d+)\tedg/\tEdge\t$2\t\n"
      "browser\tregex\t(Chrome)/(\\d+)\\.(\\d+)\tchrome/\t$1 ($3)\t$2\t$3\n");
  const auto match = [&](std::string_view text) {
    return matcher.first_match(RuleList::browser, matcher.prepare(text));
  };
  EXPECT_EQ(match("Chrome/126.0 Edg/125"), (std::array<std::string, 3>{"Edge", "125", ""}));
  EXPECT_EQ(match("Chrome/126.0"), (std::array<std::string, 3>{"Chrome (0)", "126", "0"}));
  EXPECT_EQ(match("chrome/126.0"), std::nullopt) << "the word is there, the pattern is not";
  EXPECT_EQ(matcher.first_match(RuleList::os, matcher.prepare("Chrome/126.0")), std::nullopt);
}

TEST(Matcher, ComparesTextsLetterForLetterAndWordsInAnyCase) {
  const Matcher matcher("lists\ncrawler\ttext\tSlurp\tslurp\tSlurp\nisbot\tword\t\tcrawl\tcrawl\n");
  EXPECT_TRUE(matcher.first_match(RuleList::crawler, matcher.prepare("Yahoo! Slurp")));
  EXPECT_FALSE(matcher.first_match(RuleList::crawler, matcher.prepare("slurping")));
  EXPECT_TRUE(matcher.first_match(RuleList::isbot, matcher.prepare("BarkCRAWLer")));
}

TEST(Matcher, CanUseEveryExpressionOfTheLists) { EXPECT_EQ(Matcher(embedded_rules()).faults(), ""); }

TEST(Matcher, FindsTheSameAsTryingEveryRule) {
  const Matcher matcher(embedded_rules());
  const auto texts = real_user_agents();
  ASSERT_GT(texts.size(), 2'000U);
  for (std::size_t i = 0; i < texts.size(); i += 5) {
    SCOPED_TRACE(texts[i]);
    const auto fast = matcher.prepare(texts[i]);
    const auto slow = matcher.prepare_for_all_rules(texts[i]);
    for (const auto list : every_list) EXPECT_EQ(matcher.first_match(list, fast), matcher.first_match(list, slow));
  }
}

TEST(Matcher, KnowsEveryCrawlerByTheExamplesOfItsList) {
  const Matcher matcher(embedded_rules());
  for (const auto& row : read_array("node_modules/crawler-user-agents/crawler-user-agents.json")) {
    for (const auto& instance : row.at("instances").as_array()) {
      const std::string text(instance.as_string());
      EXPECT_TRUE(matcher.first_match(RuleList::crawler, matcher.prepare(text))) << text;
    }
  }
}

// Strangers choose the texts. Each piece is there to make many expressions start and none of them finish.
TEST(Matcher, TakesBoundedTimeWhateverTheText) {
  const Matcher matcher(embedded_rules());
  const auto milliseconds = [&](std::string_view text) {
    const auto start = std::chrono::steady_clock::now();
    const auto subject = matcher.prepare(text);
    for (const auto list : every_list) EXPECT_NO_FATAL_FAILURE((void)matcher.first_match(list, subject));
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  for (const std::string piece :
       {"a(", "((", "bot ", "bot", "Mozilla/5.0 Mobile ", "Android; Mobile ", "crawler spider ", "Opera Mini/Opera ",
        "1.1.1.1.", "CFNetwork/1 Darwin/1 ", "Chrome/1.1.1.1 ", "\xFF\xFE", "aA1- ", "Version/1.1 Safari iPhone "}) {
    SCOPED_TRACE(piece);
    std::string text;
    while (text.size() < user_agent_bytes_max) text += piece;
    text.resize(user_agent_bytes_max);
    (void)milliseconds(text);  // compiles what is needed
    double best = milliseconds(text);
    for (int i = 0; i < 4; ++i) best = std::min(best, milliseconds(text));
    // Under 1 ms on one core of a small machine; the rest is for sanitizers.
    EXPECT_LT(best, 20);
  }
}

TEST(Matcher, TakesTimeInProportionToTheText) {
  const Matcher matcher(embedded_rules());
  std::string text;
  while (text.size() < 64 * user_agent_bytes_max) text += "a(bot Android Mobile Chrome/1.1 ";
  const auto seconds = [&](std::size_t bytes) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const auto subject = matcher.prepare(std::string_view(text).substr(0, bytes));
      for (const auto list : every_list) (void)matcher.first_match(list, subject);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  const double once = seconds(4 * user_agent_bytes_max);
  const double sixteen_times = seconds(64 * user_agent_bytes_max);
  // A matcher that backtracks would need 256 times as long, or worse.
  EXPECT_LT(sixteen_times, 64 * once);
}

}  // namespace
}  // namespace footfall
