// Finding visits in the table again, and saying so where it cannot answer.

#include "app/cloud/cloud_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class TableReaderTest : public CloudWorld {
 protected:
  std::vector<std::string> paths_of(const VisitFilter& filter, VisitOrder order = VisitOrder::newest_first,
                                    std::size_t page_rows = 2) {
    std::vector<std::string> paths;
    std::optional<VisitCursor> cursor;
    do {
      const auto page = reader.visits(filter, order, page_rows, cursor);
      EXPECT_TRUE(page) << page.error().what;
      if (!page) return paths;
      EXPECT_LE(page->rows.size(), page_rows);
      for (const VisitRow& row : page->rows) paths.push_back(row.path);
      cursor = page->next;
    } while (cursor);
    return paths;
  }
  VisitFilter from_ip(std::string ip = "203.0.113.9") { return by_ip(std::move(ip)); }
};

TEST_F(TableReaderTest, FindsByIpByPathAndBySession) {
  record(hit("/a"));
  Hit other = hit("/b", "second-session-22-chars");
  other.ip = *Address::parse("2001:db8::1");
  record(other);
  process();
  EXPECT_EQ(paths_of(from_ip()), std::vector<std::string>{"/a"});
  EXPECT_EQ(paths_of(from_ip("2001:db8::1")), std::vector<std::string>{"/b"});
  EXPECT_EQ(paths_of(by_path("/b")), std::vector<std::string>{"/b"});
  EXPECT_EQ(paths_of(by_session("second-session-22-chars")), std::vector<std::string>{"/b"});
  VisitFilter both = by_ip("203.0.113.9");
  both.path = "/b";
  EXPECT_TRUE(paths_of(both).empty());
  VisitFilter elsewhere = by_path("/b");
  elsewhere.site = "example.org";
  EXPECT_TRUE(paths_of(elsewhere).empty());
}

TEST_F(TableReaderTest, GivesBackAllThatWasSaid) {
  Hit full = hit("/a");
  full.query = "q=1";
  full.title = "Título";
  full.referrer = "https://example.net/";
  full.kind = Kind::event;
  full.event = "signup";
  full.source = Source::api;
  full.props = R"({"plan":"pro"})";
  full.visitor = "someone";
  full.id = "0193a5f0-0000-7000-8000-000000000001";
  record(full);
  process();
  const auto page = reader.visits(from_ip(), VisitOrder::newest_first, 10, {});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 1U);
  const VisitRow& row = page->rows[0];
  EXPECT_EQ(row.query, "q=1");
  EXPECT_EQ(row.title, "Título");
  EXPECT_EQ(row.referrer, "https://example.net/");
  EXPECT_EQ(row.kind, Kind::event);
  EXPECT_EQ(row.event, "signup");
  EXPECT_EQ(row.source, Source::api);
  EXPECT_EQ(row.props, R"({"plan":"pro"})");
  EXPECT_EQ(row.visitor, "someone");
  EXPECT_EQ(row.id, full.id);
  EXPECT_EQ(row.user_agent, "Firefox");
  EXPECT_EQ(row.time, full.time);
}

TEST_F(TableReaderTest, PagesHoldEveryRowOnceAlsoWhereManyAreOfOneMillisecond) {
  std::vector<std::string> paths;
  for (int i = 0; i < 60; ++i) {
    paths.push_back("/" + std::to_string(i));
    if (i % 7 == 0) clock.advance(Milliseconds(1));
  }
  for (const std::string& path : paths) {
    record(hit(path));
    if (path.ends_with("9")) clock.advance(Milliseconds(1));
  }
  process();
  for (const VisitOrder order : {VisitOrder::newest_first, VisitOrder::oldest_first}) {
    for (const std::size_t page_rows : {1U, 7U, 60U, 100U}) {
      auto found = paths_of(from_ip(), order, page_rows);
      std::sort(found.begin(), found.end());
      auto expected = paths;
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(found, expected);
    }
  }
}

TEST_F(TableReaderTest, TheOrderIsThatOfTimeAndOneOrderIsTheOtherBackwards) {
  for (const char* path : {"/1", "/2", "/3", "/4", "/5"}) {
    record(hit(path));
    clock.advance(Milliseconds(1));
  }
  process();
  EXPECT_EQ(paths_of(from_ip()), (std::vector<std::string>{"/5", "/4", "/3", "/2", "/1"}));
  EXPECT_EQ(paths_of(from_ip(), VisitOrder::oldest_first), (std::vector<std::string>{"/1", "/2", "/3", "/4", "/5"}));
}

TEST_F(TableReaderTest, TimesBoundTheListAndTheEndIsNotInIt) {
  const Instant begun = clock.now();
  for (const char* path : {"/1", "/2", "/3"}) {
    record(hit(path));
    clock.advance(std::chrono::seconds(1));
  }
  process();
  VisitFilter filter = from_ip();
  filter.from = begun + std::chrono::seconds(1);
  filter.to = begun + std::chrono::seconds(2);
  EXPECT_EQ(paths_of(filter), std::vector<std::string>{"/2"});
  filter.to = begun;
  EXPECT_TRUE(paths_of(filter).empty());
}

TEST_F(TableReaderTest, TheLeanProfileFindsASessionByTheTablesOwnKey) {
  layout.session_index = false;
  TableWriter lean(table, layout, crypto, clock);
  const std::vector<NumberedHit> visits{numbered(1, hit("/a")), numbered(2, hit("/b"))};
  ASSERT_TRUE(lean.store(visits));
  TableReader lean_reader(table, layout, crypto, ids);
  const VisitFilter filter = by_session("abcdefghijklmnopqrstuv");
  EXPECT_EQ(*lean_reader.count(filter), 2U);
  const auto first = lean_reader.visits(filter, VisitOrder::newest_first, 1, {});
  ASSERT_TRUE(first && first->next);
  const auto second = lean_reader.visits(filter, VisitOrder::newest_first, 1, first->next);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->rows.size(), 1U);
  EXPECT_FALSE(second->next);
}

TEST_F(TableReaderTest, AnAddressIsFoundAsItIsAndAsItsHashInOneList) {
  for (int i = 0; i < 20; ++i) {
    kept = i % 3 == 0 ? KeptAddress::hashed : KeptAddress::full;
    const std::string path = "/" + std::to_string(i);
    record(hit(path));
    if (i % 2 == 0) clock.advance(Milliseconds(1));
  }
  process();
  VisitFilter filter = from_ip();
  filter.hashed_ip = keeper.keep(*Address::parse("203.0.113.9"), KeptAddress::hashed).text();
  EXPECT_EQ(*reader.count(filter), 20U);
  for (const VisitOrder order : {VisitOrder::newest_first, VisitOrder::oldest_first}) {
    const auto whole = paths_of(filter, order, 100);
    EXPECT_EQ(whole.size(), 20U);
    for (const std::size_t page_rows : {1U, 3U, 7U}) EXPECT_EQ(paths_of(filter, order, page_rows), whole);
  }
}

TEST_F(TableReaderTest, WhatTheTableCannotAnswerIsSaidAndNotGuessed) {
  record(hit());
  process();
  const VisitFilter all = every();
  EXPECT_EQ(reader.visits(all, VisitOrder::newest_first, 10, {}).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.count(all).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.top(all, TopBy::path, 10).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.top(from_ip(), TopBy::country, 10).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.stats({}).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.find("example.com", "x").error().code, ErrorCode::unsupported);
}

TEST_F(TableReaderTest, QuestionsOverTooManyRowsAreNotAnsweredInPart) {
  std::vector<NumberedHit> visits;
  for (std::size_t i = 0; i <= table_rows_max; ++i) visits.push_back(numbered(i, hit("/")));
  ASSERT_TRUE(writer.store(visits));
  EXPECT_EQ(reader.count(from_ip()).error().code, ErrorCode::unsupported);
  VisitFilter rare = from_ip();
  rare.event = "never";
  EXPECT_EQ(reader.visits(rare, VisitOrder::newest_first, 10, {}).error().code, ErrorCode::unsupported);
}

TEST_F(TableReaderTest, TellsHowOftenAnAddressCameToEachPage) {
  for (const char* path : {"/a", "/b", "/a"}) {
    record(hit(path));
    clock.advance(std::chrono::seconds(1));
  }
  process();
  const auto top = reader.top(from_ip(), TopBy::path, 10);
  ASSERT_TRUE(top);
  ASSERT_EQ(top->size(), 2U);
  EXPECT_EQ((*top)[0].value, "/a");
  EXPECT_EQ((*top)[0].visits, 2U);
  EXPECT_EQ((*top)[0].last - (*top)[0].first, std::chrono::seconds(2));
}

}  // namespace
}  // namespace footfall
