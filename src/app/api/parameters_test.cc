#include "app/api/parameters.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Parameters, AreDecodedTexts) {
  const Parameters parameters("path=%2Fcaf%C3%A9&title=About+us&empty=&path=second");
  EXPECT_EQ(**parameters.text("path"), "/café") << "the first of a name";
  EXPECT_EQ(**parameters.text("title"), "About us");
  EXPECT_FALSE(*parameters.text("empty")) << "empty is absent";
  EXPECT_FALSE(*parameters.text("missing"));
}

TEST(Parameters, ThatAreNoTextAreRefusedByName) {
  for (const char* query : {"path=%", "path=%2", "path=%GG", "path=%FF", "path=%00", "path=%ED%A0%80"}) {
    SCOPED_TRACE(query);
    const auto text = Parameters(query).text("path");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::invalid);
    EXPECT_EQ(text.error().field, "path");
  }
}

TEST(Parameters, MayBeNumbersWithinBounds) {
  EXPECT_EQ(**Parameters("limit=1").number("limit", 1, 10), 1U);
  EXPECT_EQ(**Parameters("limit=10").number("limit", 1, 10), 10U);
  EXPECT_FALSE(*Parameters("").number("limit", 1, 10));
  for (const char* query : {"limit=0", "limit=11", "limit=-1", "limit=1.0", "limit=x", "limit=%31x"}) {
    SCOPED_TRACE(query);
    EXPECT_EQ(Parameters(query).number("limit", 1, 10).error().field, "limit");
  }
}

TEST(Parameters, MayBeTimesOrDates) {
  EXPECT_EQ(to_rfc3339(**Parameters("from=2026-11-21T09:03:00%2B01:00").from()), "2026-11-21T08:03:00.000Z");
  EXPECT_EQ(to_rfc3339(**Parameters("from=2026-11-21").from()), "2026-11-21T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(**Parameters("to=2026-11-21").to()), "2026-11-22T00:00:00.000Z") << "through the end of the day";
  EXPECT_EQ(to_rfc3339(**Parameters("to=2026-11-21T00:00:00Z").to()), "2026-11-21T00:00:00.000Z");
  EXPECT_FALSE(*Parameters("").from());
  EXPECT_EQ(Parameters("from=today").from().error().field, "from");
  EXPECT_EQ(Parameters("to=2026-13-01").to().error().field, "to");
}

TEST(Parameters, MayBeFlags) {
  EXPECT_TRUE(*Parameters("fresh=true").flag("fresh"));
  EXPECT_TRUE(*Parameters("fresh=1").flag("fresh"));
  EXPECT_FALSE(*Parameters("fresh=false").flag("fresh"));
  EXPECT_FALSE(*Parameters("fresh=0").flag("fresh"));
  EXPECT_FALSE(*Parameters("").flag("fresh"));
  EXPECT_EQ(Parameters("fresh=yes").flag("fresh").error().field, "fresh");
}

}  // namespace
}  // namespace footfall
