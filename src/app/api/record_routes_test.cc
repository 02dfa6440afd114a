// POST /api/visits, with a verdict for each hit, and GET /pixel.gif.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr const char* an_id = "01939e2a-7c1d-7b3a-9f00-0123456789ab";

class VisitsRoute : public ApiWorld {
 protected:
  // One hit of these members beside the site and the path.
  Answer visit(const std::string& members = "") {
    return post("/api/visits",
                R"({"site":"example.com","path":"/about")" + (members.empty() ? "" : "," + members) + "}");
  }
};

// --- one hit ---

TEST_F(VisitsRoute, RecordsOneHitAndGivesItsId) {
  const Answer answer = visit(R"("title":"About","referrer":"https://x.example/","props":{"a":1})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.after, 0U);
  EXPECT_EQ(answer.json().at("accepted"), 1);
  EXPECT_TRUE(answer.json().at("refused").as_array().empty());
  const Hit hit = last_hit();
  EXPECT_EQ(hit.path, "/about");
  EXPECT_EQ(hit.title, "About");
  EXPECT_EQ(hit.referrer, "https://x.example/");
  EXPECT_EQ(hit.props, R"({"a":"1"})");
  EXPECT_EQ(hit.source, Source::api);
  EXPECT_EQ(hit.kind, Kind::load);
  EXPECT_EQ(hit.ip.text(), "203.0.113.9");
  const std::string id(answer.json().at("ids").as_array().at(0).as_string());
  EXPECT_EQ(ids.visit_position(id), 0U);
}

TEST_F(VisitsRoute, TakesAUrlOrAPath) {
  EXPECT_EQ(post("/api/visits", R"({"site":"example.com","url":"https://example.com/a?q=1#f"})").status, 202);
  EXPECT_EQ(last_hit().path, "/a");
  EXPECT_EQ(last_hit().query, "q=1");
  EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":"/b?q=2"})").status, 202);
  EXPECT_EQ(last_hit().path, "/b");
  EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":"//c"})").status, 202);
  EXPECT_EQ(last_hit().path, "//c") << "a path is a path, also with two slashes";
}

TEST_F(VisitsRoute, TellsEventsFromPageViews) {
  EXPECT_EQ(visit(R"("event":"signup")").status, 202);
  EXPECT_EQ(last_hit().event, "signup");
  EXPECT_EQ(last_hit().kind, Kind::event);
  EXPECT_EQ(visit(R"("event":"pageview")").status, 202);
  EXPECT_TRUE(last_hit().is_pageview());
  EXPECT_EQ(visit(R"("event":"","kind":"restored")").status, 202);
  EXPECT_EQ(last_hit().kind, Kind::restored);
  EXPECT_EQ(visit(R"("event":"signup","kind":"event")").status, 202);
}

TEST_F(VisitsRoute, CountsAnIdOnceAndGivesTheSameAnswerAgain) {
  const std::string members = R"("id":"01939E2A-7C1D-7B3A-9F00-0123456789AB")";
  const Answer first = visit(members);
  const Answer again = visit(members);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(first.json().at("ids").as_array().at(0), an_id) << "in its usual form";
  EXPECT_EQ(recorded_count(), 1U);
}

// --- batches ---

// What was kept while we were away comes when the retry window has long forgotten it.
TEST_F(VisitsRoute, CountsAnIdThatComesLateOnce) {
  as(ingest);
  const std::string at = to_rfc3339(clock.now());
  const std::string first =
      R"({"site":"example.com","path":"/a","timestamp":")" + at + R"(","id":"01939e2a-7c1d-7b3a-9f00-0123456789ab"})";
  const std::string second =
      R"({"site":"example.com","path":"/b","timestamp":")" + at + R"(","id":"01939e2a-7c1d-7b3a-9f00-0123456789ac"})";
  ASSERT_EQ(post("/api/visits", "[" + first + "]").status, 202);
  process();
  clock.advance(retry_window + std::chrono::hours(2));
  for (int i = 0; i < 2; ++i) {
    const Answer answer = post("/api/visits?late=true", "[" + first + "," + second + "]");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(
        json::serialize(answer.json()),
        R"({"accepted":2,"ids":["01939e2a-7c1d-7b3a-9f00-0123456789ab","01939e2a-7c1d-7b3a-9f00-0123456789ac"],"refused":[]})");
    EXPECT_EQ(recorded_count(), 2U);
    process();
    clock.advance(retry_window + std::chrono::seconds(1));
  }
  const Answer all_known = post("/api/visits?late=true", first);
  EXPECT_EQ(all_known.status, 202);
  EXPECT_FALSE(all_known.after) << "it is on disk";
  EXPECT_EQ(recorded_count(), 2U);
  EXPECT_EQ(post("/api/visits", first).status, 202);
  EXPECT_EQ(recorded_count(), 3U) << "without being asked for, the store is not looked into";
}

TEST_F(VisitsRoute, TakesALateIdOfOneSiteForNoneOfAnother) {
  as(admin);
  const std::string id = R"("id":"01939e2a-7c1d-7b3a-9f00-0123456789ab"})";
  ASSERT_EQ(post("/api/visits", R"({"site":"example.com","path":"/a",)" + id).status, 202);
  process();
  clock.advance(retry_window + std::chrono::seconds(1));
  post("/api/visits?late=true",
       R"([{"site":"example.org","path":"/a",)" + id + R"(,{"site":"example.com","path":"/a",)" + id + "]");
  EXPECT_EQ(recorded_count(), 2U);
  EXPECT_EQ(last_hit().site, "example.org");
}

TEST_F(VisitsRoute, LooksIntoTheStoreForNobodyElse) {
  const std::string hit = R"({"site":"example.com","path":"/a","id":"01939e2a-7c1d-7b3a-9f00-0123456789ab"})";
  const Answer stranger = post("/api/visits?late=true", hit);
  EXPECT_EQ(stranger.status, 403);
  EXPECT_EQ(stranger.field(), "late");
  as(ingest_elsewhere);
  EXPECT_EQ(post("/api/visits?late=true", hit).status, 403);
  as(ingest);
  EXPECT_EQ(post("/api/visits?late=perhaps", hit).field(), "late");
  reader.fault = Error{ErrorCode::timed_out, "the store is slow"};
  EXPECT_EQ(post("/api/visits?late=true", hit).status, 503) << "then it can be sent again";
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(VisitsRoute, GivesAVerdictForEachOfABatch) {
  const Answer answer = post("/api/visits", R"([{"site":"example.com","path":"/a"},
                                               {"site":"stranger.example","path":"/b"},
                                               {"site":"example.com"},
                                               7,
                                               {"site":"example.com","path":"/e"}])");
  EXPECT_EQ(answer.status, 202);
  const json::object body = answer.json();
  EXPECT_EQ(body.at("accepted"), 2);
  EXPECT_EQ(body.at("ids").as_array().size(), 2U);
  const json::array& refused = body.at("refused").as_array();
  ASSERT_EQ(refused.size(), 3U);
  EXPECT_EQ(refused[0].at("index"), 1);
  EXPECT_EQ(refused[0].at("code"), "not_found");
  EXPECT_EQ(refused[0].at("field"), "site");
  EXPECT_EQ(refused[1].at("index"), 2);
  EXPECT_EQ(refused[1].at("code"), "invalid");
  EXPECT_EQ(refused[1].at("field"), "url");
  EXPECT_EQ(refused[2].at("index"), 3);
  EXPECT_EQ(refused[2].at("field"), "body");
  EXPECT_TRUE(refused[2].at("reason").is_string());
  EXPECT_EQ(recorded_count(), 2U);
  EXPECT_EQ(answer.after, 1U) << "the newest of the batch is on disk";
}

TEST_F(VisitsRoute, AnswersABatchOfWhichNothingCouldBeTaken) {
  const Answer answer = post("/api/visits", R"([{"site":"stranger.example","path":"/"}])");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.json().at("accepted"), 0);
  EXPECT_EQ(answer.after, std::nullopt);
}

TEST_F(VisitsRoute, TakesAHundredAtOnceAndNotOneMore) {
  const auto batch = [](std::size_t count) {
    std::string body = "[";
    for (std::size_t i = 0; i < count; ++i)
      body += std::string(i == 0 ? "" : ",") + R"({"site":"example.com","path":"/"})";
    return body + "]";
  };
  EXPECT_EQ(post("/api/visits", batch(batch_hits_max)).json().at("accepted"), batch_hits_max);
  const Answer refused = post("/api/visits", batch(batch_hits_max + 1));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.field(), "body");
  EXPECT_EQ(recorded_count(), batch_hits_max);
  const Answer none = post("/api/visits", "[]");
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(none.field(), "body");
}

TEST_F(VisitsRoute, TakesTwinIdsOfABatchOnce) {
  const std::string hit = R"({"site":"example.com","path":"/","id":")" + std::string(an_id) + "\"}";
  const Answer answer = post("/api/visits", "[" + hit + "," + hit + "]");
  EXPECT_EQ(answer.json().at("accepted"), 2) << "both are answered for";
  EXPECT_EQ(recorded_count(), 1U);
}

// --- what takes a token ---

TEST_F(VisitsRoute, BelievesAnIngestTokenWhoTheVisitorWas) {
  as(ingest);
  EXPECT_EQ(
      visit(
          R"("ip":"2001:DB8::1","user_agent":"Safari","session":"s-1","visitor":"ada","timestamp":"2026-11-21T08:00:00Z")")
          .status,
      202);
  const Hit hit = last_hit();
  EXPECT_EQ(hit.ip.text(), "2001:db8::1");
  EXPECT_EQ(hit.user_agent, "Safari");
  EXPECT_EQ(hit.session, "s-1");
  EXPECT_EQ(hit.visitor, "ada");
  EXPECT_EQ(to_rfc3339(hit.time), "2026-11-21T08:00:00.000Z");
}

TEST_F(VisitsRoute, BelievesNobodyElse) {
  struct Row {
    const char* who;
    std::string token;
  };
  for (const auto& row :
       {Row{"a stranger", ""}, Row{"a token that reads", read}, Row{"a token of another site", ingest_elsewhere}}) {
    for (const char* field : {"ip", "user_agent", "session", "visitor", "timestamp"}) {
      SCOPED_TRACE(std::string(row.who) + " says " + field);
      as(row.token);
      const Answer answer = visit("\"" + std::string(field) + R"(":"203.0.113.1")");
      EXPECT_EQ(answer.status, 403);
      EXPECT_EQ(answer.code(), "forbidden");
      EXPECT_EQ(answer.field(), field);
    }
  }
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(VisitsRoute, BelievesAClientsClockWithinADayBackAndFiveMinutesAhead) {
  struct Row {
    const char* because;
    const char* token;
    Milliseconds offset;
    int status;
    Milliseconds stored;
  };
  const Milliseconds day = client_time_back_max, ahead = client_time_ahead_max, moment{1};
  for (const auto& row : {
           Row{"a day back", "ingest", -day, 202, -day},
           Row{"a moment more", "ingest", -day - moment, 400, {}},
           Row{"for the owner it is history", "admin", -day * 400, 202, -day * 400},
           Row{"five minutes ahead is now", "ingest", ahead, 202, Milliseconds(0)},
           Row{"a moment more is no time", "ingest", ahead + moment, 400, {}},
           Row{"for the owner neither", "admin", ahead + moment, 400, {}},
       }) {
    SCOPED_TRACE(row.because);
    as(std::string_view(row.token) == "admin" ? admin : ingest);
    const Answer answer = visit("\"timestamp\":\"" + to_rfc3339(clock.now() + row.offset) + "\"");
    EXPECT_EQ(answer.status, row.status);
    if (row.status == 202) {
      EXPECT_EQ(last_hit().time, clock.now() + row.stored);
    } else {
      EXPECT_EQ(answer.field(), "timestamp");
    }
  }
}

TEST_F(VisitsRoute, GivesABackdatedHitAnIdThatLeadsToIt) {
  as(ingest);
  const Answer answer = visit(R"("timestamp":"2026-11-21T08:00:00Z")");
  const std::string id(answer.json().at("ids").as_array().at(0).as_string());
  EXPECT_EQ(ids.visit_position(id), 0U);
  EXPECT_EQ(id, ids.visit_id(*parse_time("2026-11-21T08:00:00Z"), 0));
}

// --- bad input ---

TEST_F(VisitsRoute, RefusesWhatIsWrongAndNamesTheField) {
  struct Row {
    const char* because;
    std::string body;
    int status;
    const char* field;
  };
  const std::string hit = R"({"site":"example.com","path":"/",)";
  for (const auto& row : {
           Row{"nothing", "", 400, "body"},
           Row{"no JSON", "{", 400, "body"},
           Row{"text", "\"hit\"", 400, "body"},
           Row{"no site", R"({"path":"/"})", 400, "site"},
           Row{"a site of another type", R"({"site":7,"path":"/"})", 400, "site"},
           Row{"a site that is none", R"({"site":"a b","path":"/"})", 400, "site"},
           Row{"a site nobody registered", R"({"site":"stranger.example","path":"/"})", 404, "site"},
           Row{"no page", R"({"site":"example.com"})", 400, "url"},
           Row{"a url of another scheme", R"({"site":"example.com","url":"ftp://example.com/"})", 400, "url"},
           Row{"a url of another type", R"({"site":"example.com","url":{}})", 400, "url"},
           Row{"a path without slash", R"({"site":"example.com","path":"about"})", 400, "path"},
           Row{"a path of another type", R"({"site":"example.com","path":7})", 400, "path"},
           Row{"a path too long", R"({"site":"example.com","path":"/)" + std::string(path_bytes_max, 'a') + "\"}", 413,
               "path"},
           Row{"a url too long",
               R"({"site":"example.com","url":"https://example.com/)" + std::string(path_bytes_max, 'a') + "\"}", 413,
               "url"},
           Row{"an event of another type", hit + R"("event":7})", 400, "event"},
           Row{"an event's name too long", hit + "\"event\":\"" + std::string(event_name_bytes_max + 1, 'e') + "\"}",
               400, "event"},
           Row{"a kind there is not", hit + R"("kind":"dream"})", 400, "kind"},
           Row{"an event's kind without an event", hit + R"("kind":"event"})", 400, "kind"},
           Row{"a page view's kind with an event", hit + R"("event":"signup","kind":"load"})", 400, "kind"},
           Row{"a title of another type", hit + R"("title":[]})", 400, "title"},
           Row{"a referrer of another type", hit + R"("referrer":true})", 400, "referrer"},
           Row{"an id that is no UUID", hit + R"("id":"42"})", 400, "id"},
           Row{"an id of another type", hit + R"("id":42})", 400, "id"},
           Row{"props of another type", hit + R"("props":[1]})", 400, "props"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = post("/api/visits", row.body);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.field(), row.field);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  }
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(VisitsRoute, RefusesTrustedFieldsThatAreWrong) {
  as(ingest);
  struct Row {
    const char* because;
    std::string member;
    const char* field;
  };
  for (const auto& row : {
           Row{"no address", R"("ip":"localhost")", "ip"},
           Row{"an address of another type", R"("ip":7)", "ip"},
           Row{"no time", R"("timestamp":"yesterday")", "timestamp"},
           Row{"a time of another type", R"("timestamp":1795251780)", "timestamp"},
           Row{"a session with a space", R"("session":"a b")", "session"},
           Row{"a visitor too long", "\"visitor\":\"" + std::string(given_id_bytes_max + 1, 'v') + "\"", "visitor"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = visit(row.member);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), row.field);
  }
  EXPECT_EQ(recorded_count(), 0U);
  EXPECT_EQ(visit("\"visitor\":\"" + std::string(given_id_bytes_max, 'v') + "\"").status, 202);
}

TEST_F(VisitsRoute, RefusesPropsThatAreTooLongTogether) {
  std::string props;
  for (int i = 0; i < 9; ++i) {
    props += (i == 0 ? "" : ",") + std::string("\"k") + std::to_string(i) + "\":\"" + std::string(1'900, 'v') + "\"";
  }
  const Answer answer = visit("\"props\":{" + props + "}");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.field(), "props");
}

TEST_F(VisitsRoute, RefusesABodyOverItsLimit) {
  EXPECT_EQ(post("/api/visits", std::string(batch_body_bytes_max + 1, ' ')).status, 413);
}

TEST_F(VisitsRoute, IsUnavailableWhenTheJournalHasNoRoomAndRecordsNothingOfTheBatch) {
  journal.refuse(JournalRefusal::backlog);
  const Answer answer =
      post("/api/visits", R"([{"site":"example.com","path":"/a"},{"site":"example.com","path":"/b"}])");
  EXPECT_EQ(answer.status, 503);
  EXPECT_FALSE(answer.header("retry-after").empty());
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(VisitsRoute, AnswersThePreflightOfPages) { EXPECT_EQ(send(Method::options, "/api/visits").status, 204); }

// --- the pixel ---

class PixelRoute : public ApiWorld {};

TEST_F(PixelRoute, IsAnImageThatNobodyKeeps) {
  const Answer answer = get("/pixel.gif?site=example.com&p=%2Fabout%3Fq%3D1&r=https%3A%2F%2Fx.example%2F&t=About+us");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "image/gif");
  EXPECT_TRUE(answer.body.starts_with("GIF89a"));
  EXPECT_EQ(answer.body.size(), 43U);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("cross-origin-resource-policy"), "cross-origin");
  EXPECT_EQ(answer.after, 0U) << "it is sent for a hit that is on disk";
  const Hit hit = last_hit();
  EXPECT_EQ(hit.path, "/about");
  EXPECT_EQ(hit.query, "q=1");
  EXPECT_EQ(hit.referrer, "https://x.example/");
  EXPECT_EQ(hit.title, "About us");
  EXPECT_EQ(hit.source, Source::pixel);
}

TEST_F(PixelRoute, CountsThePageThatShowsIt) {
  EXPECT_EQ(get("/pixel.gif?site=example.com", {{"Referer", "https://example.com/from-here?q=1"}}).status, 200);
  EXPECT_EQ(last_hit().path, "/from-here");
  EXPECT_EQ(last_hit().mark, Mark::none);
}

TEST_F(PixelRoute, IsNoImageWhenNothingWasRecorded) {
  const Answer unknown = get("/pixel.gif?site=stranger.example&p=/");
  EXPECT_EQ(unknown.status, 202);
  EXPECT_EQ(unknown.header("x-footfall-dropped"), "unknown_site");
  EXPECT_EQ(unknown.body, "");
  journal.refuse(JournalRefusal::disk_full);
  const Answer full = get("/pixel.gif?site=example.com&p=/");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(PixelRoute, RefusesWhatIsWrongAndNamesTheParameter) {
  struct Row {
    const char* because;
    std::string query;
    int status;
    const char* field;
  };
  for (const auto& row : {
           Row{"no site", "p=/", 400, "site"},
           Row{"no page, and none that shows it", "site=example.com", 400, "p"},
           Row{"a page that is none", "site=example.com&p=about", 400, "p"},
           Row{"a page too long", "site=example.com&p=/" + std::string(path_bytes_max, 'a'), 413, "p"},
           Row{"a broken percent sign", "site=example.com&p=%2", 400, "p"},
           Row{"bytes that are not UTF-8", "site=example.com&p=/&t=%FF", 400, "t"},
           Row{"a referrer that is not encoded", "site=example.com&p=/&r=%zz", 400, "r"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = get("/pixel.gif?" + row.query);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.field(), row.field);
  }
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(PixelRoute, DoesNotCountWhoAsksForTheHeadAlone) {
  const Answer answer = send(Method::head, "/pixel.gif?site=example.com&p=/");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET");
  EXPECT_EQ(recorded_count(), 0U);
}

}  // namespace
}  // namespace footfall
