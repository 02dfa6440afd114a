#include "base/strong.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace footfall {
namespace {

using Apples = Strong<struct ApplesTag, std::uint64_t>;
using Pears = Strong<struct PearsTag, std::uint64_t>;
using Name = Strong<struct NameTag, std::string>;

// tests/compile_failure shows what these promise from the other side.
static_assert(!std::is_convertible_v<Apples, Pears>);
static_assert(!std::is_constructible_v<Apples, Pears>);
static_assert(!std::is_convertible_v<std::uint64_t, Apples>);
static_assert(!std::is_convertible_v<Apples, std::uint64_t>);
static_assert(sizeof(Apples) == sizeof(std::uint64_t));

TEST(Strong, GivesBackTheValueItWasMadeFrom) {
  EXPECT_EQ(Apples(3).value(), 3U);
  EXPECT_EQ(Apples().value(), 0U);
  EXPECT_EQ(Name("Ada").value(), "Ada");
}

TEST(Strong, ComparesAndHashesAsItsValueDoes) {
  EXPECT_EQ(Apples(3), Apples(3));
  EXPECT_LT(Apples(2), Apples(3));
  EXPECT_LT(Name("Ada"), Name("Bob"));
  const std::unordered_set<Apples> set{Apples(1), Apples(2), Apples(1)};
  EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace footfall
