#include "adapters/duckdb/dictionary.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace footfall::duckdb {
namespace {

constexpr SipKey key{1, 2};
constexpr std::size_t roomy = 1U << 20U;

std::string text(std::uint32_t number) { return "text " + std::to_string(number); }

TEST(Dictionary, NumbersTextsByFirstAppearance) {
  Dictionary dictionary(key, roomy);
  EXPECT_EQ(dictionary.intern("/a").number, 1U);
  EXPECT_EQ(dictionary.intern("/b").number, 2U);
  EXPECT_EQ(dictionary.intern("/a").number, 1U);
  EXPECT_EQ(dictionary.intern("/A").number, 3U);
}

TEST(Dictionary, SaysWhichTextsAreNew) {
  Dictionary dictionary(key, roomy);
  EXPECT_TRUE(dictionary.intern("/a").added);
  EXPECT_FALSE(dictionary.intern("/a").added);
}

TEST(Dictionary, TheEmptyTextIsZeroAndNeverNew) {
  Dictionary dictionary(key, roomy);
  const auto [number, added] = dictionary.intern("");
  EXPECT_EQ(number, 0U);
  EXPECT_FALSE(added);
  EXPECT_EQ(dictionary.intern(std::string_view("\0", 1)).number, 1U);
}

TEST(Dictionary, TellsManyTextsApart) {
  Dictionary dictionary(key, 64U << 20U);
  for (std::uint32_t i = 1; i <= 200'000; ++i) ASSERT_EQ(dictionary.intern(text(i)).number, i);
  for (std::uint32_t i = 1; i <= 200'000; ++i) ASSERT_EQ(dictionary.intern(text(i)).number, i);
}

TEST(Dictionary, StaysWithinItsMemory) {
  constexpr std::size_t bytes_max = 100'000;
  Dictionary dictionary(key, bytes_max);
  for (std::uint32_t i = 1; i <= 100'000; ++i) {
    dictionary.intern(text(i));
    ASSERT_LE(dictionary.bytes(), bytes_max);
  }
}

TEST(Dictionary, ForgetsWhatWasNotAskedForAndKeepsWhatWas) {
  Dictionary dictionary(key, 1);
  dictionary.intern("asked for");
  dictionary.intern("not asked for");
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    dictionary.intern(text(i));
    ASSERT_EQ(dictionary.intern("asked for").number, 1U);
  }
  const auto again = dictionary.intern("not asked for");
  EXPECT_TRUE(again.added);
  EXPECT_EQ(again.number, 10'003U);
}

TEST(Dictionary, RemembersAtLeastTheLastSoManyTexts) {
  Dictionary dictionary(key, roomy);
  const auto count = static_cast<std::uint32_t>(dictionary.texts_max());
  for (std::uint32_t i = 1; i <= 10 * count; ++i) dictionary.intern(text(i));
  for (std::uint32_t i = 9 * count + 1; i <= 10 * count; ++i) ASSERT_EQ(dictionary.intern(text(i)).number, i);
}

TEST(Dictionary, TakesBackWhatAFailedBatchAdded) {
  Dictionary dictionary(key, roomy);
  dictionary.intern("before");
  dictionary.keep();
  dictionary.intern("failed one");
  dictionary.intern("failed two");
  dictionary.roll_back();
  EXPECT_EQ(dictionary.intern("before").number, 1U);
  const auto other = dictionary.intern("other");
  EXPECT_EQ(other.number, 2U);
  EXPECT_TRUE(other.added);
  const auto failed = dictionary.intern("failed one");
  EXPECT_EQ(failed.number, 3U);
  EXPECT_TRUE(failed.added);
  EXPECT_FALSE(dictionary.intern("failed one").added);
}

TEST(Dictionary, TakesBackAlsoWhatFilledItsMemory) {
  Dictionary dictionary(key, 1);
  std::uint32_t kept = 0;
  for (std::uint32_t round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 1'000; ++i) dictionary.intern("failed " + text(i));
    dictionary.roll_back();
    std::set<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < 100; ++i) numbers.insert(dictionary.intern(text(round * 100 + i)).number);
    dictionary.keep();
    ASSERT_EQ(numbers.size(), 100U);
    ASSERT_EQ(*numbers.begin(), kept + 1);
    ASSERT_EQ(*numbers.rbegin(), kept + 100);
    kept += 100;
  }
}

TEST(Dictionary, GoesOnFromWhatATableHolds) {
  Dictionary dictionary(key, roomy);
  dictionary.remember(7, "/a");
  dictionary.remember(9, "/b");
  dictionary.go_on_from(20);
  EXPECT_EQ(dictionary.intern("/a").number, 7U);
  EXPECT_EQ(dictionary.intern("/b").number, 9U);
  EXPECT_EQ(dictionary.intern("/c").number, 20U);
  dictionary.reset();
  EXPECT_EQ(dictionary.intern("/c").number, 1U);
}

TEST(Dictionary, TheLastNumberStandsForAllFurtherTexts) {
  Dictionary dictionary(key, roomy, 3);
  EXPECT_EQ(dictionary.intern("/a").number, 1U);
  EXPECT_EQ(dictionary.intern("/b").number, 2U);
  const auto last = dictionary.intern("/c");
  EXPECT_EQ(last.number, 3U);
  EXPECT_TRUE(last.added);
  EXPECT_TRUE(dictionary.is_overflow(last.number));
  for (const char* further : {"/c", "/d", "/e"}) {
    EXPECT_EQ(dictionary.intern(further).number, 3U);
    EXPECT_FALSE(dictionary.intern(further).added);
  }
  EXPECT_EQ(dictionary.intern("/b").number, 2U);
  // Also when the table is read again.
  dictionary.reset();
  dictionary.remember(2, "/b");
  dictionary.remember(3, "(other)");
  dictionary.go_on_from(4);
  EXPECT_EQ(dictionary.intern("/b").number, 2U);
  EXPECT_EQ(dictionary.intern("/f").number, 3U);
  EXPECT_FALSE(dictionary.intern("/f").added);
}

}  // namespace
}  // namespace footfall::duckdb
