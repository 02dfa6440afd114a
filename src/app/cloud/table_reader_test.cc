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

// Where there are no rows, everything is looked for in packs: the same answers, page by page.
TEST_F(TableReaderTest, WithoutRowsPacksAnswerTheSame) {
  std::deque<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    Hit one =
        hit(texts.emplace_back("/" + std::to_string(i % 7)), texts.emplace_back("session" + std::to_string(i % 11)));
    one.ip = Address::v4(0xCB007100U + static_cast<std::uint32_t>(i % 13));
    record(one);
    if (i % 3 == 0) clock.advance(std::chrono::hours(1));
    if (i % 20 == 0) process();
  }
  process();
  layout.rows = false;
  TableReader lean(table, layout, crypto, compression, clock, ids, stats);
  const auto all_of = [](TableReader& from, const VisitFilter& filter, VisitOrder order, std::size_t limit) {
    std::vector<std::string> found;
    std::optional<VisitCursor> cursor;
    do {
      const auto page = from.visits(filter, order, limit, cursor);
      EXPECT_TRUE(page) << page.error().what;
      if (!page) return found;
      for (const VisitRow& row : page->rows) found.push_back(row.id + row.path + row.ip + row.session);
      cursor = page->next;
    } while (cursor);
    return found;
  };
  VisitFilter narrowed = by_path("/3");
  narrowed.from = clock.now() - std::chrono::hours(40);
  narrowed.to = clock.now() - std::chrono::hours(9);
  for (const VisitFilter& filter : {by_path("/3"), by_session("session4"), by_ip("203.0.113.5"), narrowed}) {
    EXPECT_EQ(*lean.count(filter), *reader.count(filter));
    for (const VisitOrder order : {VisitOrder::newest_first, VisitOrder::oldest_first}) {
      const auto expected = all_of(reader, filter, order, 100);
      EXPECT_FALSE(expected.empty());
      for (const std::size_t limit : {1U, 4U, 100U}) EXPECT_EQ(all_of(lean, filter, order, limit), expected);
    }
    const auto top = lean.top(filter, TopBy::path, 5);
    ASSERT_TRUE(top);
    EXPECT_EQ((*top)[0].visits, (*reader.top(filter, TopBy::path, 5))[0].visits);
  }
}

TEST_F(TableReaderTest, AllVisitsAreListedFromPacks) {
  for (const char* path : {"/1", "/2", "/3", "/4", "/5"}) {
    record(hit(path));
    clock.advance(std::chrono::hours(13));
  }
  process();
  EXPECT_EQ(paths_of(every()), (std::vector<std::string>{"/5", "/4", "/3", "/2", "/1"}));
  EXPECT_EQ(paths_of(every(), VisitOrder::oldest_first), (std::vector<std::string>{"/1", "/2", "/3", "/4", "/5"}));
  EXPECT_EQ(*reader.count(every()), 5U);
  ASSERT_TRUE(summer.sum_all("example.com", clock.now() + std::chrono::minutes(1)));
  EXPECT_EQ(paths_of(every()), (std::vector<std::string>{"/5", "/4", "/3", "/2", "/1"}));
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
  EXPECT_EQ(reader.top(from_ip(), TopBy::country, 10).error().code, ErrorCode::unsupported);
  EXPECT_EQ(reader.find("example.com", "x").error().code, ErrorCode::unsupported);
}

TEST_F(TableReaderTest, QuestionsOverTooManyRowsAreNotAnsweredInPart) {
  std::vector<NumberedHit> visits;
  for (std::size_t i = 0; i <= table_rows_max; ++i) visits.push_back(numbered(i, hit("/")));
  ASSERT_TRUE(writer.store(visits));
  EXPECT_EQ(*reader.count(every()), table_rows_max + 1);
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
