#include "adapters/duckdb/duckdb_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "adapters/duckdb/visit_world.h"

namespace footfall::duckdb {
namespace {

using namespace std::chrono_literals;

VisitFilter of_site(const std::string& site = "example.com") {
  VisitFilter filter;
  filter.site = site;
  return filter;
}

std::vector<Position> positions_of(const std::vector<VisitRow>& rows) {
  std::vector<Position> positions;
  for (const VisitRow& row : rows) positions.push_back(row.position);
  return positions;
}

class Reader : public ::testing::Test {
 protected:
  TestHit& view(const std::string& time, const std::string& path = "/") {
    const auto number = static_cast<std::uint32_t>(world_.hits().size() + 1);
    return world_.add({.time = at(time), .path = path, .visitor = number, .session = number});
  }
  std::vector<VisitRow> rows(const VisitFilter& filter, VisitOrder order = VisitOrder::newest_first,
                             std::size_t limit = 50) {
    world_.save();
    const auto page = world_.reader().visits(filter, order, limit, std::nullopt);
    EXPECT_TRUE(page) << page.error().what;
    return page ? page->rows : std::vector<VisitRow>{};
  }
  std::vector<Position> found(const VisitFilter& filter) { return positions_of(rows(filter)); }
  // All rows, page by page.
  std::vector<Position> paged(const VisitFilter& filter, VisitOrder order, std::size_t limit) {
    std::vector<Position> all;
    std::optional<VisitCursor> cursor;
    do {
      const auto page = world_.reader().visits(filter, order, limit, cursor);
      EXPECT_TRUE(page) << page.error().what;
      if (!page) break;
      EXPECT_LE(page->rows.size(), limit);
      const auto positions = positions_of(page->rows);
      all.insert(all.end(), positions.begin(), positions.end());
      cursor = page->next;
    } while (cursor);
    return all;
  }

  VisitWorld world_;
};

TEST_F(Reader, ARowSaysAllThatIsKnownOfAVisit) {
  TestHit& hit = view("2026-11-21T10:00:00.123Z", "/about");
  hit.query = "utm_source=news";
  hit.title = "About “us”";
  hit.ip = "2001:db8::7";
  hit.region = "Zürich";
  hit.city = "Winterthur";
  hit.country = "CH";
  hit.bot = "crawler: X";
  hit.referrer = "https://news.example/1";
  hit.referrer_source = "News";
  hit.utm_source = "news";
  hit.utm_medium = "email";
  hit.utm_campaign = "launch";
  hit.utm_content = "top";
  hit.utm_term = "shoes";
  hit.channel = Channel::paid_social;
  hit.event = "signup";
  hit.props = {{"plan", "pro"}};
  hit.kind = Kind::event;
  hit.source = Source::api;
  view("2026-11-21T09:00:00Z").engaged = {{at("2026-11-21T09:01:00Z"), 5'000, 30},
                                          {at("2026-11-21T09:02:00Z"), 2'500, 255}};
  const auto all = rows(of_site());
  ASSERT_EQ(all.size(), 2U);
  const VisitRow& row = all[0];
  const PublicIds ids = test_ids();
  EXPECT_EQ(row.position, 0U);
  EXPECT_EQ(row.id, ids.visit_id(row.time, 0));
  EXPECT_EQ(row.time, at("2026-11-21T10:00:00.123Z"));
  EXPECT_EQ(row.site, "example.com");
  EXPECT_EQ(row.path, "/about");
  EXPECT_EQ(row.query, "utm_source=news");
  EXPECT_EQ(row.title, "About “us”");
  EXPECT_EQ(row.session, ids.number_id(PublicIds::What::session, 1));
  EXPECT_EQ(row.visitor, ids.number_id(PublicIds::What::visitor, 1));
  EXPECT_EQ(row.ip, "2001:db8::7");
  EXPECT_EQ(row.user_agent, "Firefox on Linux");
  EXPECT_EQ(row.referrer, "https://news.example/1");
  EXPECT_EQ(row.event, "signup");
  EXPECT_EQ(row.kind, Kind::event);
  EXPECT_EQ(row.source, Source::api);
  EXPECT_EQ(row.props, R"({"plan":"pro"})");
  EXPECT_EQ(row.country + "/" + row.region + "/" + row.city, "CH/Zürich/Winterthur");
  EXPECT_EQ(row.browser + " " + row.browser_version + " " + row.os + " " + row.os_version + " " + row.device,
            "Firefox 140 Linux 6 desktop");
  EXPECT_EQ(row.referrer_source, "News");
  EXPECT_EQ(row.channel, "Paid Social");
  EXPECT_EQ(row.utm_source + " " + row.utm_medium + " " + row.utm_campaign + " " + row.utm_content + " " + row.utm_term,
            "news email launch top shoes");
  EXPECT_EQ(row.bot, "crawler: X");
  EXPECT_EQ(row.engaged_ms, 0U);
  EXPECT_FALSE(row.scroll_depth);
  EXPECT_EQ(all[1].engaged_ms, 7'500U);
  EXPECT_EQ(all[1].scroll_depth, 30);
}

TEST_F(Reader, WhatIsNotThereIsEmpty) {
  TestHit& hit = view("2026-11-21T10:00:00Z");
  hit.ip.clear();
  hit.user_agent.clear();
  hit.browser.clear();
  const auto all = rows(of_site());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(
      all[0].ip + all[0].user_agent + all[0].browser + all[0].country + all[0].referrer + all[0].event + all[0].props,
      "");
  EXPECT_EQ(all[0].channel, "Direct");
}

TEST_F(Reader, RowsAreFoundByWhatTheyAre) {
  view("2026-11-21T10:00:00Z", "/a").ip = "198.51.100.1";
  TestHit& second = view("2026-11-21T11:00:00Z", "/b");
  second.session = 1;
  second.visitor = 1;
  view("2026-11-21T12:00:00Z", "/a").event = "signup";
  view("2026-11-21T13:00:00Z", "/a").site = "other.example";
  world_.give_session(3, "from-the-cookie");
  world_.give_visitor(3, "member 3");
  const auto with = [](auto change) {
    VisitFilter filter = of_site();
    change(filter);
    return filter;
  };
  const PublicIds ids = test_ids();
  using Filter = VisitFilter&;
  struct Row {
    const char* because;
    VisitFilter filter;
    std::vector<Position> positions;
  };
  const std::vector<Row> table{
      {"all of the site, newest first", of_site(), {2, 1, 0}},
      {"another site", of_site("other.example"), {3}},
      {"a site that nobody knows", of_site("nobody.example"), {}},
      {"a path", with([](Filter f) { f.path = "/a"; }), {2, 0}},
      {"exactly this path", with([](Filter f) { f.path = "/A"; }), {}},
      {"an address, however it is written", with([](Filter f) { f.ip = "::ffff:198.51.100.1"; }), {0}},
      {"no address at all", with([](Filter f) { f.ip = "nonsense"; }), {}},
      {"a session by the id made for it",
       with([&](Filter f) { f.session = ids.number_id(PublicIds::What::session, 1); }),
       {1, 0}},
      {"a session by the id it came with", with([](Filter f) { f.session = "from-the-cookie"; }), {2}},
      {"which is its only one", with([&](Filter f) { f.session = ids.number_id(PublicIds::What::session, 3); }), {}},
      {"a visitor", with([&](Filter f) { f.visitor = ids.number_id(PublicIds::What::visitor, 1); }), {1, 0}},
      {"a given visitor", with([](Filter f) { f.visitor = "member 3"; }), {2}},
      {"the id of a session is none of a visitor",
       with([&](Filter f) { f.visitor = ids.number_id(PublicIds::What::session, 1); }),
       {}},
      {"an event", with([](Filter f) { f.event = "signup"; }), {2}},
      {"no event", with([](Filter f) { f.event = ""; }), {1, 0}},
      {"from a time on", with([](Filter f) { f.from = at("2026-11-21T11:00:00Z"); }), {2, 1}},
      {"until before a time", with([](Filter f) { f.to = at("2026-11-21T11:00:00Z"); }), {0}},
      {"several things at once",
       with([](Filter f) {
         f.path = "/a";
         f.event = "";
       }),
       {0}},
      {"no time at all", with([](Filter f) { f.from = f.to = at("2026-11-21"); }), {}}};
  for (const Row& row : table) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(found(row.filter), row.positions);
    const auto counted = world_.reader().count(row.filter);
    ASSERT_TRUE(counted);
    EXPECT_EQ(*counted, row.positions.size());
  }
}

TEST_F(Reader, ATextWithSeveralNumbersIsFoundWhole) {
  world_.forget_texts(1.0);
  for (int i = 0; i < 5; ++i) view("2026-11-21T10:00:00Z", "/again");
  VisitFilter filter = of_site();
  filter.path = "/again";
  filter.ip = "203.0.113.9";
  EXPECT_EQ(found(filter).size(), 5U);
  const auto top = world_.reader().top(of_site(), TopBy::path, 10);
  ASSERT_TRUE(top);
  ASSERT_EQ(top->size(), 1U);
  EXPECT_EQ(top->front().visits, 5U);
}

TEST_F(Reader, ACounterIsItsPageViewsTheirVisitorsAndItsIncrements) {
  // Texts that stand in their dictionary more than once, as an old store has them.
  world_.forget_texts(0.5);
  const auto visit = [&](const char* time, const char* path, std::uint32_t visitor, const char* event = "") {
    TestHit& hit = world_.add({.time = at(time), .path = path, .visitor = visitor, .session = visitor});
    hit.event = event;
    if (hit.event != "") hit.kind = Kind::event;
  };
  visit("2026-11-21T10:00:00Z", "/a", 1);
  visit("2026-11-21T11:00:00Z", "/a", 1);
  visit("2026-11-21T11:00:00Z", "/a", 2);
  visit("2026-11-21T12:00:00Z", "/b", 3);
  visit("2026-11-21T12:00:00Z", "/a", 4, "signup");
  world_.save();
  const auto counted = [&](CounterQuestion question) {
    question.site = of_site().site;
    const auto counts = world_.reader().counted(question);
    EXPECT_TRUE(counts) << counts.error().what;
    return counts.value_or(CounterCounts{});
  };
  EXPECT_EQ(counted({.key = "/a"}).pageviews, 3U) << "an event is no page view";
  EXPECT_EQ(counted({.key = "/a"}).visitors, 2U);
  EXPECT_EQ(counted({.key = "TOTAL", .total = true}).pageviews, 4U);
  EXPECT_EQ(counted({.key = "TOTAL", .total = true}).visitors, 3U);
  EXPECT_EQ(counted({.key = "/a", .from = at("2026-11-21T11:00:00Z")}).pageviews, 2U);
  EXPECT_EQ(counted({.key = "/a", .to = at("2026-11-21T11:00:00Z")}).pageviews, 1U) << "the end is not part of it";
  EXPECT_EQ(counted({.key = "nothing"}).pageviews, 0U);
}

TEST_F(Reader, PagesAreInOneTotalOrderAndMissNothing) {
  for (int i = 0; i < 1'500; ++i) {
    // Many at the same moment, and not in the order in which they were collected.
    view(to_rfc3339(at("2026-11-21T10:00:00Z") + std::chrono::seconds((i * 7919) % 700)));
  }
  world_.save();
  std::vector<Position> wanted(world_.hits().size());
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = i;
  std::sort(wanted.begin(), wanted.end(), [&](Position a, Position b) {
    return std::pair(world_.hits()[a].time, a) < std::pair(world_.hits()[b].time, b);
  });
  for (const std::size_t limit :
       {std::size_t{100}, std::size_t{499}, std::size_t{600}, std::size_t{1'500}, std::size_t{10'000}}) {
    SCOPED_TRACE(limit);
    EXPECT_EQ(paged(of_site(), VisitOrder::oldest_first, limit), wanted);
    auto reversed = paged(of_site(), VisitOrder::newest_first, limit);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(reversed, wanted);
  }
}

TEST_F(Reader, ACursorStaysGoodWhileRowsAreAdded) {
  for (int i = 0; i < 10; ++i) view("2026-11-21T10:0" + std::to_string(i) + ":00Z");
  world_.save();
  const auto first = world_.reader().visits(of_site(), VisitOrder::newest_first, 4, std::nullopt);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->next);
  EXPECT_EQ(positions_of(first->rows), (std::vector<Position>{9, 8, 7, 6}));
  view("2026-11-21T11:00:00Z");  // newer than all
  view("2026-11-21T10:03:30Z");  // older than the cursor: belongs to what is still to come
  view("2026-11-21T10:06:00Z");  // at the cursor's very moment, collected later: comes before it
  world_.save();
  const auto second = world_.reader().visits(of_site(), VisitOrder::newest_first, 50, first->next);
  ASSERT_TRUE(second);
  EXPECT_EQ(positions_of(second->rows), (std::vector<Position>{5, 4, 11, 3, 2, 1, 0}));
  EXPECT_FALSE(second->next);
}

TEST_F(Reader, TheLastPageSaysSo) {
  for (int i = 0; i < 3; ++i) view("2026-11-21T10:00:00Z");
  world_.save();
  const auto all = world_.reader().visits(of_site(), VisitOrder::newest_first, 3, std::nullopt);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->rows.size(), 3U);
  EXPECT_FALSE(all->next);
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10'001}}) {
    const auto page = world_.reader().visits(of_site(), VisitOrder::newest_first, limit, std::nullopt);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::invalid);
  }
}

TEST_F(Reader, AVisitIsFoundByItsIdAndByNoOther) {
  view("2026-11-21T10:00:00Z", "/first");
  view("2026-11-21T10:00:00Z", "/given").id = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
  world_.save();
  const auto find = [&](const std::string& id, const std::string& site = "example.com") {
    const auto row = world_.reader().find(site, id);
    EXPECT_TRUE(row);
    return row && *row ? (*row)->path : std::string("none");
  };
  const PublicIds ids = test_ids();
  const std::string made = ids.visit_id(at("2026-11-21T10:00:00Z"), 0);
  EXPECT_EQ(find(made), "/first");
  EXPECT_EQ(find("6F9619FF-8B86-4011-B42D-00C04FC964FF"), "/given") << "letter case does not matter";
  EXPECT_EQ(find(made, "other.example"), "none");
  EXPECT_EQ(find(ids.visit_id(at("2026-11-21T10:00:01Z"), 0)), "none") << "another time is another visit";
  EXPECT_EQ(find(ids.visit_id(at("2026-11-21T10:00:00Z"), 99)), "none");
  EXPECT_EQ(find(ids.visit_id(at("2026-11-21T10:00:00Z"), 1)), "none") << "the caller's id is its only one";
  EXPECT_EQ(find("00000000-0000-0000-0000-000000000000"), "none");
  EXPECT_EQ(find("' OR 1=1 --"), "none");
}

TEST_F(Reader, IdsThatCameWithAVisitAreKnownFromAMomentOn) {
  const std::string early = "6f9619ff-8b86-4011-b42d-00c04fc964ff", late = "6f9619ff-8b86-4011-b42d-00c04fc96500";
  view("2026-11-21T10:00:00Z").id = early;
  view("2026-11-21T12:00:00Z").id = late;
  view("2026-11-21T12:00:00Z").id = late;  // a page's script and its server spoke of two pages
  view("2026-11-21T12:00:00Z");
  world_.save();
  using Ids = std::vector<std::string>;
  const Ids asked{late, early, "00000000-0000-0000-0000-000000000000",
                  test_ids().visit_id(at("2026-11-21T12:00:00Z"), 3)};
  const auto known = [&](std::optional<Instant> since, const std::string& site = "example.com") {
    auto ids = world_.reader().known_ids(site, asked, since);
    EXPECT_TRUE(ids) << ids.error().what;
    std::sort(ids->begin(), ids->end());
    return *ids;
  };
  EXPECT_EQ(known(std::nullopt), (Ids{early, late}));
  EXPECT_EQ(known(at("2026-11-21T11:00:00Z")), Ids{late});
  EXPECT_EQ(known(std::nullopt, "other.example"), Ids{});
  EXPECT_EQ(*world_.reader().known_ids("example.com", {}, std::nullopt), Ids{});
  EXPECT_FALSE(world_.reader().known_ids("example.com", Ids{"' OR 1=1 --"}, std::nullopt));
}

TEST_F(Reader, TopTellsHowOftenEachValueCameAndWhen) {
  view("2026-11-21T10:00:00Z", "/a").country = "CH";
  view("2026-11-21T12:00:00Z", "/a").ip = "2001:db8::1";
  view("2026-11-21T11:00:00Z", "/b").referrer = "https://x.example/";
  TestHit& last = view("2026-11-21T13:00:00Z", "/a");
  last.event = "signup";
  last.source = Source::log;
  last.session = 1;
  last.visitor = 1;
  view("2026-11-21T14:00:00Z").site = "other.example";
  world_.give_session(2, "given");
  world_.give_session(3, "given");
  world_.save();
  const auto top = [&](TopBy by, const VisitFilter& filter = of_site()) {
    const auto rows = world_.reader().top(filter, by, 10);
    EXPECT_TRUE(rows) << rows.error().what;
    std::vector<std::pair<std::string, std::uint64_t>> values;
    for (const TopRow& row : *rows) values.emplace_back(row.value, row.visits);
    return values;
  };
  using Values = std::vector<std::pair<std::string, std::uint64_t>>;
  const PublicIds ids = test_ids();
  EXPECT_EQ(top(TopBy::path), (Values{{"/a", 3}, {"/b", 1}}));
  EXPECT_EQ(top(TopBy::ip), (Values{{"203.0.113.9", 3}, {"2001:db8::1", 1}}));
  EXPECT_EQ(top(TopBy::session), (Values{{ids.number_id(PublicIds::What::session, 1), 2}, {"given", 2}}))
      << "two sessions that came with one id are one value; the later goes first";
  EXPECT_EQ(top(TopBy::visitor).front(), (std::pair(ids.number_id(PublicIds::What::visitor, 1), std::uint64_t{2})));
  EXPECT_EQ(top(TopBy::referrer), (Values{{"https://x.example/", 1}})) << "none is no value";
  EXPECT_EQ(top(TopBy::event), (Values{{"signup", 1}}));
  EXPECT_EQ(top(TopBy::country), (Values{{"CH", 1}}));
  EXPECT_EQ(top(TopBy::source), (Values{{"script", 3}, {"log", 1}}));
  for (const TopBy by : {TopBy::user_agent, TopBy::browser, TopBy::os, TopBy::device}) {
    EXPECT_EQ(top(by).size(), 1U);
    EXPECT_EQ(top(by).front().second, 4U);
  }
  VisitFilter filter = of_site();
  filter.from = at("2026-11-21T11:30:00Z");
  EXPECT_EQ(top(TopBy::path, filter), (Values{{"/a", 2}}));
  const auto rows = world_.reader().top(of_site(), TopBy::path, 1);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().first, at("2026-11-21T10:00:00Z"));
  EXPECT_EQ(rows->front().last, at("2026-11-21T13:00:00Z"));
  EXPECT_FALSE(world_.reader().top(of_site(), TopBy::path, 0));
}

// What DuckDB itself, without any of our settings, reads in a Parquet file.
class ParquetFile {
 public:
  explicit ParquetFile(BodySource& body) {
    const std::filesystem::path file = folder_.path() / "visits.parquet";
    std::ofstream out(file, std::ios::binary);
    for (;;) {
      const auto piece = body.next();
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) break;
      bytes += piece->size();
      out << *piece;
    }
    out.close();
    from_ = " FROM read_parquet('" + file.string() + "')";
    auto opened = Database::open(":memory:", {});
    EXPECT_TRUE(opened);
    database_.emplace(std::move(*opened));
  }
  // The columns of every row, as texts.
  std::vector<std::vector<std::string>> select(const std::string& columns, const std::string& order = "") {
    auto connection = database_->connect();
    EXPECT_TRUE(connection);
    auto rows = connection->query("SELECT " + columns + from_ + order);
    EXPECT_TRUE(rows) << rows.error().what;
    std::vector<std::vector<std::string>> read;
    const auto done = rows->each([&](std::size_t row) {
      auto& texts = read.emplace_back();
      for (std::size_t i = 0; i < rows->columns(); ++i) {
        texts.push_back(rows->is_null(i, row) ? "NULL" : std::string(rows->text(i, row)));
      }
    });
    EXPECT_TRUE(done);
    return read;
  }
  std::vector<std::vector<std::string>> described() {
    auto connection = database_->connect();
    auto rows = connection->query("SELECT column_name, column_type FROM (DESCRIBE SELECT *" + from_ + ")");
    EXPECT_TRUE(rows);
    std::vector<std::vector<std::string>> read;
    EXPECT_TRUE(rows->each([&](std::size_t row) {
      read.push_back({std::string(rows->text(0, row)), std::string(rows->text(1, row))});
    }));
    return read;
  }
  std::size_t bytes = 0;

 private:
  TemporaryFolder folder_;
  std::string from_;
  std::optional<Database> database_;
};

TEST_F(Reader, AParquetFileHoldsTheRowsAsTheApiGivesThem) {
  TestHit& rich = view("2026-11-21T10:00:00.123Z", "/a");
  rich.ip = "2001:db8::1";
  rich.country = "CH";
  rich.props = {{"plan", "pro"}};
  rich.engaged = {{at("2026-11-21T10:01:00Z"), 5'000, 30}};
  view("2026-11-21T11:00:00Z", "/b").id = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
  view("2026-11-21T09:00:00Z", "/c");
  view("2026-11-21T09:00:00Z", "/d").site = "other.example";
  const auto rows_of_api = rows(of_site());
  auto body = world_.reader().parquet(of_site(), VisitOrder::newest_first, 0);
  ASSERT_TRUE(body) << body.error().what;
  EXPECT_TRUE(std::filesystem::is_empty(world_.database().temporary_folder())) << "the file has no name any more";
  ParquetFile file(**body);
  const auto described = file.described();
  ASSERT_EQ(described.size(), 33U);
  EXPECT_EQ(described[0], (std::vector<std::string>{"id", "VARCHAR"}));
  EXPECT_EQ(described[1][0], "time");
  EXPECT_TRUE(described[1][1].starts_with("TIMESTAMP")) << described[1][1];
  EXPECT_EQ(described[31], (std::vector<std::string>{"engaged_ms", "UINTEGER"}));
  EXPECT_EQ(described[32], (std::vector<std::string>{"scroll_depth", "UTINYINT"}));
  const auto read = file.select(
      "id, strftime(time, '%Y-%m-%dT%H:%M:%S.%gZ'), site, path, session, visitor, ip, kind, source, props, country, "
      "browser, "
      "channel, referrer, engaged_ms::VARCHAR, scroll_depth::VARCHAR");
  ASSERT_EQ(read.size(), rows_of_api.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    const VisitRow& row = rows_of_api[i];
    const auto or_null = [](const std::string& text) { return text.empty() ? std::string("NULL") : text; };
    EXPECT_EQ(read[i],
              (std::vector<std::string>{row.id, to_rfc3339(row.time), row.site, row.path, row.session, row.visitor,
                                        row.ip, std::string(name_of(row.kind)), std::string(name_of(row.source)),
                                        or_null(row.props), or_null(row.country), row.browser, row.channel,
                                        or_null(row.referrer), std::to_string(row.engaged_ms),
                                        row.scroll_depth ? std::to_string(*row.scroll_depth) : "NULL"}));
  }
}

TEST_F(Reader, AParquetFileTakesTheFilterTheOrderAndTheLimit) {
  for (int i = 0; i < 9; ++i) view("2026-11-21T10:0" + std::to_string(i) + ":00Z", i % 2 == 0 ? "/even" : "/odd");
  world_.save();
  VisitFilter filter = of_site();
  filter.path = "/even";
  auto body = world_.reader().parquet(filter, VisitOrder::oldest_first, 3);
  ASSERT_TRUE(body);
  EXPECT_EQ(ParquetFile(**body).select("strftime(time, '%H:%M')"),
            (std::vector<std::vector<std::string>>{{"10:00"}, {"10:02"}, {"10:04"}}));
  auto empty = world_.reader().parquet(of_site("nobody.example"), VisitOrder::newest_first, 0);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(ParquetFile(**empty).select("path").empty());
}

TEST_F(Reader, HostileTextsFindNothingAndBreakNothing) {
  view("2026-11-21T10:00:00Z");
  world_.save();
  for (const std::string& text :
       {std::string("'; DROP TABLE visits; --"), std::string("\" OR 1=1"), std::string("$1"), std::string("\\"),
        std::string("a\0b", 3), std::string("\xff\xfe"), std::string(1'000'000, 'x'), std::string("%"),
        std::string("::ffff:0:0"), std::string("AAAAAAAAAAA"), std::string("___________")}) {
    SCOPED_TRACE(text.substr(0, 30));
    for (int column = 0; column < 6; ++column) {
      VisitFilter filter = of_site();
      switch (column) {
        case 0:
          filter.site = text;
          break;
        case 1:
          filter.path = text;
          break;
        case 2:
          filter.ip = text;
          break;
        case 3:
          filter.session = text;
          break;
        case 4:
          filter.visitor = text;
          break;
        default:
          filter.event = text;
          break;
      }
      const auto page = world_.reader().visits(filter, VisitOrder::newest_first, 10, std::nullopt);
      ASSERT_TRUE(page) << page.error().what;
      EXPECT_TRUE(page->rows.empty());
      EXPECT_TRUE(world_.reader().count(filter));
      EXPECT_TRUE(world_.reader().top(filter, TopBy::path, 10));
      EXPECT_TRUE(world_.reader().parquet(filter, VisitOrder::newest_first, 10));
    }
    const auto row = world_.reader().find(text, text);
    ASSERT_TRUE(row);
    EXPECT_FALSE(*row);
  }
  EXPECT_EQ(found(of_site()).size(), 1U);
}

TEST_F(Reader, NeverHoldsUpTheWriter) {
  for (int i = 0; i < 200; ++i) view("2026-11-21T10:00:00Z");
  world_.save();
  std::atomic<bool> stop{false};
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i) {
    askers.emplace_back([&] {
      StatsQuery query;
      query.site = "example.com";
      query.metrics = {Metric::visitors, Metric::bounce_rate};
      query.dimensions = {{Dimension::event_page, ""}};
      query.from = at("2026-11-01");
      query.to = at("2026-12-01");
      while (!stop) EXPECT_TRUE(world_.reader().stats(query));
    });
  }
  for (int i = 0; i < 20; ++i) {
    view("2026-11-21T11:00:00Z");
    world_.save();
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(*world_.reader().count(of_site()), 220U);
}

TEST(ReaderLimits, AQuestionThatTakesTooLongIsEndedAndTheNextIsAnswered) {
  ReaderOptions options;
  options.question_time_max = 30ms;
  VisitWorld world(options);
  world.add({.time = at("2026-11-21T10:00:00Z")});
  world.save();
  const auto fill = [&](std::uint64_t rows) {
    const auto loan = world.database().borrow();
    ASSERT_TRUE(loan);
    ASSERT_TRUE(
        (*loan)->run("INSERT INTO visits SELECT i + 1, make_timestamp_ms(1795255200000 + i), 1, i % 5000, 0, 0, "
                     "hash(i) % 400000, hash(i) % 500000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, NULL FROM range(" +
                     std::to_string(rows) + ") t(i)"));
  };
  fill(1'000'000);
  StatsQuery query;
  query.site = "example.com";
  query.metrics = {Metric::visitors, Metric::visits, Metric::bounce_rate};
  query.dimensions = {{Dimension::event_page, ""}, {Dimension::visit_entry_page, ""}};
  query.from = at("2026-11-01");
  query.to = at("2026-12-01");
  const auto began = std::chrono::steady_clock::now();
  const auto answered = world.reader().stats(query);
  const auto took = std::chrono::steady_clock::now() - began;
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, ErrorCode::timed_out) << answered.error().what;
  EXPECT_LT(took, 5s) << "it is ended soon, not when it is done";
  VisitFilter filter;
  filter.site = "example.com";
  filter.to = at("2026-11-21T10:00:00Z");
  bool next = false;
  for (int attempt = 0; attempt < 50 && !next; ++attempt) next = world.reader().count(filter).has_value();
  EXPECT_TRUE(next) << "the reader is as good as before";
}

TEST(ReaderLimits, TooManyQuestionsAtOnceAreTurnedAway) {
  ReaderOptions options;
  options.at_once_max = 0;
  options.waiting_max = 0;
  VisitWorld world(options);
  VisitFilter filter;
  filter.site = "example.com";
  const auto counted = world.reader().count(filter);
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().code, ErrorCode::unavailable);
}

TEST(ReaderLimits, QuestionsDuringAReopeningAreToldToComeBack) {
  std::atomic<int> reports{0};
  VisitWorld world;
  for (int i = 0; i < 100; ++i) world.add({.time = at("2026-11-21T10:00:00Z")});
  world.save();
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 2; ++i) {
    askers.emplace_back([&] {
      VisitFilter filter;
      filter.site = "example.com";
      while (!stop) {
        const auto page = world.reader().visits(filter, VisitOrder::newest_first, 10, std::nullopt);
        if (page) {
          EXPECT_EQ(page->rows.size(), 10U);
          ++answered;
        } else {
          EXPECT_EQ(page.error().code, ErrorCode::unavailable) << page.error().what;
        }
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    const int before = answered;
    ASSERT_TRUE(world.database().reopen());
    while (answered < before + 5) std::this_thread::sleep_for(1ms);
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
}

}  // namespace
}  // namespace footfall::duckdb
