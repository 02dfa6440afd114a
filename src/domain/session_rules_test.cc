#include "domain/session_rules.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Milliseconds moment{1};
constexpr Instant nine{hours(9)};

// A session that began at nine and was last seen `quiet` before now.
class Session : public testing::Test {
 protected:
  SessionRules rules_;
  static SessionSpan span(Milliseconds until) { return {nine, nine + until}; }
};

TEST_F(Session, HoldsThroughThirtyQuietMinutesAndEndsOneMillisecondLater) {
  EXPECT_TRUE(continues(span(minutes(5)), nine + minutes(35), rules_));
  EXPECT_FALSE(continues(span(minutes(5)), nine + minutes(35) + moment, rules_));
}

TEST_F(Session, LastsTwoHoursAndNotAMillisecondMoreHoweverBusy) {
  EXPECT_TRUE(continues(span(minutes(119)), nine + hours(2), rules_));
  EXPECT_FALSE(continues(span(minutes(119)), nine + hours(2) + moment, rules_));
}

TEST_F(Session, TakesInAHitThatCameLate) {
  EXPECT_TRUE(continues(span(minutes(20)), nine + minutes(10), rules_)) << "between two hits";
  EXPECT_TRUE(continues(span(minutes(20)), nine - minutes(30), rules_)) << "before its start";
  EXPECT_FALSE(continues(span(minutes(20)), nine - minutes(30) - moment, rules_));
}

TEST_F(Session, FollowsTheSettingsOfItsSite) {
  rules_ = {.idle = minutes(1), .max = minutes(3)};
  EXPECT_TRUE(continues(span(minutes(1)), nine + minutes(2), rules_));
  EXPECT_FALSE(continues(span(minutes(1)), nine + minutes(2) + moment, rules_));
  EXPECT_FALSE(continues(span(minutes(3)), nine + minutes(3) + moment, rules_));
}

TEST_F(Session, GrowsAtEitherEnd) {
  const SessionSpan later = extended(span(minutes(5)), nine + minutes(9));
  EXPECT_EQ(later.started, nine);
  EXPECT_EQ(later.last, nine + minutes(9));
  const SessionSpan earlier = extended(span(minutes(5)), nine - minutes(2));
  EXPECT_EQ(earlier.started, nine - minutes(2));
  EXPECT_EQ(earlier.last, nine + minutes(5));
  const SessionSpan within = extended(span(minutes(5)), nine + minutes(1));
  EXPECT_EQ(within.last, nine + minutes(5));
}

}  // namespace
}  // namespace footfall
