#include "domain/stats_query.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(StatsQuery, NamesEveryDimensionAndFindsItAgain) {
  for (int i = 0; i <= static_cast<int>(Dimension::time_month); ++i) {
    DimensionName name{static_cast<Dimension>(i), ""};
    if (name.dimension == Dimension::event_props) name.property = "plan";
    SCOPED_TRACE(text_of(name));
    EXPECT_EQ(dimension_named(text_of(name)), name);
  }
  EXPECT_EQ(text_of({Dimension::visit_utm_campaign, ""}), "visit:utm_campaign");
  EXPECT_EQ(text_of({Dimension::time_month, ""}), "time:month");
}

TEST(StatsQuery, APropertyKeepsItsNameWhateverStandsInIt) {
  const auto name = dimension_named("event:props:a:b \"c\"");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->dimension, Dimension::event_props);
  EXPECT_EQ(name->property, "a:b \"c\"");
}

TEST(StatsQuery, NamesEveryMetricAndFindsItAgain) {
  for (int i = 0; i <= static_cast<int>(Metric::percentage); ++i) {
    const auto metric = static_cast<Metric>(i);
    SCOPED_TRACE(name_of(metric));
    EXPECT_EQ(metric_named(name_of(metric)), metric);
  }
}

TEST(StatsQuery, KnowsNoOtherNames) {
  for (const char* text : {"", "page", "event:", "event:props", "event:props:", "visit:Browser", "time", "time:year"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(dimension_named(text));
  }
  EXPECT_FALSE(metric_named("visitor"));
  EXPECT_FALSE(metric_named(""));
}

}  // namespace
}  // namespace footfall
