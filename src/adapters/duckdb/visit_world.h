// A small world of visits for tests: hits as a person would tell them, put into a store with plain SQL.
//
// Texts are numbered as the writer does it, but forgotten now and then, so that the same text has several numbers.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "adapters/duckdb/database.h"
#include "adapters/duckdb/duckdb_reader.h"
#include "adapters/duckdb/row_sql.h"
#include "domain/channel.h"
#include "domain/hit.h"

namespace footfall::duckdb {

struct Engaged {
  Instant time;
  std::uint32_t ms = 0;
  std::uint8_t depth = 255;
};

struct TestHit {
  Position position = 0;
  Instant time;
  std::string site = "example.com";
  std::string path = "/";
  std::string query{}, title{};
  std::uint32_t visitor = 1;
  std::uint32_t session = 1;
  std::string ip = "203.0.113.9";
  std::string region{}, city{}, country{};
  std::string user_agent = "Firefox on Linux";
  std::string browser = "Firefox", browser_version = "140", os = "Linux", os_version = "6", device = "desktop", bot{};
  std::string referrer{}, referrer_source{};
  std::string utm_source{}, utm_medium{}, utm_campaign{}, utm_content{}, utm_term{};
  Channel channel = Channel::direct;
  std::string event{};
  std::map<std::string, std::string> props{};
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;
  std::string id{};
  std::vector<Engaged> engaged{};
};

inline Instant at(const std::string& text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time) << text;
  return time ? *time : Instant();
}

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "footfall-reader-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline PublicIds test_ids() { return PublicIds(SipKey{0x0706050403020100, 0x0f0e0d0c0b0a0908}); }

class VisitWorld {
 public:
  explicit VisitWorld(ReaderOptions options = {}, unsigned seed = 1) : random_(seed) {
    if (auto opened = DuckDatabase::open({.folder = folder_.path(), .threads = 1}); opened) {
      database_ = std::move(*opened);
    } else {
      ADD_FAILURE() << opened.error().what;
      std::abort();
    }
    options.report = [](std::string_view what) { ADD_FAILURE() << what; };
    auto made = DuckdbReader::make(*database_, test_ids(), options);
    EXPECT_TRUE(made);
    reader_ = std::move(*made);
  }

  [[nodiscard]] DuckdbReader& reader() { return *reader_; }
  [[nodiscard]] DuckDatabase& database() { return *database_; }
  [[nodiscard]] const std::vector<TestHit>& hits() const { return hits_; }
  [[nodiscard]] const std::map<std::uint32_t, std::string>& given_sessions() const { return given_sessions_; }
  [[nodiscard]] const std::map<std::uint32_t, std::string>& given_visitors() const { return given_visitors_; }
  // In how many cases a text that is known already gets another number.
  void forget_texts(double part) { forgotten_ = part; }
  void give_session(std::uint32_t number, const std::string& id) { given_sessions_[number] = id; }
  void give_visitor(std::uint32_t number, const std::string& id) { given_visitors_[number] = id; }

  // Adds a hit; its position is the next one.
  TestHit& add(TestHit hit) {
    hit.position = next_position_++;
    hits_.push_back(std::move(hit));
    return hits_.back();
  }

  // Puts into the store what was added since the last time.
  void save() {
    const auto loan = database_->borrow();
    ASSERT_TRUE(loan);
    std::string visits, engagements;
    for (; saved_ < hits_.size(); ++saved_) {
      const TestHit& hit = hits_[saved_];
      visits += (visits.empty() ? "(" : ",(") + row_of(**loan, hit) + ")";
      for (const Engaged& engaged : hit.engaged) {
        engagements += (engagements.empty() ? "(" : ",(") + std::to_string(hit.position) + ", " +
                       time_of(engaged.time) + ", " + std::to_string(hit.session) + ", " + std::to_string(engaged.ms) +
                       ", " + std::to_string(engaged.depth) + ")";
      }
    }
    if (!visits.empty()) run(**loan, "INSERT INTO visits VALUES " + visits);
    if (!engagements.empty()) run(**loan, "INSERT INTO engagements VALUES " + engagements);
    save_given(**loan, "given_sessions", given_sessions_);
    save_given(**loan, "given_visitors", given_visitors_);
  }

  static std::string json_of(const std::map<std::string, std::string>& props) {
    if (props.empty()) return "";
    std::string json = "{";
    for (const auto& [key, value] : props) {
      json += (json.size() == 1 ? "\"" : ",\"") + escaped(key) + "\":\"" + escaped(value) + "\"";
    }
    return json + "}";
  }

 private:
  static std::string escaped(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }
  static std::string time_of(Instant time) {
    return "make_timestamp_ms(" + std::to_string(milliseconds_of(time)) + ")";
  }

  static void run(Connection& connection, const std::string& sql, const std::vector<Value>& values = {}) {
    const auto done = connection.query(sql, values);
    ASSERT_TRUE(done) << done.error().what << "\n" << sql.substr(0, 500);
  }

  // The number of the values in the table's dictionary.
  std::string number(Connection& connection, const std::string& table, const std::vector<Value>& values,
                     const std::string& key) {
    if (key.empty()) return "0";
    std::uint32_t& number = numbers_[table][key];
    if (number == 0 || std::uniform_real_distribution<double>()(random_) < forgotten_) {
      number = ++last_[table];
      std::string places = std::to_string(number);
      for (std::size_t i = 0; i < values.size(); ++i) places += ", ?";
      run(connection, "INSERT INTO " + table + " VALUES (" + places + ")", values);
    }
    return std::to_string(number);
  }
  std::string number(Connection& connection, const std::string& table, const std::string& text) {
    return number(connection, table, {text}, text);
  }

  std::string row_of(Connection& connection, const TestHit& hit) {
    const auto joined = [](std::initializer_list<std::string> parts) {
      std::string key;
      bool empty = true;
      for (const std::string& part : parts) {
        key += part + '\n';
        empty = empty && part.empty();
      }
      return empty ? std::string() : key;
    };
    const auto ip = StoredAddress::parse(hit.ip);
    std::string row = std::to_string(hit.position) + ", " + time_of(hit.time) + ", " +
                      number(connection, "sites", hit.site) + ", " + number(connection, "paths", hit.path) + ", " +
                      number(connection, "queries", hit.query) + ", " + number(connection, "titles", hit.title) + ", " +
                      std::to_string(hit.visitor) + ", " + std::to_string(hit.session) + ", ";
    row += ip ? number(connection, "addresses",
                       {static_cast<std::uint64_t>(ip->form()), wide_of(*ip), hit.region, hit.city},
                       joined({hit.ip, hit.region, hit.city}))
              : "0";
    row +=
        ", " + number(connection, "user_agents",
                      {hit.user_agent, hit.browser, hit.browser_version, hit.os, hit.os_version, hit.device, hit.bot},
                      hit.user_agent);
    row += ", " + number(connection, "referrers", {hit.referrer, hit.referrer_source, std::string()},
                         joined({hit.referrer, hit.referrer_source}));
    row += ", " + number(connection, "campaigns",
                         {hit.utm_source, hit.utm_medium, hit.utm_campaign, hit.utm_content, hit.utm_term},
                         joined({hit.utm_source, hit.utm_medium, hit.utm_campaign, hit.utm_content, hit.utm_term}));
    row += ", " + std::to_string(static_cast<int>(hit.channel)) + ", " +
           std::to_string(hit.country.size() == 2 ? hit.country[0] * 256 + hit.country[1] : 0);
    row += ", " + number(connection, "events", hit.event) + ", " +
           number(connection, "properties", json_of(hit.props)) + ", " + std::to_string(static_cast<int>(hit.kind)) +
           ", " + std::to_string(static_cast<int>(hit.source)) + ", " + (hit.interactive ? "1" : "0");
    const auto id = wide_of_uuid(hit.id);
    return row + ", " +
           (id ? "(" + std::to_string(id->high) + "::UHUGEINT * 18446744073709551616 + " + std::to_string(id->low) + ")"
               : "NULL");
  }

  static void save_given(Connection& connection, const std::string& table,
                         const std::map<std::uint32_t, std::string>& given) {
    run(connection, "DELETE FROM " + table);
    for (const auto& [number, id] : given) {
      run(connection, "INSERT INTO " + table + " VALUES (" + std::to_string(number) + ", ?)", {id});
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<DuckDatabase> database_;
  std::unique_ptr<DuckdbReader> reader_;
  std::vector<TestHit> hits_;
  std::size_t saved_ = 0;
  Position next_position_ = 0;
  std::map<std::uint32_t, std::string> given_sessions_, given_visitors_;
  std::map<std::string, std::map<std::string, std::uint32_t>> numbers_;
  std::map<std::string, std::uint32_t> last_;
  double forgotten_ = 0;
  std::mt19937 random_;
};

}  // namespace footfall::duckdb
