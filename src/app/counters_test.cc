#include "app/counters.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

class CountersTest : public testing::Test {
 protected:
  Counters counters_{SipKey{1, 2}};
};

TEST_F(CountersTest, ArePageViewsByPathAndTheirTotal) {
  counters_.count_pageview("example.com", "/");
  counters_.count_pageview("example.com", "/about");
  counters_.count_pageview("example.com", "/");
  EXPECT_EQ(counters_.value("example.com", "/"), 2U);
  EXPECT_EQ(counters_.value("example.com", "/about"), 1U);
  EXPECT_EQ(counters_.value("example.com", total_key), 3U);
}

TEST_F(CountersTest, DoNotExistBeforeTheyCount) {
  EXPECT_EQ(counters_.value("example.com", "/"), std::nullopt);
  EXPECT_EQ(counters_.value("example.com", total_key), std::nullopt);
  counters_.count_pageview("example.com", "/");
  EXPECT_EQ(counters_.value("example.com", "/about"), std::nullopt);
  EXPECT_EQ(counters_.value("example.org", "/"), std::nullopt);
  EXPECT_TRUE(counters_.all("example.org").empty());
}

TEST_F(CountersTest, GrowByIncrementsOfAnyKeyWhichAreNoPageViews) {
  EXPECT_EQ(*counters_.check_increment("example.com", "likes", 3), 3U);
  EXPECT_EQ(counters_.value("example.com", "likes"), std::nullopt) << "checking counts nothing";
  counters_.increment("example.com", "likes", 3);
  EXPECT_EQ(*counters_.check_increment("example.com", "likes", 1), 4U);
  EXPECT_EQ(counters_.value("example.com", "likes"), 3U);
  EXPECT_EQ(counters_.value("example.com", total_key), 0U);
}

TEST_F(CountersTest, OfAPathAddItsViewsAndItsIncrements) {
  counters_.count_pageview("example.com", "/about");
  counters_.increment("example.com", "/about", 10);
  EXPECT_EQ(counters_.value("example.com", "/about"), 11U);
  EXPECT_EQ(counters_.value("example.com", total_key), 1U);
}

TEST_F(CountersTest, RefuseToIncrementTheTotal) {
  const auto refused = counters_.check_increment("example.com", total_key, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(refused.error().field, "key");
}

TEST_F(CountersTest, GoUpToTheLargestExactNumberOfJsonAndNoFurther) {
  EXPECT_EQ(*counters_.check_increment("example.com", "big", counter_value_max), counter_value_max);
  counters_.increment("example.com", "big", counter_value_max - 1);
  EXPECT_EQ(*counters_.check_increment("example.com", "big", 1), counter_value_max);
  counters_.increment("example.com", "big", 1);
  for (const std::uint64_t by : {std::uint64_t{1}, std::uint64_t{counter_value_max}, UINT64_MAX}) {
    const auto refused = counters_.check_increment("example.com", "big", by);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::too_large);
    EXPECT_EQ(refused.error().field, "by");
  }
}

TEST_F(CountersTest, AddToTheTotalsOfTheStore) {
  CounterTotals totals;
  totals.paths = {{"example.com", "/", 10}, {"example.com", "/about", 5}, {"example.org", "/", 1}};
  totals.named = {{"example.com", "likes", 7}, {"example.com", "/about", 100}};
  counters_.load(totals);
  counters_.count_pageview("example.com", "/");
  EXPECT_EQ(counters_.value("example.com", "/"), 11U);
  EXPECT_EQ(counters_.value("example.com", "/about"), 105U);
  EXPECT_EQ(counters_.value("example.com", "likes"), 7U);
  EXPECT_EQ(counters_.value("example.com", total_key), 16U);
  EXPECT_EQ(counters_.value("example.org", total_key), 1U);
  EXPECT_EQ(counters_.size(), 4U);
}

TEST_F(CountersTest, OfASiteAreListedWithTheTotalFirstThenByKey) {
  counters_.count_pageview("example.com", "/b");
  counters_.increment("example.com", "likes", 2);
  counters_.count_pageview("example.com", "/a");
  counters_.count_pageview("example.org", "/c");
  const auto all = counters_.all("example.com");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].key, total_key);
  EXPECT_EQ(all[0].value, 2U);
  EXPECT_EQ(all[1].key, "/a");
  EXPECT_EQ(all[2].key, "/b");
  EXPECT_EQ(all[3].key, "likes");
  for (const auto& counter : all) EXPECT_EQ(counter.site, "example.com");
}

// --- the bound ---

class FullSite : public testing::Test {
 protected:
  Counters counters_{SipKey{1, 2}, 3};
};

TEST_F(FullSite, CountsFurtherPagesAsOthersAndItsTotalIsRight) {
  for (const char* path : {"/a", "/b", "/c", "/d", "/e", "/a"}) counters_.count_pageview("example.com", path);
  EXPECT_EQ(counters_.value("example.com", "/a"), 2U) << "those there are go on";
  EXPECT_EQ(counters_.value("example.com", "/d"), std::nullopt);
  EXPECT_EQ(counters_.value("example.com", other_key), 2U);
  EXPECT_EQ(counters_.value("example.com", total_key), 6U);
  counters_.count_pageview("example.org", "/d");
  EXPECT_EQ(counters_.value("example.org", "/d"), 1U) << "another site has room of its own";
}

TEST_F(FullSite, RefusesANewCounterAndSaysWhy) {
  for (const char* key : {"a", "b", "c"}) counters_.increment("example.com", key, 1);
  const auto refused = counters_.check_increment("example.com", "d", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_many);
  EXPECT_EQ(refused.error().field, "key");
  EXPECT_EQ(*counters_.check_increment("example.com", "c", 1), 2U);
}

TEST_F(FullSite, HasTheSameCountersAfterARestart) {
  // As the store gives them: in any order, with the position each began at.
  CounterTotals totals;
  totals.paths = {{"example.com", "/d", 1, 3},
                  {"example.com", "/a", 2, 0},
                  {"example.com", "/e", 1, 4},
                  {"example.com", "/b", 1, 1}};
  totals.named = {{"example.com", "likes", 5, 2}, {"example.com", "/d", 4, 9}};
  counters_.load(totals);
  EXPECT_EQ(counters_.value("example.com", "/a"), 2U);
  EXPECT_EQ(counters_.value("example.com", "/b"), 1U);
  EXPECT_EQ(counters_.value("example.com", "likes"), 5U);
  EXPECT_EQ(counters_.value("example.com", other_key), 2U);
  EXPECT_EQ(counters_.value("example.com", "/d"), 4U) << "what was incremented is never lost";
  EXPECT_EQ(counters_.value("example.com", total_key), 5U);
}

TEST_F(CountersTest, RefuseToIncrementWhatStandsForOthers) {
  EXPECT_EQ(counters_.check_increment("example.com", other_key, 1).error().code, ErrorCode::invalid);
}

TEST_F(CountersTest, MayBeginLater) {
  ASSERT_TRUE(counters_.check_begin("example.com", "likes", 100));
  counters_.begin_later("example.com", "likes", 100);
  EXPECT_EQ(counters_.value("example.com", "likes"), 100U);
  EXPECT_EQ(*counters_.check_increment("example.com", "likes", 1), 101U);
  counters_.begin_later("example.com", total_key, 7);
  counters_.count_pageview("example.com", "/");
  EXPECT_EQ(counters_.value("example.com", total_key), 8U);
  EXPECT_EQ(counters_.check_begin("example.com", "likes", counter_value_max).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace footfall
