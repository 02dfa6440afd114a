#include "domain/hit.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// The numbers are on disk: a name that moved would rewrite history.
TEST(Kind, HasTheNamesAndNumbersThatAreOnDisk) {
  struct Row {
    Kind kind;
    int number;
    const char* name;
  };
  for (const auto& row :
       {Row{Kind::load, 0, "load"}, Row{Kind::cached, 1, "cached"}, Row{Kind::restored, 2, "restored"},
        Row{Kind::soft, 3, "soft"}, Row{Kind::prerendered, 4, "prerendered"}, Row{Kind::event, 5, "event"}}) {
    EXPECT_EQ(static_cast<int>(row.kind), row.number);
    EXPECT_EQ(name_of(row.kind), row.name);
    EXPECT_EQ(kind_named(row.name), row.kind);
  }
  for (const char* name : {"", "Load", "pageview", "loads"}) EXPECT_EQ(kind_named(name), std::nullopt) << name;
}

TEST(Source, HasTheNamesAndNumbersThatAreOnDisk) {
  struct Row {
    Source source;
    int number;
    const char* name;
  };
  for (const auto& row : {Row{Source::edge, 0, "edge"}, Row{Source::script, 1, "script"},
                          Row{Source::pixel, 2, "pixel"}, Row{Source::api, 3, "api"}, Row{Source::log, 4, "log"}}) {
    EXPECT_EQ(static_cast<int>(row.source), row.number);
    EXPECT_EQ(name_of(row.source), row.name);
    EXPECT_EQ(source_named(row.name), row.source);
  }
  EXPECT_EQ(source_named("cdn"), std::nullopt);
}

TEST(Hit, IsAPageViewUnlessItIsACustomEvent) {
  Hit hit;
  for (const Kind kind : {Kind::load, Kind::cached, Kind::restored, Kind::soft, Kind::prerendered}) {
    hit.kind = kind;
    EXPECT_TRUE(hit.is_pageview());
  }
  hit.kind = Kind::event;
  EXPECT_FALSE(hit.is_pageview());
}

}  // namespace
}  // namespace footfall
