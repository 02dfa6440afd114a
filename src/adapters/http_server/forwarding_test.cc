// Requests that an origin answers, as they should go.
#include "adapters/http_server/forwarding_fixture.h"

namespace footfall {
namespace {

class Forwarding : public ForwardingTest {};

TEST_F(Forwarding, AsksTheOriginAndPassesItsAnswerOn) {
  start();
  Client client = connect();
  client.send(get("/a/%2e?q=1&r", "X-Note: kept\r\nConnection: close, X-Gone\r\nTE: trailers\r\n"));
  OriginSide side = origin.accept();
  EXPECT_EQ(side.head(), "GET /a/%2e?q=1&r HTTP/1.1\r\nHost: example.com\r\nX-Note: kept\r\n\r\n");
  side.answer("hello", "Content-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Note: too\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "hello");
  EXPECT_EQ(reply->header("content-length"), "5");
  EXPECT_EQ(reply->header("content-type"), "text/plain");
  EXPECT_NE(reply->head.find("a=1"), std::string::npos);
  EXPECT_NE(reply->head.find("b=2"), std::string::npos);
  EXPECT_EQ(reply->header("x-note"), "too");
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_EQ(server->counters().origin_responses[2], 1U);
}

TEST_F(Forwarding, KeepsAnEmptyQueryApartFromNone) {
  start();
  Client client = connect();
  client.send(get("/a?"));
  OriginSide side = origin.accept();
  EXPECT_TRUE(side.head().starts_with("GET /a? HTTP/1.1\r\n"));
}

TEST_F(Forwarding, KeepsBothConnectionsForTheNextRequest) {
  start();
  Client client = connect();
  OriginSide side = warm_up(client);
  for (int i = 0; i < 3; ++i) {
    client.send(get("/next"));
    EXPECT_NE(side.head(), "");
    side.answer("more");
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "more");
  }
  Client other = connect();
  other.send(get("/other"));
  EXPECT_NE(side.head(), "");
  side.answer("");
  ASSERT_TRUE(other.read());
  EXPECT_EQ(server->counters().origin_connections, 1U);
}

TEST_F(Forwarding, EndsAnIdleConnectionBeforeTheOriginDoes) {
  settings.origins.idle_max = 50ms;
  start();
  Client client = connect();
  OriginSide side = warm_up(client);
  EXPECT_TRUE(side.is_left());
  EXPECT_FALSE(side.raw().was_reset());
}

TEST_F(Forwarding, HeedsHowLongTheOriginKeepsAConnection) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.answer("", "Keep-Alive: timeout=1\r\nConnection: keep-alive\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("keep-alive"), "");
  EXPECT_TRUE(side.is_left());
}

TEST_F(Forwarding, SendsABodyByLengthWithItsHead) {
  start();
  Client client = connect();
  client.send(post("/form", "a=1&b=2"));
  OriginSide side = origin.accept();
  EXPECT_EQ(side.head(), "POST /form HTTP/1.1\r\nHost: example.com\r\ncontent-length: 7\r\n\r\n");
  EXPECT_EQ(side.body(7), "a=1&b=2");
  side.answer("ok");
  ASSERT_TRUE(client.read());
}

TEST_F(Forwarding, SendsTheLengthOfAnEmptyPost) {
  start();
  Client client = connect();
  client.send("POST /empty HTTP/1.1\r\nHost: a\r\n\r\n");
  OriginSide side = origin.accept();
  EXPECT_EQ(side.head(), "POST /empty HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(Forwarding, ReframesChunksOfARequest) {
  start();
  Client client = connect();
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("1;ext=1\r\na\r\n2\r\nbc\r\n");
  OriginSide side = origin.accept();
  EXPECT_EQ(side.head(), "POST /up HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  std::string body = side.until("c\r\n");
  client.send("0");
  client.send("\r\n\r\n");
  body += side.until("0\r\n\r\n");
  EXPECT_EQ(body.find("ext"), std::string::npos);
  EXPECT_TRUE(body == "3\r\nabc\r\n0\r\n\r\n" || body == "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n") << body;
  side.answer("ok");
  ASSERT_TRUE(client.read());
  EXPECT_TRUE(client.ask(get("/well")));
}

TEST_F(Forwarding, StreamsABodyThatIsNotWholeYet) {
  start();
  Client client = connect();
  client.send("PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  OriginSide side = origin.accept();
  side.head();
  EXPECT_EQ(side.body(5), "hello");
  client.send("world");
  EXPECT_EQ(side.body(5), "world");
  // What follows the body is the next request.
  client.send(get("/next"));
  side.answer("first");
  EXPECT_EQ(client.read()->body, "first");
  EXPECT_TRUE(side.head().starts_with("GET /next"));
}

TEST_F(Forwarding, FramesEveryKindOfAnswer) {
  struct Row {
    const char* because;
    std::string request;
    std::string answer;
    bool then_close;  // the origin, to say that it was all
    int status;
    std::string body;
    std::string length;  // as the client sees it
    std::string coding;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string get11 = get("/a");
  const std::string get10 = "GET /a HTTP/1.0\r\nHost: a\r\n\r\n";
  for (const auto& row : {
           Row{"a length", get11, ok + "Content-Length: 2\r\n\r\nhi", false, 200, "hi", "2", ""},
           Row{"a length of 0", get11, ok + "Content-Length: 0\r\n\r\n", false, 200, "", "0", ""},
           Row{"chunks", get11, ok + "Transfer-Encoding: Chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", false, 200,
               "hi", "", "chunked"},
           Row{"a trailer is dropped", get11,
               ok + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\nZ: z\r\n\r\n", false, 200,
               "hi", "", "chunked"},
           Row{"no length: until it closes", get11, ok + "\r\nhi", true, 200, "hi", "", "chunked"},
           Row{"an old origin", get11, "HTTP/1.0 200 OK\r\n\r\nhi", true, 200, "hi", "", "chunked"},
           Row{"no phrase", get11, "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", false, 200, "hi", "2", ""},
           Row{"chunks, to an old client", get10, ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false,
               200, "hi", "", ""},
           Row{"no length, to an old client", get10, ok + "\r\nhi", true, 200, "hi", "", ""},
           Row{"204", get11, "HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", "", ""},
           Row{"304 with the length of what is not sent", get11,
               "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n", false, 304, "", "", ""},
           Row{"an error of the origin", get11, "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", false, 500, "no",
               "2", ""},
       }) {
    SCOPED_TRACE(row.because);
    start();
    Client client = connect();
    client.send(row.request);
    OriginSide side = origin.accept();
    EXPECT_NE(side.head(), "");
    side.send(row.answer);
    if (row.then_close) side.close();
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, row.status);
    EXPECT_EQ(reply->body, row.body);
    EXPECT_EQ(reply->header("content-length"), row.length);
    EXPECT_EQ(reply->header("transfer-encoding"), row.coding);
    EXPECT_EQ(reply->header("trailer"), "");
    if (row.request == get11) {
      EXPECT_TRUE(client.ask(get("/well")));
    } else {
      EXPECT_TRUE(client.ends_within(5s));
      EXPECT_FALSE(client.was_reset());
    }
    server.reset();
  }
}

TEST_F(Forwarding, PassesTheHeadOfABodyThatHeadDoesNotAskFor) {
  start();
  Client client = connect();
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  OriginSide side = origin.accept();
  EXPECT_TRUE(side.head().starts_with("HEAD /a HTTP/1.1\r\n"));
  side.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  const auto reply = client.read(Client::patience, true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("content-length"), "1000");
  client.send(get("/next"));
  EXPECT_TRUE(side.head().starts_with("GET /next"));
}

TEST_F(Forwarding, KeepsTheDateAndDropsWhatBelongsToTheConnection) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.answer("x",
              "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\n"
              "Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nKeep-Alive: timeout=5\r\nX-Stays: 1\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("date"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(reply->head.find("date", reply->head.find("date: ") + 1), std::string::npos);
  for (const char* name : {"x-hop", "proxy-authenticate", "upgrade", "keep-alive", "connection"}) {
    EXPECT_EQ(reply->header(name), "") << name;
  }
  EXPECT_EQ(reply->header("x-stays"), "1");
}

TEST_F(Forwarding, AsksTheClientForItsBodyWhenTheOriginDoes) {
  start();
  Client client = connect();
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  OriginSide side = origin.accept();
  EXPECT_NE(side.head().find("\r\nexpect: 100-continue\r\n"), std::string::npos);
  EXPECT_TRUE(client.quiet_for(50ms));
  side.send("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 100);
  client.send("hello");
  EXPECT_EQ(side.body(5), "hello");
  side.answer("done");
  EXPECT_EQ(client.read()->body, "done");
  EXPECT_TRUE(client.ask(get("/well")));
}

TEST_F(Forwarding, EndsTheConnectionWhenTheOriginDoesNotWantTheBody) {
  start();
  Client client = connect();
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  const auto reply = client.read();
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_TRUE(side.is_left());
}

TEST_F(Forwarding, DropsOtherInterimAnswersAndBoundsThem) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
  side.answer("real");
  EXPECT_EQ(client.read()->body, "real");

  client.send(get("/flood"));
  side.head();
  for (int i = 0; i < 1'000 && side.send("HTTP/1.1 102 Processing\r\n\r\n"); ++i) {
  }
  EXPECT_EQ(client.read()->body, "broken");
  EXPECT_TRUE(side.is_left());
}

TEST_F(Forwarding, AnswersPipelinedRequestsInOrder) {
  start();
  Client client = connect();
  client.send(get("/1") + get("/own") + post("/2", "two") + get("/well") + get("/3"));
  OriginSide side = origin.accept();
  for (const std::string body : {"1", "2", "3"}) {
    EXPECT_NE(side.head().find(" /" + body + " "), std::string::npos);
    if (body == "2") {
      EXPECT_EQ(side.body(3), "two");
    }
    side.answer(body);
  }
  for (const std::string body : {"1", "mine", "2", "mine", "3"}) EXPECT_EQ(client.read()->body, body);
}

TEST_F(Forwarding, ShowsTheHeadToTheHandlerFirst) {
  int calls = 0;
  on_head = [&](ForwardedHead& head) {
    ++calls;
    EXPECT_EQ(head.status, 404);
    std::erase_if(head.headers, [](const Header& header) { return equals_ignoring_case(header.name, "x-out"); });
    head.headers.push_back({"set-cookie", "ours=1"});
    head.headers.push_back({"server-timing", "ff;desc=\"a\"\r\nX-Injected: 1"});
    return std::nullopt;
  };
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 404 Not Found\r\nX-Out: 1\r\nSet-Cookie: theirs=1\r\nContent-Length: 0\r\n\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(reply->header("x-out"), "");
  EXPECT_EQ(reply->header("x-injected"), "");
  EXPECT_NE(reply->head.find("theirs=1"), std::string::npos);
  EXPECT_NE(reply->head.find("ours=1"), std::string::npos);
}

TEST_F(Forwarding, HoldsTheHeadUntilTheJournalIsDurable) {
  journal.hold_commits();
  on_head = [&](ForwardedHead&) { return std::optional(*journal.append("visit")); };
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.answer("counted");
  EXPECT_TRUE(client.quiet_for(100ms));
  journal.commit();
  EXPECT_EQ(client.read()->body, "counted");
  client.send(get("/b"));
  EXPECT_NE(side.head(), "");
  side.answer("again");
  EXPECT_EQ(client.read()->body, "again");
}

TEST_F(Forwarding, AnswersInPlaceOfTheOriginWhenTheJournalFails) {
  journal.hold_commits();
  on_head = [&](ForwardedHead&) { return std::optional(*journal.append("visit")); };
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.answer("counted");
  EXPECT_TRUE(client.quiet_for(50ms));
  journal.fail();
  const auto reply = client.read();
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->code(), "journal_failed");
  EXPECT_TRUE(side.is_left());
}

TEST_F(Forwarding, FindsAnOriginByName) {
  host = "localhost";  // which may be ::1 first, where nobody listens
  start();
  Client client = connect();
  warm_up(client);
}

TEST_F(Forwarding, LetsRequestsWaitForAPlace) {
  settings.origins.connections_max = 1;
  start();
  Client first = connect(), second = connect(), third = connect();
  first.send(get("/1"));
  OriginSide side = origin.accept();
  EXPECT_TRUE(side.head().starts_with("GET /1"));
  second.send(get("/2"));
  EXPECT_TRUE(second.quiet_for(50ms));
  third.send(get("/3"));
  EXPECT_FALSE(origin.somebody_comes_within(50ms));
  for (Client* const client : {&first, &second, &third}) {
    side.answer("yes");
    EXPECT_EQ(client->read()->body, "yes");
    if (client != &third) {
      EXPECT_NE(side.head(), "");
    }
  }
}

TEST_F(Forwarding, SaysSoWhenNoPlaceComesFree) {
  settings.origins.connections_max = 1;
  settings.origins.place_max = 50ms;
  start();
  Client first = connect(), second = connect();
  first.send(get("/1"));
  OriginSide side = origin.accept();
  side.head();
  EXPECT_EQ(second.ask(get("/2"))->body, "busy");
  side.answer("late");
  EXPECT_EQ(first.read()->body, "late");
}

TEST_F(Forwarding, FinishesWhatIsUnderWayWhenTheServerStops) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  std::thread stopping([&] { server->stop(5s); });
  std::this_thread::sleep_for(50ms);
  side.answer("last");
  const auto reply = client.read();
  stopping.join();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "last");
  EXPECT_EQ(reply->header("connection"), "close");
}

}  // namespace
}  // namespace footfall
