#include "domain/session_cookie.h"

#include <gtest/gtest.h>

#include <vector>

namespace footfall {
namespace {

TEST(Base36, GoesThereAndBack) {
  for (const std::uint64_t number : {0ULL, 1ULL, 35ULL, 36ULL, 1'795'251'780ULL, 2'821'109'907'455ULL}) {
    EXPECT_EQ(from_base36(to_base36(number)), number);
  }
  EXPECT_EQ(to_base36(0), "0");
  EXPECT_EQ(to_base36(35), "z");
  EXPECT_EQ(to_base36(UINT64_MAX), "3w5e11264sgsf");
  EXPECT_EQ(from_base36("zzzzzzzz"), 2'821'109'907'455ULL);
  EXPECT_EQ(from_base36("zzzzzzzzz"), std::nullopt) << "longer than any time";
}

// The rest stands in tests/vectors/session_cookie.json.
TEST(SessionCookie, HasOneSpelling) {
  const std::string value = "1.2.q83vEjRWeJCrze8SNFZ4kA.tlq7dg.tlq7sg.AAAAAAAAAAAAAAAAAAAAAA";
  const auto cookie = parse_session_cookie(value);
  ASSERT_TRUE(cookie);
  EXPECT_EQ(session_cookie_value(*cookie), value);
  EXPECT_EQ(text_to_sign(*cookie, "example.com"), "1.2.example.com.q83vEjRWeJCrze8SNFZ4kA.tlq7dg.tlq7sg");
}

TEST(SessionCookie, IsJudgedByTheRulesOfItsSite) {
  const auto at = [](int seconds) { return std::chrono::sys_seconds(std::chrono::seconds(1'795'251'780 + seconds)); };
  const SessionRules rules{std::chrono::seconds(10), std::chrono::seconds(100)};
  const auto verdict = [&](int started, int seen) { return judge({"1", "", at(started), at(seen), ""}, at(0), rules); };
  EXPECT_EQ(verdict(-100, -10), CookieVerdict::good);
  EXPECT_EQ(verdict(-100, -11), CookieVerdict::ended_idle);
  EXPECT_EQ(verdict(-101, -1), CookieVerdict::ended_max);
  EXPECT_EQ(verdict(-101, -11), CookieVerdict::ended_max);
  EXPECT_EQ(verdict(0, 300), CookieVerdict::good);
  EXPECT_EQ(verdict(0, 301), CookieVerdict::from_the_future);
}

TEST(FindCookie, WalksInOrderUntilOneIsTaken) {
  std::vector<std::string> seen;
  const auto take_second = [&](std::string_view value) {
    seen.emplace_back(value);
    return seen.size() == 2;
  };
  EXPECT_TRUE(find_cookie("a=1; x=y ;a=2; a=3; a", "a", take_second));
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2"}));
  EXPECT_FALSE(find_cookie("aa=1; b=2;;; =; a", "a", [](std::string_view) { return true; }));
}

}  // namespace
}  // namespace footfall
