#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace footfall {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::invalid, "the number is odd", "number"};
  return number / 2;
}

TEST(Result, HoldsAValueOrTheErrorThatKeptItFromBeingMade) {
  const auto good = half(8);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 4);
  EXPECT_EQ(good.value(), 4);

  const auto bad = half(7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::invalid);
  EXPECT_EQ(bad.error().what, "the number is odd");
  EXPECT_EQ(bad.error().field, "number");
}

TEST(Result, GoesOnWithTheValueAndPassesTheErrorAlong) {
  EXPECT_EQ(*half(8).and_then(half), 2);
  EXPECT_EQ(half(6).and_then(half).error().code, ErrorCode::invalid) << "the second step fails";
  EXPECT_EQ(half(3).and_then(half).error().field, "number") << "the second step is never taken";
  EXPECT_EQ(*half(8).transform([](int number) { return std::to_string(number); }), "4");
  EXPECT_FALSE(half(3).transform([](int number) { return std::to_string(number); }));
}

TEST(Result, FallsBackToWhatTheCallerNames) {
  EXPECT_EQ(half(8).value_or(-1), 4);
  EXPECT_EQ(half(7).value_or(-1), -1);
}

TEST(Result, CarriesValuesThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, HoldsNothingButTheNewsThatItWorked) {
  const Result<Done> done = Done{};
  EXPECT_TRUE(done);
  EXPECT_FALSE(Result<Done>(Error{}));
}

TEST(ResultDeathTest, AskingForWhatIsNotThereStopsTheProcess) {
  EXPECT_DEATH(static_cast<void>(half(7).value()), "assertion failed: has_value");
  EXPECT_DEATH(static_cast<void>(half(8).error()), "assertion failed: !has_value");
}

TEST(ErrorCode, HasANameOfItsOwnForEachCode) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::failed); ++code) {
    const std::string_view name = name_of(static_cast<ErrorCode>(code));
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(names.insert(name).second) << name << " stands for two codes";
  }
  EXPECT_EQ(name_of(ErrorCode::too_large), "too_large");
}

}  // namespace
}  // namespace footfall
