#include "domain/visit_row.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(TopBy, EveryOneHasANameThatLeadsBackToIt) {
  for (int i = 0; i <= static_cast<int>(TopBy::source); ++i) {
    const auto by = static_cast<TopBy>(i);
    SCOPED_TRACE(name_of(by));
    EXPECT_EQ(top_by_named(name_of(by)), by);
  }
  EXPECT_EQ(name_of(TopBy::user_agent), "user_agent");
  EXPECT_FALSE(top_by_named("IP"));
  EXPECT_FALSE(top_by_named(""));
}

}  // namespace
}  // namespace footfall
