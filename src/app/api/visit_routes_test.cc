// GET /api/visits and its forms, /api/visits/top and /api/visits/{id}.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class VisitRoutes : public ApiWorld {
 protected:
  // A visit a second, stored.
  void visit(const char* path, const std::string& members = "") {
    as(ingest);
    const Answer answer = post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"" +
                                                  (members.empty() ? "" : "," + members) + "}");
    EXPECT_EQ(answer.status, 202) << answer.body;
    clock.advance(std::chrono::seconds(1));
    process();
    as(read);
  }
  void SetUp() override { as(read); }

  static std::vector<std::string> paths(const Answer& answer) {
    std::vector<std::string> found;
    const json::object body = answer.json();
    const json::value* visits = body.if_contains("visits");
    if (visits == nullptr) return found;
    for (const json::value& visit : visits->as_array()) found.emplace_back(visit.at("path").as_string());
    return found;
  }
  using Paths = std::vector<std::string>;
};

// --- rows ---

TEST_F(VisitRoutes, ShowAVisitWithEveryColumn) {
  visit("/about", R"("title":"About","props":{"plan":"gold"},"referrer":"https://search.example/","event":"signup")");
  const Answer answer = get("/api/visits?site=example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  const json::object row = answer.json().at("visits").as_array().at(0).as_object();
  for (const char* column : {"id",          "time",       "site",       "path",
                             "query",       "title",      "session",    "visitor",
                             "ip",          "user_agent", "referrer",   "event",
                             "kind",        "source",     "props",      "country",
                             "region",      "city",       "browser",    "browser_version",
                             "os",          "os_version", "device",     "referrer_source",
                             "channel",     "utm_source", "utm_medium", "utm_campaign",
                             "utm_content", "utm_term",   "bot",        "engaged_ms",
                             "scroll_depth"}) {
    EXPECT_TRUE(row.contains(column)) << column;
  }
  EXPECT_EQ(row.size(), 33U);
  EXPECT_EQ(row.at("time"), "2026-11-21T09:03:00.000Z");
  EXPECT_EQ(row.at("path"), "/about");
  EXPECT_EQ(row.at("event"), "signup");
  EXPECT_EQ(row.at("kind"), "event");
  EXPECT_EQ(row.at("source"), "api");
  EXPECT_EQ(row.at("ip"), "203.0.113.9");
  EXPECT_EQ(row.at("country"), "NZ");
  EXPECT_EQ(row.at("browser"), "Firefox");
  EXPECT_EQ(row.at("props").at("plan"), "gold");
  EXPECT_TRUE(row.at("query").is_null()) << "what there is not is null";
  EXPECT_TRUE(row.at("bot").is_null());
  EXPECT_TRUE(row.at("scroll_depth").is_null());
}

TEST_F(VisitRoutes, ShowTheNewestFirstUnlessAskedOtherwise) {
  for (const char* path : {"/1", "/2", "/3"}) visit(path);
  EXPECT_EQ(paths(get("/api/visits?site=example.com")), (Paths{"/3", "/2", "/1"}));
  EXPECT_EQ(paths(get("/api/visits?site=example.com&order=desc")), (Paths{"/3", "/2", "/1"}));
  EXPECT_EQ(paths(get("/api/visits?site=example.com&order=asc")), (Paths{"/1", "/2", "/3"}));
}

TEST_F(VisitRoutes, LookUpByIpPathSessionVisitorEventAndTime) {
  visit("/1", R"("ip":"203.0.113.1","session":"s-1","visitor":"ada")");
  visit("/2", R"("ip":"2001:db8::1","session":"s-2","visitor":"bob","event":"signup")");
  const auto rows = get("/api/visits?site=example.com&order=asc").json().at("visits").as_array();
  const auto of = [&](std::size_t row, const char* column) { return std::string(rows.at(row).at(column).as_string()); };
  const std::string site = "/api/visits?site=example.com&";
  EXPECT_EQ(paths(get(site + "ip=203.0.113.1")), Paths{"/1"});
  EXPECT_EQ(paths(get(site + "ip=2001:0DB8:0::1")), Paths{"/2"}) << "however the address is written";
  EXPECT_EQ(paths(get(site + "path=%2F2")), Paths{"/2"});
  EXPECT_EQ(paths(get(site + "session=" + of(0, "session"))), Paths{"/1"});
  EXPECT_EQ(paths(get(site + "visitor=" + of(1, "visitor"))), Paths{"/2"});
  EXPECT_EQ(paths(get(site + "event=signup")), Paths{"/2"});
  EXPECT_EQ(paths(get(site + "from=2026-11-21T09:03:01Z")), Paths{"/2"}) << "from is inside";
  EXPECT_EQ(paths(get(site + "to=2026-11-21T09:03:01Z")), Paths{"/1"}) << "to is outside";
  EXPECT_EQ(paths(get(site + "from=2026-11-21&to=2026-11-21")), (Paths{"/2", "/1"})) << "a day includes its end";
  EXPECT_EQ(paths(get(site + "to=2026-11-20")), Paths{});
  EXPECT_EQ(paths(get(site + "ip=203.0.113.1&path=%2F2")), Paths{}) << "all must hold";
}

TEST_F(VisitRoutes, ShowOneVisitByItsId) {
  visit("/1");
  const std::string id(get("/api/visits?site=example.com").json().at("visits").as_array()[0].at("id").as_string());
  EXPECT_EQ(get("/api/visits/" + id + "?site=example.com").text("path"), "/1");
  EXPECT_EQ(get("/api/visits/00000000-0000-7000-8000-000000000000?site=example.com").status, 404);
  EXPECT_EQ(get("/api/visits/nonsense?site=example.com").field(), "id");
}

// --- pages ---

TEST_F(VisitRoutes, GiveFiftyAPageAndACursorToTheNext) {
  for (int i = 0; i < 120; ++i) visit("/p");
  const Answer first = get("/api/visits?site=example.com");
  EXPECT_EQ(paths(first).size(), page_rows_default);
  const Answer second = get("/api/visits?site=example.com&cursor=" + first.text("next_cursor"));
  EXPECT_EQ(paths(second).size(), page_rows_default);
  const Answer third = get("/api/visits?site=example.com&cursor=" + second.text("next_cursor"));
  EXPECT_EQ(paths(third).size(), 20U);
  EXPECT_TRUE(third.json().at("next_cursor").is_null());
}

TEST_F(VisitRoutes, ShowEachVisitOnceWhileNewOnesCome) {
  for (int i = 0; i < 10; ++i) visit(("/" + std::to_string(i)).c_str());
  Paths seen;
  std::string cursor;
  do {
    const Answer page = get("/api/visits?site=example.com&limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const std::string& path : paths(page)) seen.push_back(path);
    cursor = page.text("next_cursor");
    visit("/new");
  } while (!cursor.empty());
  EXPECT_EQ(seen, (Paths{"/9", "/8", "/7", "/6", "/5", "/4", "/3", "/2", "/1", "/0"}));
}

TEST_F(VisitRoutes, TakeOnlyCursorsThatTheyGaveOut) {
  for (int i = 0; i < 3; ++i) visit("/p");
  const std::string cursor = get("/api/visits?site=example.com&limit=1").text("next_cursor");
  ASSERT_FALSE(cursor.empty());
  EXPECT_EQ(get("/api/visits?site=example.com&cursor=" + cursor).status, 200);
  std::vector<std::string> forged{"", "x", "AAAA", cursor + "A", cursor.substr(1), cursor.substr(0, cursor.size() - 4)};
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    forged.push_back(cursor);
    forged.back()[i] = forged.back()[i] == 'B' ? 'C' : 'B';
  }
  for (const std::string& text : forged) {
    if (text.empty() || text == cursor) continue;
    SCOPED_TRACE(text);
    const Answer answer = get("/api/visits?site=example.com&cursor=" + text);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), "cursor");
  }
  EXPECT_EQ(get("/api/visits?site=example.com&order=asc&cursor=" + cursor).field(), "cursor") << "of another order";
}

TEST_F(VisitRoutes, GiveUpToAThousandAPage) {
  visit("/1");
  EXPECT_EQ(get("/api/visits?site=example.com&limit=1000").status, 200);
  for (const char* limit : {"1001", "0", "-1", "1.5", "many", "99999999999999999999"}) {
    SCOPED_TRACE(limit);
    const Answer answer = get("/api/visits?site=example.com&limit=" + std::string(limit));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), "limit");
  }
}

// --- formats ---

TEST_F(VisitRoutes, StreamEverythingAsLinesOfJson) {
  for (int i = 0; i < 2'500; ++i) {
    as(ingest);
    post("/api/visits", R"({"site":"example.com","path":"/p"})");
  }
  process();
  as(read);
  const Answer answer = get("/api/visits.ndjson?site=example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/x-ndjson");
  EXPECT_EQ(answer.header("content-disposition"), "attachment; filename=\"visits.ndjson\"");
  std::size_t lines = 0, at = 0;
  while (at < answer.body.size()) {
    const std::size_t end = answer.body.find('\n', at);
    ASSERT_NE(end, std::string::npos) << "the last line ends too";
    EXPECT_TRUE(parse_json(answer.body.substr(at, end - at))->is_object());
    at = end + 1;
    ++lines;
  }
  EXPECT_EQ(lines, 2'500U);
  const Answer some = get("/api/visits.ndjson?site=example.com&limit=1234");
  EXPECT_EQ(std::count(some.body.begin(), some.body.end(), '\n'), 1'234);
}

TEST_F(VisitRoutes, StreamCsvWithAHead) {
  visit("/about");
  const Answer answer = get("/api/visits.csv?site=example.com");
  EXPECT_EQ(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
  EXPECT_TRUE(
      answer.body.starts_with("id,time,site,path,query,title,session,visitor,ip,user_agent,referrer,event,kind,"
                              "source,props,country,region,city,browser,browser_version,os,os_version,device,"
                              "referrer_source,channel,utm_source,utm_medium,utm_campaign,utm_content,utm_term,"
                              "bot,engaged_ms,scroll_depth\r\n"));
  EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 2);
  EXPECT_EQ(get("/api/visits.csv?site=example.com&path=%2Fnowhere").body.find("\r\n"),
            get("/api/visits.csv?site=example.com&path=%2Fnowhere").body.size() - 2)
      << "nothing found is a head alone";
}

TEST_F(VisitRoutes, StreamParquet) {
  const Answer answer = get("/api/visits.parquet?site=example.com&limit=7");
  EXPECT_EQ(answer.header("content-type"), "application/vnd.apache.parquet");
  EXPECT_EQ(answer.body, "PAR1");
  EXPECT_EQ(reader.parquet_limit, 7U);
  get("/api/visits.parquet?site=example.com");
  EXPECT_EQ(reader.parquet_limit, 0U) << "all of it";
}

TEST_F(VisitRoutes, GiveTheFormatThatIsAcceptedOrNamed) {
  visit("/1");
  const auto type = [&](const char* target, const char* accept) {
    return get(target, {{"Accept", accept}}).header("content-type");
  };
  EXPECT_EQ(type("/api/visits?site=example.com", "text/csv"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(type("/api/visits?site=example.com", "application/x-ndjson"), "application/x-ndjson");
  EXPECT_EQ(type("/api/visits?site=example.com", "application/vnd.apache.parquet"), "application/vnd.apache.parquet");
  EXPECT_EQ(type("/api/visits?site=example.com", "*/*"), "application/json");
  EXPECT_EQ(type("/api/visits.json?site=example.com", "text/csv"), "application/json") << "the name goes before";
}

// --- fresh ---

TEST_F(VisitRoutes, WaitUntilWhatWasAcknowledgedShows) {
  processor.start();
  for (int i = 0; i < 20; ++i) {
    as(ingest);
    EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":"/p"})").status, 202);
    as(read);
    EXPECT_EQ(paths(get("/api/visits?site=example.com&fresh=true&limit=1000")).size(), static_cast<std::size_t>(i + 1));
  }
  EXPECT_TRUE(processor.stop());
}

// --- top ---

TEST_F(VisitRoutes, CountHowOftenEachValueCame) {
  for (const char* path : {"/a", "/b", "/a"}) visit(path);
  const Answer answer = get("/api/visits/top?site=example.com&by=path");
  EXPECT_EQ(
      answer.body,
      R"({"by":"path","top":[{"value":"/a","visits":2,"first":"2026-11-21T09:03:00.000Z","last":"2026-11-21T09:03:02.000Z"},)"
      R"({"value":"/b","visits":1,"first":"2026-11-21T09:03:01.000Z","last":"2026-11-21T09:03:01.000Z"}]})");
  EXPECT_EQ(get("/api/visits/top?site=example.com&by=path&limit=1").json().at("top").as_array().size(), 1U);
}

TEST_F(VisitRoutes, CountByEveryColumnThatMayBeCounted) {
  for (const char* by : {"ip", "path", "session", "visitor", "referrer", "user_agent", "event", "country", "browser",
                         "os", "device", "source"}) {
    EXPECT_EQ(get("/api/visits/top?site=example.com&by=" + std::string(by)).text("by"), by);
  }
}

// --- bad input ---

TEST_F(VisitRoutes, RefuseWhatIsWrongAndNameTheParameter) {
  struct Row {
    const char* because;
    const char* target;
    int status;
    const char* field;
  };
  for (const auto& row : {
           Row{"no site, where there are two", "/api/visits", 400, "site"},
           Row{"a site that is none", "/api/visits?site=a%20b", 400, "site"},
           Row{"an unknown site", "/api/visits?site=stranger.example", 404, "site"},
           Row{"a site of somebody else", "/api/visits?site=example.org", 404, "site"},
           Row{"no address", "/api/visits?site=example.com&ip=localhost", 400, "ip"},
           Row{"no time", "/api/visits?site=example.com&from=yesterday", 400, "from"},
           Row{"no date", "/api/visits?site=example.com&to=2026-02-30", 400, "to"},
           Row{"an end before the beginning", "/api/visits?site=example.com&from=2026-11-21&to=2026-11-20", 400, "to"},
           Row{"an end at the beginning",
               "/api/visits?site=example.com&from=2026-11-21T09:00:00Z&to=2026-11-21T09:00:00Z", 400, "to"},
           Row{"no order", "/api/visits?site=example.com&order=random", 400, "order"},
           Row{"no flag", "/api/visits?site=example.com&fresh=maybe", 400, "fresh"},
           Row{"a broken percent sign", "/api/visits?site=example.com&path=%2", 400, "path"},
           Row{"not UTF-8", "/api/visits?site=example.com&path=%FF", 400, "path"},
           Row{"a zero byte", "/api/visits?site=example.com&path=%2Fa%00", 400, "path"},
           Row{"top by nothing", "/api/visits/top?site=example.com", 400, "by"},
           Row{"top by something else", "/api/visits/top?site=example.com&by=shoe_size", 400, "by"},
           Row{"top without end", "/api/visits/top?site=example.com&by=path&limit=1001", 400, "limit"},
           Row{"top of somebody else", "/api/visits/top?site=example.org&by=path", 404, "site"},
           Row{"an id of somebody else", "/api/visits/x?site=example.org", 404, "site"},
           Row{"lines of somebody else", "/api/visits.ndjson?site=example.org", 404, "site"},
           Row{"lines until never", "/api/visits.csv?site=example.com&to=never", 400, "to"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = get(row.target);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.field(), row.field);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
}

TEST_F(VisitRoutes, PassOnWhyTheStoreCouldNotAnswer) {
  reader.fault = Error{ErrorCode::timed_out, "the question took longer than 10 seconds"};
  for (const char* target : {"/api/visits?site=example.com", "/api/visits.parquet?site=example.com",
                             "/api/visits/top?site=example.com&by=path", "/api/visits/x?site=example.com"}) {
    SCOPED_TRACE(target);
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.code(), "timed_out");
    EXPECT_FALSE(answer.header("retry-after").empty());
  }
}

}  // namespace
}  // namespace footfall
