#include "app/once_window.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

constexpr Instant now = Instant(std::chrono::hours(1'000));

TEST(OnceWindow, KnowsWhoHasCountedAndWithWhichNumber) {
  OnceWindow window(SipKey{1, 2});
  window.remember("example.com", "likes", 7, {42, now}, now);
  const auto found = window.find("example.com", "likes", 7, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->value, 42U);
  EXPECT_EQ(found->time, now);
  EXPECT_FALSE(window.find("example.com", "likes", 8, now));
  EXPECT_FALSE(window.find("example.com", "loves", 7, now));
  EXPECT_FALSE(window.find("example.org", "likes", 7, now));
}

TEST(OnceWindow, ForgetsWhoeverCountedLongAgo) {
  OnceWindow window(SipKey{1, 2});
  window.remember("example.com", "likes", 7, {42, now}, now);
  EXPECT_TRUE(window.find("example.com", "likes", 7, now + once_window));
  EXPECT_FALSE(window.find("example.com", "likes", 7, now + once_window + Milliseconds(1)));
  const Instant later = now + once_window + Milliseconds(1);
  window.remember("example.com", "likes", 8, {43, later}, later);
  EXPECT_EQ(window.size(), 1U) << "and gives the memory back";
}

TEST(OnceWindow, ForgetsTheOldestFirstWhenThereAreTooMany) {
  OnceWindow window(SipKey{1, 2}, 3);
  for (std::uint64_t who = 1; who <= 4; ++who) {
    const Instant at = now + Milliseconds(who);
    window.remember("example.com", "likes", who, {who, at}, at);
  }
  EXPECT_EQ(window.size(), 3U);
  EXPECT_FALSE(window.find("example.com", "likes", 1, now));
  EXPECT_TRUE(window.find("example.com", "likes", 2, now));
}

TEST(OnceWindow, KeepsTheLastWordOfWhoeverCountedTwice) {
  OnceWindow window(SipKey{1, 2}, 3);
  window.remember("example.com", "likes", 1, {1, now}, now);
  const Instant later = now + Milliseconds(5);
  window.remember("example.com", "likes", 1, {9, later}, later);
  window.remember("example.com", "likes", 2, {10, later}, later);
  window.remember("example.com", "likes", 3, {11, later}, later);
  EXPECT_EQ(window.find("example.com", "likes", 1, later)->value, 9U);
}

}  // namespace
}  // namespace footfall
