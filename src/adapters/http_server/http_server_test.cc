#include "adapters/http_server/http_server.h"

#include <mutex>
#include <set>

#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

TEST_F(HttpServerTest, GivesTheHandlerTheRequestAndTheClientItsResponse) {
  handler.admitting = [](const Request& request) {
    EXPECT_EQ(request.body, "");
    EXPECT_EQ(request.path, "/a");
    return Admission{100, false, 42};
  };
  handler.handling = [](const Request& request) {
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.path, "/a");
    EXPECT_EQ(request.query, "b=c");
    EXPECT_EQ(request.header("x-thing"), "some thing");
    EXPECT_EQ(request.headers.size(), 3U);
    EXPECT_EQ(request.peer.text(), "127.0.0.1");
    EXPECT_EQ(request.route, 42U);
    EXPECT_FALSE(request.secure);
    Response response = text_response(201, "got " + std::string(request.body));
    response.headers.push_back({"x-answer", "yes"});
    return response;
  };
  start();
  const auto reply =
      connect().ask("POST /a?b=c HTTP/1.1\r\nHost: a\r\nX-Thing:  some thing \r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "got hello");
  EXPECT_EQ(reply->header("x-answer"), "yes");
  EXPECT_EQ(reply->header("date").size(), 29U);
  EXPECT_EQ(reply->header("connection"), "");
}

TEST_F(HttpServerTest, KeepsTheConnectionAsTheVersionsHaveIt) {
  start();
  struct Row {
    const char* version;
    const char* field;
    const char* connection;  // of the response
    bool stays;
  };
  for (const auto& row : {
           Row{"1.1", "", "", true},
           Row{"1.1", "Connection: close\r\n", "close", false},
           Row{"1.0", "", "close", false},
           Row{"1.0", "Connection: keep-alive\r\n", "keep-alive", true},
       }) {
    SCOPED_TRACE(std::string(row.version) + " " + row.field);
    Client client = connect();
    const auto reply = client.ask("GET / HTTP/" + std::string(row.version) + "\r\nHost: a\r\n" + row.field + "\r\n");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header("connection"), row.connection);
    if (row.stays) {
      EXPECT_TRUE(client.ask(get("/again")));
    } else {
      EXPECT_TRUE(client.ends_within(5s));
    }
  }
}

TEST_F(HttpServerTest, ClosesWhenTheHandlerWantsIt) {
  handler.handling = [](const Request&) {
    Response response = text_response(200, "bye");
    response.close = true;
    return response;
  };
  start();
  Client client = connect();
  const auto reply = client.ask(get("/"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_TRUE(client.ends_within(5s));
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthButWithoutTheBody) {
  handler.handling = [](const Request&) { return text_response(200, "twelve bytes"); };
  start();
  Client client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"));
  const auto head = client.read(5s, true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "12");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "twelve bytes");
}

TEST_F(HttpServerTest, SendsNoBodyWhereThereIsNone) {
  handler.handling = [](const Request& request) {
    return text_response(request.path == "/204" ? 204 : 304, "never sent");
  };
  start();
  Client client = connect();
  for (const int status : {204, 304}) {
    const auto reply = client.ask(get("/" + std::to_string(status)));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->header("content-length"), "");
  }
  EXPECT_EQ(client.unread(), "");
}

TEST_F(HttpServerTest, TakesARequestInSinglePieces) {
  start();
  Client client = connect();
  for (const char c : post("/slow", "hello")) ASSERT_TRUE(client.send({&c, 1}));
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "POST /slow? hello");
}

TEST_F(HttpServerTest, TakesABodyAsLargeAsItsRouteAllowsAndNotOneByteMore) {
  handler.handling = [](const Request& request) { return text_response(200, std::to_string(request.body.size())); };
  start();
  Client client = connect();
  const auto reply = client.ask(post("/", std::string(1'048'576, 'a')));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "1048576");
  EXPECT_TRUE(soon([&] { return server->counters().unfinished_bytes == 0; }));

  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
  const auto refused = client.read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(HttpServerTest, ARefusalReachesAClientThatSendsAllOfALargeBodyFirst) {
  start();
  for (int i = 0; i < 20; ++i) {
    Client client = connect();
    ASSERT_TRUE(client.send(post("/", std::string(8'388'608, 'a')))) << "the server has stopped reading";
    const auto refused = client.read();
    ASSERT_TRUE(refused) << "the connection was reset and the answer with it";
    EXPECT_EQ(refused->status, 413);
  }
}

TEST_F(HttpServerTest, TakesALargeChunkedBodyAndTheRequestBehindIt) {
  start();
  Client client = connect();
  std::string body, text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) {
    body += std::string(1'000, static_cast<char>('a' + i % 26));
    text += "3e8\r\n" + body.substr(body.size() - 1'000) + "\r\n";
  }
  client.send(text + "0\r\n\r\n" + get("/behind"));
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "POST /? " + body);
  EXPECT_EQ(client.read()->body, "GET /behind? ");
}

TEST_F(HttpServerTest, SaysContinueOnlyIfTheBodyWillBeTaken) {
  start();
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n");
  const auto go_on = client.read();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  EXPECT_EQ(client.ask("hello")->body, "POST /? hello");

  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 100);
  EXPECT_EQ(client.ask("5\r\nhello\r\n0\r\n\r\n")->body, "POST /? hello");

  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 413);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client = connect();
  std::string text;
  for (int i = 0; i < 100; ++i) text += i % 2 == 0 ? get("/" + std::to_string(i)) : post("/" + std::to_string(i), "b");
  client.send(text);
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.read();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, (i % 2 == 0 ? "GET /" : "POST /") + std::to_string(i) + (i % 2 == 0 ? "? " : "? b"));
  }
}

TEST_F(HttpServerTest, AnswersAFloodOfPipelinedRequestsWhoseAnswersNobodyReadsYet) {
  handler.handling = [](const Request&) { return text_response(200, std::string(10'000, 'a')); };
  start();
  Client client = connect(4'096);
  std::thread reader([&] {
    std::this_thread::sleep_for(50ms);
    for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(client.read()) << i;
  });
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += get("/");
  client.send(text);
  reader.join();
  EXPECT_EQ(handler.handled, 2'000);
}

TEST_F(HttpServerTest, SendsALongBodyToASlowReader) {
  const std::string body(5'000'000, 'b');
  handler.handling = [&](const Request&) { return text_response(200, body); };
  start();
  Client client = connect(4'096);
  client.send(get("/") + get("/"));
  std::this_thread::sleep_for(50ms);
  for (int i = 0; i < 2; ++i) {
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, body);
  }
}

TEST_F(HttpServerTest, RunsRequestsThatMayBlockOnOtherThreads) {
  std::mutex mutex;
  std::set<std::thread::id> inline_threads, worker_threads;
  handler.admitting = [](const Request& request) { return Admission{100, request.path == "/query", 7}; };
  handler.handling = [&](const Request& request) {
    const std::lock_guard lock(mutex);
    (request.path == "/query" ? worker_threads : inline_threads).insert(std::this_thread::get_id());
    return text_response(200, std::string(request.query) + std::string(request.body) + std::to_string(request.route));
  };
  start();
  Client client = connect();
  client.send(get("/inline?a") + post("/query?b", "c") +
              "POST /query?d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ne\r\n0\r\n\r\n" +
              get("/inline?f"));
  for (const char* body : {"a7", "bc7", "de7", "f7"}) {
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, body);
  }
  EXPECT_EQ(inline_threads.size(), 1U);
  EXPECT_EQ(worker_threads.count(*inline_threads.begin()), 0U);
}

TEST_F(HttpServerTest, RefusesQueriesBeyondThoseThatMayWait) {
  std::atomic<bool> go_on{false};
  settings.worker_threads = 1;
  settings.requests_waiting_max = 2;
  handler.admitting = [](const Request& request) { return Admission{100, request.path == "/query", 0}; };
  handler.handling = [&](const Request& request) {
    while (request.path == "/query" && !go_on) std::this_thread::sleep_for(1ms);
    return text_response(200, "ok");
  };
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    clients.back().send(get("/query"));
    // The first is with the worker before the others come.
    ASSERT_TRUE(soon([&] { return handler.handled == 1; }));
  }
  ASSERT_TRUE(soon([&] { return server->counters().requests == 3; }));
  Client late = connect();
  const auto refused = late.ask(get("/query"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->code(), "queue_full");
  EXPECT_NE(refused->header("retry-after"), "");
  // What does not block is still answered, on the same connection too.
  EXPECT_EQ(late.ask(get("/other"))->status, 200);
  go_on = true;
  for (Client& client : clients) EXPECT_EQ(client.read()->status, 200);
}

TEST_F(HttpServerTest, AnswersOnSeveralThreads) {
  settings.network_threads = 3;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  handler.handling = [&](const Request&) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return text_response(200, "ok");
  };
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(connect());
  for (Client& client : clients) EXPECT_EQ(client.ask(get("/"))->status, 200);
  EXPECT_EQ(threads.size(), 3U);
}

TEST_F(HttpServerTest, CountsWhatItDoes) {
  start();
  {
    Client client = connect();
    client.ask(get("/"));
    client.ask("nonsense\r\n\r\n");
    client.finish_sending();
    ASSERT_TRUE(client.ends_within(5s));
    const HttpServerCounters counters = server->counters();
    EXPECT_EQ(counters.connections_accepted, 1U);
    EXPECT_EQ(counters.requests, 1U);
    EXPECT_EQ(counters.responses[2], 1U);
    EXPECT_EQ(refusals(Refusal::bad_request_line), 1U);
    EXPECT_EQ(counters.bytes_in, get("/").size() + 12);
    EXPECT_GT(counters.bytes_out, 100U);
  }
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  start();
  HttpServerSettings same = settings;
  same.port = server->port();
  const auto second = HttpServer::start(same, handler, journal);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  HttpServerSettings elsewhere = settings;
  elsewhere.address = *Address::parse("203.0.113.9");
  const auto third = HttpServer::start(elsewhere, handler, journal);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::failed);
}

TEST_F(HttpServerTest, ListensOnBothFamilies) {
  settings.address = Address();
  handler.handling = [](const Request& request) { return text_response(200, request.peer.text()); };
  start();
  // An IPv4 client of an IPv6 socket is seen with its own address.
  EXPECT_EQ(connect().ask(get("/"))->body, "127.0.0.1");
}

}  // namespace
}  // namespace footfall
