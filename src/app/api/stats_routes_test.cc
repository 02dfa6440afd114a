// POST /api/v2/query: how a question is read and an answer written; GET /api/live.
#include "app/api/api_world.h"

namespace footfall {
namespace {

class StatsRoute : public ApiWorld {
 protected:
  void SetUp() override { as(read); }
  // A question of these members beside site, metrics and range.
  Answer ask(const std::string& members = "") {
    return query(R"("site_id":"example.com","metrics":["visitors"],"date_range":"7d")" +
                 (members.empty() ? "" : "," + members));
  }
  Answer query(const std::string& members) { return post("/api/v2/query", "{" + members + "}"); }
  std::string range() const { return to_rfc3339(reader.asked.from) + " to " + to_rfc3339(reader.asked.to); }
};

// --- questions ---

TEST_F(StatsRoute, ReadsAWholeQuestion) {
  const Answer answer = query(R"("site_id":"Example.com",
      "metrics":["visitors","visits","pageviews","events","views_per_visit","bounce_rate","visit_duration"],
      "date_range":["2026-11-01","2026-11-21"],
      "dimensions":["visit:source","event:props:plan"],
      "filters":[["is","visit:country",["NZ","DE"]],["not",["contains","event:page",["blog"],{"case_sensitive":false}]],
                 ["or",[["matches","event:page",["^/a"]],["is_not","event:name",["signup"]]]]],
      "order_by":[["visitors","asc"],["visit:source","desc"]],
      "include":{"total_rows":true,"bots":true},
      "pagination":{"limit":10,"offset":20})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const StatsQuery& asked = reader.asked;
  EXPECT_EQ(asked.site, "example.com");
  ASSERT_EQ(asked.metrics.size(), 7U);
  EXPECT_EQ(asked.metrics[5], Metric::bounce_rate);
  EXPECT_EQ(range(), "2026-11-01T00:00:00.000Z to 2026-11-22T00:00:00.000Z") << "a pair of dates includes the second";
  ASSERT_EQ(asked.dimensions.size(), 2U);
  EXPECT_EQ(asked.dimensions[0].dimension, Dimension::visit_source);
  EXPECT_EQ(asked.dimensions[1].property, "plan");
  ASSERT_EQ(asked.filters.size(), 3U);
  EXPECT_EQ(asked.filters[0].operation, StatsFilter::Operation::is);
  EXPECT_EQ(asked.filters[0].values, (std::vector<std::string>{"NZ", "DE"}));
  EXPECT_TRUE(asked.filters[0].case_sensitive);
  EXPECT_EQ(asked.filters[1].operation, StatsFilter::Operation::negate);
  EXPECT_FALSE(asked.filters[1].children.at(0).case_sensitive);
  EXPECT_EQ(asked.filters[2].operation, StatsFilter::Operation::any);
  EXPECT_EQ(asked.filters[2].children.size(), 2U);
  ASSERT_EQ(asked.order.size(), 2U);
  EXPECT_EQ(asked.order[0].metric, Metric::visitors);
  EXPECT_FALSE(asked.order[0].descending);
  EXPECT_EQ(asked.order[1].dimension->dimension, Dimension::visit_source);
  EXPECT_TRUE(asked.total_rows);
  EXPECT_TRUE(asked.bots);
  EXPECT_EQ(asked.limit, 10U);
  EXPECT_EQ(asked.offset, 20U);
}

TEST_F(StatsRoute, LeavesBotsOutAndGivesTenThousandRowsUnlessAskedOtherwise) {
  EXPECT_EQ(ask().status, 200);
  EXPECT_FALSE(reader.asked.bots);
  EXPECT_FALSE(reader.asked.total_rows);
  EXPECT_EQ(reader.asked.limit, 10'000U);
  EXPECT_EQ(reader.asked.offset, 0U);
}

TEST_F(StatsRoute, KnowsTheNamedRangesInUtc) {
  struct Row {
    const char* name;
    const char* range;
  };
  clock.set(*parse_time("2026-03-31T09:03:00Z"));
  for (const auto& row : {
           Row{"day", "2026-03-31T00:00:00.000Z to 2026-04-01T00:00:00.000Z"},
           Row{"24h", "2026-03-30T09:03:00.000Z to 2026-03-31T09:03:00.001Z"},
           Row{"7d", "2026-03-24T00:00:00.000Z to 2026-03-31T00:00:00.000Z"},
           Row{"28d", "2026-03-03T00:00:00.000Z to 2026-03-31T00:00:00.000Z"},
           Row{"30d", "2026-03-01T00:00:00.000Z to 2026-03-31T00:00:00.000Z"},
           Row{"91d", "2025-12-30T00:00:00.000Z to 2026-03-31T00:00:00.000Z"},
           Row{"month", "2026-03-01T00:00:00.000Z to 2026-04-01T00:00:00.000Z"},
           Row{"6mo", "2025-09-01T00:00:00.000Z to 2026-03-01T00:00:00.000Z"},
           Row{"12mo", "2025-03-01T00:00:00.000Z to 2026-03-01T00:00:00.000Z"},
           Row{"year", "2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z"},
       }) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(
        query(R"("site_id":"example.com","metrics":["visitors"],"date_range":")" + std::string(row.name) + "\"").status,
        200);
    EXPECT_EQ(range(), row.range);
  }
}

TEST_F(StatsRoute, KnowsAllAsFromTheFirstVisitToTheLast) {
  const auto all = [&] {
    as(read);
    EXPECT_EQ(query(R"("site_id":"example.com","metrics":["visitors"],"date_range":"all")").status, 200);
    return range();
  };
  EXPECT_EQ(all(), "2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z") << "nothing yet: today";
  for (const char* time : {"2015-05-17T10:05:03Z", "2026-11-20T12:00:00Z"}) {
    as(admin);
    post("/api/visits", R"({"site":"example.com","path":"/","timestamp":")" + std::string(time) + "\"}");
  }
  process();
  EXPECT_EQ(all(), "2015-05-17T00:00:00.000Z to 2026-11-21T00:00:00.000Z");
}

TEST_F(StatsRoute, TakesAPairOfTimes) {
  EXPECT_EQ(
      query(
          R"("site_id":"example.com","metrics":["visitors"],"date_range":["2026-11-21T08:00:00+01:00","2026-11-21T09:00:00Z"])")
          .status,
      200);
  EXPECT_EQ(range(), "2026-11-21T07:00:00.000Z to 2026-11-21T09:00:00.000Z");
}

TEST_F(StatsRoute, ChoosesTheBucketsOfTimeByTheLengthOfTheRange) {
  struct Row {
    const char* range;
    Dimension dimension;
  };
  for (const auto& row : {Row{R"("day")", Dimension::time_hour}, Row{R"("7d")", Dimension::time_day},
                          Row{R"("91d")", Dimension::time_day}, Row{R"("12mo")", Dimension::time_month}}) {
    SCOPED_TRACE(row.range);
    EXPECT_EQ(query(R"("site_id":"example.com","metrics":["visitors"],"dimensions":["time"],"date_range":)" +
                    std::string(row.range))
                  .status,
              200);
    EXPECT_EQ(reader.asked.dimensions.at(0).dimension, row.dimension);
  }
}

// --- answers ---

TEST_F(StatsRoute, AnswersAsPlausibleDoes) {
  reader.answer.rows = {{{"Search"}, {12.0, 33.3, std::nullopt}}, {{"Direct / None"}, {0.0, 0.5, 7.0}}};
  reader.answer.total_rows = 42;
  const Answer answer = query(R"("site_id":"example.com","metrics":["visitors","bounce_rate","visit_duration"],
      "date_range":["2026-11-20","2026-11-21"],"dimensions":["visit:source"],"include":{"total_rows":true})");
  EXPECT_EQ(answer.header("content-type"), "application/json");
  const json::object body = answer.json();
  const json::array& results = body.at("results").as_array();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].at("dimensions").as_array(), (json::array{"Search"}));
  EXPECT_EQ(results[0].at("metrics").as_array().at(0), 12);
  EXPECT_TRUE(results[0].at("metrics").as_array().at(0).is_int64()) << "counts are whole";
  EXPECT_EQ(results[0].at("metrics").as_array().at(1), 33.3);
  EXPECT_TRUE(results[0].at("metrics").as_array().at(2).is_null());
  EXPECT_EQ(body.at("meta").at("total_rows"), 42);
  EXPECT_EQ(json::serialize(body.at("query")),
            R"({"site_id":"example.com","metrics":["visitors","bounce_rate","visit_duration"],)"
            R"("date_range":["2026-11-20T00:00:00.000Z","2026-11-22T00:00:00.000Z"],"dimensions":["visit:source"]})");
}

TEST_F(StatsRoute, NamesEveryBucketOfTimeThatHasBegun) {
  struct Row {
    const char* dimension;
    const char* range;
    const char* labels;
  };
  clock.set(*parse_time("2026-11-21T02:30:00Z"));
  for (const auto& row : {
           Row{"time:day", R"(["2026-11-19","2026-11-23"])", R"(["2026-11-19","2026-11-20","2026-11-21"])"},
           Row{"time:hour", R"("day")", R"(["2026-11-21 00:00:00","2026-11-21 01:00:00","2026-11-21 02:00:00"])"},
           Row{"time:minute", R"(["2026-11-21T01:00:30Z","2026-11-21T01:02:00Z"])",
               R"(["2026-11-21 01:00:00","2026-11-21 01:01:00"])"},
           Row{"time:week", R"(["2026-11-10","2026-11-21"])", R"(["2026-11-09","2026-11-16"])"},
           Row{"time:month", R"(["2026-09-15","2026-11-21"])", R"(["2026-09-01","2026-10-01","2026-11-01"])"},
       }) {
    SCOPED_TRACE(row.dimension);
    const Answer answer =
        query(R"("site_id":"example.com","metrics":["visitors"],"include":{"time_labels":true},"dimensions":[")" +
              std::string(row.dimension) + R"("],"date_range":)" + row.range);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json::serialize(answer.json().at("meta").at("time_labels")), row.labels);
  }
}

// --- bad input ---

TEST_F(StatsRoute, RefusesWhatIsWrongAndNamesTheMember) {
  struct Row {
    const char* because;
    std::string members;
    const char* field;
  };
  const std::string site = R"("site_id":"example.com",)";
  const std::string range = R"("date_range":"7d",)";
  const std::string metrics = R"("metrics":["visitors"])";
  const std::string good = site + range + metrics;
  std::string many_values = "\"x\"";
  for (int i = 0; i < 1'000; ++i) many_values += ",\"x\"";
  for (const auto& row : {
           Row{"no site", range + metrics, "site_id"},
           Row{"a site of another type", R"("site_id":7,)" + range + metrics, "site_id"},
           Row{"a site that is none", R"("site_id":"a b",)" + range + metrics, "site_id"},
           Row{"no range", site + metrics, "date_range"},
           Row{"an unknown range", site + R"("date_range":"fortnight",)" + metrics, "date_range"},
           Row{"no days", site + R"("date_range":"0d",)" + metrics, "date_range"},
           Row{"too many days", site + R"("date_range":"3661d",)" + metrics, "date_range"},
           Row{"too many months", site + R"("date_range":"121mo",)" + metrics, "date_range"},
           Row{"a range of another type", site + R"("date_range":7,)" + metrics, "date_range"},
           Row{"half a range", site + R"("date_range":["2026-11-21"],)" + metrics, "date_range"},
           Row{"a bad date", site + R"("date_range":["2026-11-31","2026-12-01"],)" + metrics, "date_range"},
           Row{"numbers for dates", site + R"("date_range":[1,2],)" + metrics, "date_range"},
           Row{"a range backwards", site + R"("date_range":["2026-11-21","2026-11-20"],)" + metrics, "date_range"},
           Row{"no metric", site + R"("date_range":"7d")", "metrics"},
           Row{"no metrics", site + range + R"("metrics":[])", "metrics"},
           Row{"an unknown metric", site + range + R"("metrics":["smiles"])", "metrics"},
           Row{"a metric of another type", site + range + R"("metrics":[7])", "metrics"},
           Row{"an unknown dimension", good + R"(,"dimensions":["visit:mood"])", "dimensions"},
           Row{"dimensions of another type", good + R"(,"dimensions":"visit:source")", "dimensions"},
           Row{"five dimensions",
               good + R"(,"dimensions":["visit:source","visit:country","visit:device","visit:browser","visit:os"])",
               "dimensions"},
           Row{"filters of another type", good + R"(,"filters":{})", "filters"},
           Row{"a filter that is no array", good + R"(,"filters":["is"])", "filters"},
           Row{"an unknown operation", good + R"(,"filters":[["resembles","event:page",["/"]]])", "filters"},
           Row{"a filter of an unknown dimension", good + R"(,"filters":[["is","visit:mood",["good"]]])", "filters"},
           Row{"a filter without values", good + R"(,"filters":[["is","event:page",[]]])", "filters"},
           Row{"a filter of too many values", good + R"(,"filters":[["is","event:page",[)" + many_values + "]]]",
               "filters"},
           Row{"a filter of numbers", good + R"(,"filters":[["is","event:page",[7]]])", "filters"},
           Row{"a filter of time", good + R"(,"filters":[["is","time:day",["2026-11-21"]]])", "filters"},
           Row{"a wrong option", good + R"(,"filters":[["is","event:page",["/"],{"case_sensitive":"no"}]])", "filters"},
           Row{"a wrong filter inside another", good + R"(,"filters":[["and",[["is","event:page"]]]])", "filters"},
           Row{"an order of another type", good + R"(,"order_by":"visitors")", "order_by"},
           Row{"an order without direction", good + R"(,"order_by":[["visitors"]])", "order_by"},
           Row{"an unknown direction", good + R"(,"order_by":[["visitors","up"]])", "order_by"},
           Row{"an order by nothing known", good + R"(,"order_by":[["smiles","asc"]])", "order_by"},
           Row{"includes of another type", good + R"(,"include":["bots"])", "include"},
           Row{"a flag of another type", good + R"(,"include":{"bots":"yes"})", "bots"},
           Row{"a page of another type", good + R"(,"pagination":10)", "pagination"},
           Row{"no rows", good + R"(,"pagination":{"limit":0})", "pagination"},
           Row{"too many rows", good + R"(,"pagination":{"limit":100001})", "pagination"},
           Row{"rows before the first", good + R"(,"pagination":{"offset":-1})", "pagination"},
           Row{"a limit of another type", good + R"(,"pagination":{"limit":"all"})", "limit"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = query(row.members);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), row.field);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
  EXPECT_EQ(reader.asked.site, "") << "no wrong question reached the store";
  EXPECT_EQ(post("/api/v2/query", "nonsense").field(), "body");
  EXPECT_EQ(post("/api/v2/query", "[]").field(), "body");
  EXPECT_EQ(query(good + R"(,"pagination":{"limit":100000})").status, 200);
}

TEST_F(StatsRoute, AnswersOnlyForTheSitesOfTheToken) {
  for (const char* site : {"example.org", "stranger.example"}) {
    const Answer answer = query(R"("metrics":["visitors"],"date_range":"7d","site_id":")" + std::string(site) + "\"");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.field(), "site_id");
  }
}

TEST_F(StatsRoute, PassesOnWhatTheStoreRefuses) {
  reader.fault = Error{ErrorCode::invalid, "scroll_depth needs event:page", "metrics"};
  EXPECT_EQ(ask().status, 400);
  EXPECT_EQ(ask().field(), "metrics");
  reader.fault = Error{ErrorCode::unavailable, "too many questions at once"};
  EXPECT_EQ(ask().status, 503);
}

// --- live ---

class Reader final : public LiveSink {
 public:
  bool send(std::string_view piece) override {
    text += piece;
    return true;
  }
  std::string text;
};

TEST_F(StatsRoute, ShowsHitsAsTheyAreStored) {
  const HeaderView header{"Authorization", bearer};
  Request request;
  request.path = "/api/live";
  request.query = "site=example.com";
  request.headers = std::span(&header, 1);
  request.route = router.admit(request).route;
  Response response = router.handle(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at(0).value, "text/event-stream");
  const auto sink = std::make_shared<Reader>();
  const auto subscription = std::get<LiveBody>(response.body)(sink);
  EXPECT_NE(sink->text.find("event: visitors\ndata: {\"current\":0}"), std::string::npos);
  post("/api/event", R"({"n":"pageview","u":"https://example.com/now"})");
  process();
  EXPECT_NE(sink->text.find("\"path\":\"/now\""), std::string::npos);
}

TEST_F(StatsRoute, ShowsNobodyTheHitsOfAnotherSite) {
  EXPECT_EQ(get("/api/live?site=example.org").status, 404);
  EXPECT_EQ(live.watchers(), 0U);
}

}  // namespace
}  // namespace footfall
