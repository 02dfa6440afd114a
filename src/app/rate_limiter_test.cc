#include "app/rate_limiter.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace footfall {
namespace {

class RateLimiterTest : public testing::Test {
 protected:
  int allowed(const char* address, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter_.allow(*Address::parse(address)) ? 1 : 0;
    return count;
  }
  FakeClock clock_;
  RateLimiter limiter_{20, clock_, SipKey{1, 2}};
};

TEST_F(RateLimiterTest, AllowsFiveSecondsWorthAtOnceAndNotOneMore) { EXPECT_EQ(allowed("203.0.113.9", 1'000), 100); }

TEST_F(RateLimiterTest, AllowsTheRateFromThenOn) {
  allowed("203.0.113.9", 1'000);
  for (int second = 0; second < 10; ++second) {
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(allowed("203.0.113.9", 1'000), 20);
  }
  clock_.advance(std::chrono::milliseconds(50));
  EXPECT_EQ(allowed("203.0.113.9", 1'000), 1) << "20 a second is one in 50 ms";
}

TEST_F(RateLimiterTest, FillsUpToTheBurstAndNoFurther) {
  allowed("203.0.113.9", 1'000);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(allowed("203.0.113.9", 1'000), 100);
}

TEST_F(RateLimiterTest, CountsEachAddressByItself) {
  allowed("203.0.113.9", 1'000);
  EXPECT_EQ(allowed("203.0.113.10", 1), 1);
}

TEST_F(RateLimiterTest, CountsIpv6ByTheSubscribersNetwork) {
  EXPECT_EQ(allowed("2001:db8:1:2::1", 1'000), 100);
  EXPECT_EQ(allowed("2001:db8:1:2:ffff::9", 1), 0);
  EXPECT_EQ(allowed("2001:db8:1:3::1", 1), 1);
}

TEST_F(RateLimiterTest, IsNotConfusedByAClockThatGoesBack) {
  allowed("203.0.113.9", 1'000);
  clock_.advance(std::chrono::seconds(-60));
  EXPECT_EQ(allowed("203.0.113.9", 1'000), 0);
}

TEST_F(RateLimiterTest, HoldsABoundedNumberOfAddresses) {
  allowed("203.0.113.9", 1'000);
  for (std::uint32_t host = 0; host < 250'000; ++host) EXPECT_TRUE(limiter_.allow(Address::v4(host)));
}

}  // namespace
}  // namespace footfall
