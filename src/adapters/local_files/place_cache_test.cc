#include "adapters/local_files/place_cache.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

constexpr std::size_t text_bytes = 100'000;

std::shared_ptr<KeptPlace> place(std::size_t bytes = text_bytes) {
  auto kept = std::make_shared<KeptPlace>();
  kept->place.plain.kept = std::make_shared<const std::string>(bytes, 'x');
  return kept;
}

TEST(PlaceCache, GivesWhatWasKeptAndForgetsWhatIsDropped) {
  PlaceCache cache(1'000'000);
  const auto kept = place();
  cache.keep("a", kept);
  EXPECT_EQ(cache.find("a"), kept);
  EXPECT_EQ(cache.find("b"), nullptr);
  const auto other = place();
  cache.keep("a", other);
  EXPECT_EQ(cache.find("a"), other);
  cache.drop("a");
  cache.drop("b");
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(PlaceCache, LetsTheLongestUnusedGoWhenItIsFull) {
  PlaceCache cache(3 * text_bytes + 10'000);
  for (const char* name : {"a", "b", "c"}) cache.keep(name, place());
  EXPECT_NE(cache.find("a"), nullptr);
  cache.keep("d", place());
  EXPECT_EQ(cache.find("b"), nullptr);
  for (const char* name : {"a", "c", "d"}) EXPECT_NE(cache.find(name), nullptr) << name;
  EXPECT_LE(cache.bytes(), 3 * text_bytes + 10'000);
}

TEST(PlaceCache, CountsWhatIsCompressedAndWhatHasNoBytes) {
  PlaceCache cache(3 * text_bytes);
  const auto kept = place();
  kept->place.brotli = kept->place.gzip = kept->place.plain;
  cache.keep("a", kept);
  EXPECT_EQ(cache.find("a"), nullptr) << "three texts and an entry are more";
  for (int i = 0; i < 100'000; ++i) cache.keep(std::to_string(i), std::make_shared<KeptPlace>());
  EXPECT_LE(cache.bytes(), 3 * text_bytes);
}

TEST(PlaceCache, DoesNotKeepWhatIsLargerThanAllAndForgetsWhatWasThere) {
  PlaceCache cache(text_bytes);
  cache.keep("a", place(10));
  cache.keep("a", place(text_bytes));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

}  // namespace
}  // namespace footfall
