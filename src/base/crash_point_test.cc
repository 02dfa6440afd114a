#include "base/crash_point.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// A death test runs its statement in a child, so the plan armed there never reaches the other tests.
void reach(std::string_view plan, std::initializer_list<std::string_view> places) {
  crash_plan.arm(plan);
  for (const std::string_view place : places) crash_point(place);
  std::_Exit(0);
}

TEST(CrashPoint, KillsTheProcessWhereItIsArmed) {
  EXPECT_EXIT(reach("before_sync", {"after_append", "before_sync"}), testing::KilledBySignal(SIGKILL), "");
}

TEST(CrashPoint, WaitsForTheTimeThatWasAskedFor) {
  EXPECT_EXIT(reach("before_sync:3", {"before_sync", "before_sync"}), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(reach("before_sync:3", {"before_sync", "before_sync", "before_sync"}), testing::KilledBySignal(SIGKILL),
              "");
}

TEST(CrashPoint, DoesNothingElsewhere) {
  EXPECT_EXIT(reach("before_sync", {"after_append", "before_publish"}), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(reach("", {"before_sync"}), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace footfall
