// What the tests of the store share: a folder of their own, a store in it, and hits whose every text follows from their
// position, so that any store can be checked for holding each exactly once.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/duckdb/duckdb_store.h"
#include "adapters/duckdb/row_sql.h"
#include "base/text.h"
#include "testing/batch_maker.h"

namespace footfall::duckdb {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "footfall_store_XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A database and the store on it, opened together.
struct OpenStore {
  std::vector<std::string> reports;
  std::unique_ptr<DuckDatabase> database;
  std::unique_ptr<DuckdbStore> store;

  explicit OpenStore(const std::filesystem::path& folder, const StoreOptions& options = {}) {
    DatabaseOptions how;
    how.folder = folder;
    how.threads = 1;
    how.report = [this](std::string_view line) { reports.emplace_back(line); };
    auto opened = DuckDatabase::open(how);
    EXPECT_TRUE(opened) << opened.error().what;
    if (!opened) return;
    database = std::move(*opened);
    auto started = DuckdbStore::open(*database, options);
    EXPECT_TRUE(started) << started.error().what;
    if (started) store = std::move(*started);
  }
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;

  Position offset() {
    const auto offset = store->offset();
    EXPECT_TRUE(offset) << offset.error().what;
    return offset.value_or(~Position{0});
  }
  std::int64_t number(const std::string& sql) {
    auto connection = database->borrow();
    EXPECT_TRUE(connection) << connection.error().what;
    const auto number = (*connection)->number(sql);
    EXPECT_TRUE(number) << number.error().what;
    return number ? number->value_or(-1) : -1;
  }
};

inline std::vector<DroppedRow> stored_dropped(DuckDatabase& database) {
  std::vector<DroppedRow> dropped;
  auto connection = database.borrow();
  EXPECT_TRUE(connection) << connection.error().what;
  if (!connection) return dropped;
  auto rows = (*connection)->query(R"sql(
    SELECT position, time, reason, rules, kind, d.source, flags, addresses.address,
           sites.site, paths.path, queries.query, titles.title, referrers.referrer, events.event, properties.props,
           user_agents.user_agent, session, visitor, d.id, addresses.form
    FROM dropped d
    LEFT JOIN sites ON sites.id = d.site LEFT JOIN paths ON paths.id = d.path
    LEFT JOIN queries ON queries.id = d.query LEFT JOIN titles ON titles.id = d.title
    LEFT JOIN events ON events.id = d.event LEFT JOIN properties ON properties.id = d.properties
    LEFT JOIN addresses ON addresses.id = d.address LEFT JOIN user_agents ON user_agents.id = d.user_agent
    LEFT JOIN referrers ON referrers.id = d.referrer
    ORDER BY position)sql");
  EXPECT_TRUE(rows) << rows.error().what;
  if (!rows) return dropped;
  const auto read = rows->each([&](std::size_t row) {
    DroppedRow one;
    one.position = static_cast<Position>(rows->integer(0, row));
    one.time = instant_of(rows->integer(1, row));
    one.reason = static_cast<DropReason>(rows->integer(2, row));
    one.rules = static_cast<std::uint32_t>(rows->integer(3, row));
    one.kind = static_cast<Kind>(rows->integer(4, row));
    one.source = static_cast<Source>(rows->integer(5, row));
    const auto flags = static_cast<unsigned>(rows->integer(6, row));
    one.interactive = (flags & 1U) != 0;
    one.mark = static_cast<Mark>(flags >> 1U);
    if (!rows->is_null(7, row)) {
      one.ip = address_of(rows->column<Wide>(7)[row], static_cast<std::uint32_t>(rows->integer(19, row))).text();
    }
    std::size_t column = 8;
    for (auto* field : {&one.site, &one.path, &one.query, &one.title, &one.referrer, &one.event, &one.props,
                        &one.user_agent, &one.session, &one.visitor, &one.id}) {
      *field = rows->text(column++, row);
    }
    dropped.push_back(std::move(one));
  });
  EXPECT_TRUE(read) << read.error().what;
  return dropped;
}

inline std::vector<StoredVisit> stored_visits(DuckDatabase& database) {
  std::vector<StoredVisit> visits;
  auto connection = database.borrow();
  EXPECT_TRUE(connection) << connection.error().what;
  if (!connection) return visits;
  auto rows = (*connection)->query(R"sql(
    SELECT position, time, sites.site, paths.path, queries.query, titles.title, events.event, properties.props,
           visits.id, addresses.address, addresses.form, user_agents.user_agent, referrers.referrer, kind, visits.source, flags,
           visits.visitor, visits.session, country, region, city, browser, browser_version, os, os_version, device, bot,
           referrers.source, referrers.medium, campaigns.source, campaigns.medium, campaigns.campaign, content, term,
           channel
    FROM visits
    LEFT JOIN sites ON sites.id = visits.site LEFT JOIN paths ON paths.id = visits.path
    LEFT JOIN queries ON queries.id = visits.query LEFT JOIN titles ON titles.id = visits.title
    LEFT JOIN events ON events.id = visits.event LEFT JOIN properties ON properties.id = visits.properties
    LEFT JOIN addresses ON addresses.id = visits.address LEFT JOIN user_agents ON user_agents.id = visits.user_agent
    LEFT JOIN referrers ON referrers.id = visits.referrer LEFT JOIN campaigns ON campaigns.id = visits.campaign
    ORDER BY position)sql");
  EXPECT_TRUE(rows) << rows.error().what;
  if (!rows) return visits;
  const auto bytes_of = [](const Wide& wide) {
    std::array<std::uint8_t, 16> bytes{};
    for (unsigned i = 0; i < 8; ++i) {
      bytes[i] = static_cast<std::uint8_t>(wide.high >> (56 - 8 * i));
      bytes[8 + i] = static_cast<std::uint8_t>(wide.low >> (56 - 8 * i));
    }
    return bytes;
  };
  const auto read = rows->each([&](std::size_t row) {
    StoredVisit visit;
    std::size_t column = 0;
    const auto text = [&] { return std::string(rows->text(column++, row)); };
    const auto number = [&] { return rows->integer(column++, row); };
    visit.position = static_cast<Position>(number());
    visit.time = instant_of(number());
    for (auto* field : {&visit.site, &visit.path, &visit.query, &visit.title, &visit.event, &visit.props}) {
      *field = text();
    }
    if (!rows->is_null(column, row)) {
      const auto bytes = bytes_of(rows->column<Wide>(column)[row]);
      visit.id = to_hex(std::as_bytes(std::span(bytes)));
      for (const std::size_t at : {20U, 16U, 12U, 8U}) visit.id.insert(at, 1, '-');
    }
    ++column;
    if (!rows->is_null(column, row)) {
      visit.ip = address_of(rows->column<Wide>(column)[row], rows->column<std::uint8_t>(column + 1)[row]).text();
    }
    column += 2;
    visit.user_agent = text();
    visit.referrer = text();
    visit.kind = static_cast<Kind>(number());
    visit.source = static_cast<Source>(number());
    const auto flags = static_cast<unsigned>(number());
    visit.interactive = (flags & 1U) != 0;
    visit.mark = static_cast<Mark>(flags >> 1U);
    visit.visitor = static_cast<VisitorNumber>(number());
    visit.session = static_cast<SessionNumber>(number());
    const auto country = static_cast<unsigned>(number());
    if (country != 0) visit.place.country = {static_cast<char>(country / 256), static_cast<char>(country % 256)};
    for (auto* field : {&visit.place.region, &visit.place.city, &visit.facts.browser, &visit.facts.browser_version,
                        &visit.facts.os, &visit.facts.os_version, &visit.facts.device, &visit.facts.bot,
                        &visit.referrer_source, &visit.referrer_medium, &visit.utm_source, &visit.utm_medium,
                        &visit.utm_campaign, &visit.utm_content, &visit.utm_term}) {
      *field = text();
    }
    visit.channel = static_cast<Channel>(number());
    visits.push_back(std::move(visit));
  });
  EXPECT_TRUE(read) << read.error().what;
  return visits;
}

// --- Hits that follow from their positions ---

// Commits [from, to); every seventh record is an increment, every eleventh new visitor has an id of its own.
inline Result<Done> commit_numbered(VisitStore& store, Position from, Position to) {
  BatchMaker maker(from);
  std::deque<std::string> texts;
  for (Position position = from; position < to; ++position) {
    if (position % 7 == 3) {
      maker.increment("TOTAL", position);
      continue;
    }
    EnrichedHit& made = maker.hit(texts.emplace_back("/page/" + std::to_string(position % 997)));
    made.visitor = static_cast<VisitorNumber>(position + 1);
    made.session = made.visitor;
    made.hit.title = texts.emplace_back("Title " + std::to_string(position % 1'009));
    made.hit.user_agent = texts.emplace_back("Agent " + std::to_string(position % 13));
    made.hit.ip = Address::v4(static_cast<std::uint32_t>(position));
    maker.visitor(
        {made.visitor, "example.com", day_of(made.hit.time), position,
         position % 11 == 0 ? texts.emplace_back("visitor " + std::to_string(position)) : std::string_view()});
  }
  return store.commit(maker.batch());
}

// Every position below the offset is in once, with the texts that belong to it.
inline void expect_each_once(OpenStore& open) {
  const Position offset = open.offset();
  std::int64_t hits = 0;
  std::int64_t sum = 0;
  for (Position position = 0; position < offset; ++position) {
    if (position % 7 == 3) {
      sum += static_cast<std::int64_t>(position);
    } else {
      ++hits;
    }
  }
  EXPECT_EQ(open.number("SELECT count(*) FROM visits"), hits) << "offset " << offset;
  EXPECT_EQ(open.number("SELECT count(DISTINCT position) FROM visits"), hits);
  EXPECT_EQ(open.number("SELECT count(*) FROM visitors"), hits);
  EXPECT_EQ(open.number("SELECT coalesce(sum(amount), 0)::BIGINT FROM increments"), sum);
  EXPECT_EQ(open.number("SELECT count(*) FROM visits JOIN paths ON paths.id = visits.path"
                        " JOIN titles ON titles.id = visits.title"
                        " JOIN user_agents ON user_agents.id = visits.user_agent"
                        " JOIN addresses ON addresses.id = visits.address"
                        " JOIN sites ON sites.id = visits.site"
                        " WHERE paths.path = '/page/' || position % 997 AND titles.title = 'Title ' || position % 1009"
                        " AND user_agents.user_agent = 'Agent ' || position % 13"
                        " AND addresses.address = 281470681743360::UHUGEINT + position AND sites.site = 'example.com'"),
            hits);
}

}  // namespace footfall::duckdb
