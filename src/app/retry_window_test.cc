#include "app/retry_window.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Instant nine = Instant(hours(9));
constexpr Milliseconds moment{1};

class RetryWindowTest : public testing::Test {
 protected:
  RetryWindow window_{SipKey{1, 2}};
};

TEST_F(RetryWindowTest, RemembersForTenMinutesAndNotAMillisecondMore) {
  window_.remember("example.com", "id", {7, nine, 42}, nine);
  const auto found = window_.find("example.com", "id", nine + minutes(10));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, 7U);
  EXPECT_EQ(found->time, nine);
  EXPECT_EQ(found->value, 42U);
  EXPECT_FALSE(window_.find("example.com", "id", nine + minutes(10) + moment));
}

TEST_F(RetryWindowTest, CountsFromTheRecordingNotFromTheTimeThatWasRecorded) {
  const Instant yesterday = nine - hours(24);
  window_.remember("example.com", "id", {7, yesterday, 0}, nine);
  const auto found = window_.find("example.com", "id", nine + minutes(1));
  ASSERT_TRUE(found) << "an event that a caller dated back is a repetition all the same";
  EXPECT_EQ(found->time, yesterday);
}

TEST_F(RetryWindowTest, TellsScopesAndIdsApart) {
  window_.remember("example.com", "id", {7, nine, 0}, nine);
  EXPECT_FALSE(window_.find("example.org", "id", nine));
  EXPECT_FALSE(window_.find("example.com", "other", nine));
  EXPECT_FALSE(window_.find("example.co", "mid", nine)) << "text does not move from one to the other";
}

TEST_F(RetryWindowTest, ForgetsWhatIsOlderThanTheWindow) {
  for (int i = 0; i < 100; ++i) window_.remember("example.com", std::to_string(i), {}, nine + minutes(i));
  EXPECT_LE(window_.size(), 11U);
  EXPECT_TRUE(window_.find("example.com", "99", nine + minutes(99)));
}

TEST_F(RetryWindowTest, KeepsTheLastWordOnAnIdThatCameAgain) {
  window_.remember("example.com", "id", {1, nine, 0}, nine);
  window_.remember("example.com", "id", {2, nine, 0}, nine + minutes(9));
  window_.remember("example.com", "other", {3, nine, 0}, nine + minutes(15));  // the first word goes
  const auto found = window_.find("example.com", "id", nine + minutes(15));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, 2U);
}

TEST_F(RetryWindowTest, HoldsAMillionIdsAndLetsTheOldestGoFirst) {
  for (std::size_t i = 0; i <= retry_ids_max; ++i) window_.remember("", std::to_string(i), {}, nine);
  EXPECT_EQ(window_.size(), retry_ids_max);
  EXPECT_FALSE(window_.find("", "0", nine));
  EXPECT_TRUE(window_.find("", "1", nine));
  EXPECT_TRUE(window_.find("", std::to_string(retry_ids_max), nine));
}

}  // namespace
}  // namespace footfall
