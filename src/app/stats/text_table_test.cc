#include "app/stats/text_table.h"

#include <gtest/gtest.h>

#include <string>

#include "app/stats/number_map.h"

namespace footfall {
namespace {

TEST(TextTable, NumbersTextsByFirstAppearance) {
  TextTable table({1, 2});
  EXPECT_EQ(table.number("a"), 0U);
  EXPECT_EQ(table.number(""), 1U);
  EXPECT_EQ(table.number("a"), 0U);
  EXPECT_EQ(table.find(""), 1U);
  EXPECT_EQ(table.find("b"), std::nullopt);
  EXPECT_EQ(table.text(0), "a");
  EXPECT_EQ(table.size(), 2U);
}

TEST(TextTable, KeepsTextsWhereTheyAreWhileItGrows) {
  TextTable table({1, 2});
  table.number("first");
  const char* const place = table.text(0).data();
  const std::string large(100'000, 'x');
  EXPECT_EQ(table.number(large), 1U);
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(table.number(std::to_string(i)), static_cast<std::uint32_t>(i) + 2);
  EXPECT_EQ(table.text(0).data(), place);
  EXPECT_EQ(table.text(1), large);
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(table.find(std::to_string(i)), static_cast<std::uint32_t>(i) + 2);
}

TEST(TextTable, BeginsAnewWhenItIsCleared) {
  TextTable table({1, 2});
  EXPECT_EQ(table.find("a"), std::nullopt);
  table.number("a");
  table.number("b");
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.find("b"), std::nullopt);
  EXPECT_EQ(table.number("b"), 0U);
}

TEST(NumberMap, KeepsTheFirstValueOfAKey) {
  NumberMap map;
  EXPECT_EQ(map.find(7), std::nullopt);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(map.insert(i << 32U, static_cast<std::uint32_t>(i)), (std::pair{static_cast<std::uint32_t>(i), true}));
  }
  EXPECT_EQ(map.insert(5ULL << 32U, 9), (std::pair{5U, false}));
  EXPECT_EQ(map.find(99'999ULL << 32U), 99'999U);
  EXPECT_EQ(map.find(1), std::nullopt);
  EXPECT_EQ(map.size(), 100'000U);
  map.clear();
  EXPECT_EQ(map.find(0), std::nullopt);
  EXPECT_EQ(map.insert(0, 3), (std::pair{3U, true}));
}

}  // namespace
}  // namespace footfall
