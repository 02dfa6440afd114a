#include "adapters/patterns/re2_patterns.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Re2Patterns, MatchAPartOfTheText) {
  const auto pattern = Re2Patterns().pattern("^/bl.g/", true);
  ASSERT_TRUE(pattern);
  EXPECT_TRUE((*pattern)->is_in("/blog/a"));
  EXPECT_FALSE((*pattern)->is_in("/Blog/a"));
  EXPECT_FALSE((*pattern)->is_in("/en/blog/a"));
}

TEST(Re2Patterns, MayBeWithoutRegardToCaseAlsoBeyondAscii) {
  const auto pattern = Re2Patterns().pattern("grüße", false);
  ASSERT_TRUE(pattern);
  EXPECT_TRUE((*pattern)->is_in("Schöne GRÜSSE, GRÜßE"));
}

TEST(Re2Patterns, RefuseWhatIsNoExpressionAndWhatIsTooLarge) {
  for (const char* pattern : {"(", "[a", "(?=a)", "((a{100}){100}){100}"}) {
    const auto refused = Re2Patterns().pattern(pattern, true);
    ASSERT_FALSE(refused) << pattern;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace footfall
