#include "adapters/user_agents/word_finder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace footfall {
namespace {

std::vector<std::string> found_in(std::string_view text, const std::vector<std::string_view>& words) {
  std::vector<std::string> found;
  WordFinder(words).find(text, [&](std::uint32_t word) { found.emplace_back(words[word]); });
  return found;
}

using Words = std::vector<std::string>;

TEST(WordFinder, FindsWordsWhereverTheyStand) {
  EXPECT_EQ(found_in("the bot and the robot", {"bot", "robot"}), (Words{"bot", "robot", "bot"}));
  EXPECT_EQ(found_in("nothing of it", {"bot", "robot"}), Words{});
}

TEST(WordFinder, FindsAWordWithinAnother) {
  EXPECT_EQ(found_in("googlebot-image", {"bot", "goo", "googlebot", "googlebot-", "x"}),
            (Words{"goo", "googlebot", "googlebot-", "bot"}));
}

TEST(WordFinder, TakesWordsThatOverlap) { EXPECT_EQ(found_in("aaa", {"a", "aa"}), (Words{"a", "aa", "a", "aa", "a"})); }

TEST(WordFinder, StopsAtTheEndOfTheText) {
  EXPECT_EQ(found_in("goog", {"google"}), Words{});
  EXPECT_EQ(found_in("", {"google"}), Words{});
}

TEST(WordFinder, TakesAnyByte) {
  EXPECT_EQ(found_in(std::string("a\0b\xFF\xFE", 5), {std::string_view("\0b", 2), "\xFF\xFE"}),
            (Words{std::string("\0b", 2), "\xFF\xFE"}));
}

TEST(WordFinder, MayHaveNothingToFind) { EXPECT_EQ(found_in("text", {}), Words{}); }

}  // namespace
}  // namespace footfall
