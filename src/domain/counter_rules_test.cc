#include "domain/counter_rules.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

// A digest that ends in the number its text ends in: what wins can be told by looking.
Digest by_number(std::string_view, std::string_view text) {
  Digest digest{};
  std::uint64_t number = std::stoull(std::string(text.substr(text.rfind('\0') + 1)));
  for (std::size_t i = digest.size(); i > 0 && number > 0; --i, number /= 256) {
    digest[i - 1] = static_cast<std::byte>(number % 256);
  }
  return digest;
}

WinnerRule rule(WinnerRule::Kind kind, std::uint64_t one_in, std::uint64_t since = 0) {
  WinnerRule rule;
  rule.id = 1;
  rule.kind = kind;
  rule.one_in = one_in;
  rule.since = since;
  return rule;
}

bool wins(const WinnerRule& rule, std::uint64_t number) {
  CounterSettings settings;
  settings.rules = {rule};
  return winning_rule(settings, "example.com", "likes", number, by_number) != nullptr;
}

TEST(CounterRules, NameExactNumbersThatWin) {
  WinnerRule exact = rule(WinnerRule::Kind::exact, 0);
  exact.numbers = {10, 1'000};
  EXPECT_TRUE(wins(exact, 10));
  EXPECT_TRUE(wins(exact, 1'000));
  EXPECT_FALSE(wins(exact, 11));
}

TEST(CounterRules, LetEveryNthWin) {
  EXPECT_TRUE(wins(rule(WinnerRule::Kind::every, 100), 200));
  EXPECT_FALSE(wins(rule(WinnerRule::Kind::every, 100), 201));
}

TEST(CounterRules, DrawByTheRemainderOfTheDigest) {
  EXPECT_TRUE(wins(rule(WinnerRule::Kind::random, 7), 770));
  EXPECT_FALSE(wins(rule(WinnerRule::Kind::random, 7), 771));
}

TEST(CounterRules, HoldBehindTheirBeginningAndUpToTheirEnd) {
  WinnerRule every = rule(WinnerRule::Kind::every, 10, 100);
  EXPECT_FALSE(wins(every, 100)) << "a number that was given before the rule can win nothing by it";
  EXPECT_TRUE(wins(every, 110));
  every.until = 120;
  EXPECT_TRUE(wins(every, 120)) << "what was won stays won";
  EXPECT_FALSE(wins(every, 130));
}

TEST(CounterRules, AreAskedInTheirOrder) {
  CounterSettings settings;
  settings.rules = {rule(WinnerRule::Kind::every, 10), rule(WinnerRule::Kind::every, 5)};
  settings.rules[1].id = 2;
  EXPECT_EQ(winning_rule(settings, "example.com", "likes", 10, by_number)->id, 1U);
  EXPECT_EQ(winning_rule(settings, "example.com", "likes", 15, by_number)->id, 2U);
}

TEST(CounterRules, PutZeroBytesBetweenWhatIsDrawnWith) {
  EXPECT_EQ(draw_text("example.com", "likes", 42), std::string("example.com\0likes\00042", 20));
}

TEST(CounterRules, TakeARemainderOfTheWholeDigest) {
  Digest digest{};
  EXPECT_EQ(remainder_of(digest, 1'000), 0U);
  digest[31] = std::byte{255};
  digest[30] = std::byte{1};
  EXPECT_EQ(remainder_of(digest, 1'000), 511U);
  digest.fill(std::byte{255});
  // 2^256 - 1 modulo these, by another program.
  EXPECT_EQ(remainder_of(digest, 1'000), 935U);
  EXPECT_EQ(remainder_of(digest, counter_value_max), 17'592'186'044'415U);
  EXPECT_EQ(remainder_of(digest, 2), 1U);
}

TEST(OncePerNames, AreTheApis) {
  for (const OncePer once_per : {OncePer::request, OncePer::session, OncePer::visitor_day}) {
    EXPECT_EQ(once_per_named(name_of(once_per)), once_per);
  }
  EXPECT_EQ(once_per_named("week"), std::nullopt);
}

}  // namespace
}  // namespace footfall
