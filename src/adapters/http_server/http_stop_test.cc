// How a server stops: nothing under way is cut, nothing new is taken.
#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

using HttpStop = HttpServerTest;

TEST_F(HttpStop, ClosesIdleConnectionsAtOnceAndListensNoMore) {
  settings.times.idle_when_stopping_max = 20ms;
  start();
  const std::uint16_t port = server->port();
  Client fresh = connect(), used = connect();
  ASSERT_TRUE(used.ask(get("/")));
  const auto began = std::chrono::steady_clock::now();
  server->stop(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(fresh.ends_within(1s));
  EXPECT_TRUE(used.ends_within(1s));
  EXPECT_FALSE(Client(port).connected());
}

TEST_F(HttpStop, FinishesWhatIsUnderWayAndSaysClose) {
  std::atomic<bool> go_on{false};
  handler.admitting = [](const Request& request) { return Admission{100, request.path == "/query", 0}; };
  handler.handling = [&](const Request& request) {
    while (request.path == "/query" && !go_on) std::this_thread::sleep_for(1ms);
    Response response = text_response(200, std::string(request.path));
    if (request.path == "/hit") response.after = *journal.append("hit");
    return response;
  };
  start();
  journal.hold_commits();
  Client query = connect(), hit = connect(), unfinished = connect();
  query.send(get("/query"));
  hit.send(get("/hit"));
  const std::string begun = "POST /unfinished HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  unfinished.send(begun);
  const std::size_t sent = get("/query").size() + get("/hit").size() + begun.size();
  ASSERT_TRUE(soon([&] { return handler.handled == 2 && server->counters().bytes_in == sent; }));
  std::thread stopping([&] { server->stop(10s); });
  EXPECT_TRUE(query.quiet_for(50ms));
  go_on = true;
  journal.commit();
  unfinished.send("hello");
  for (Client* client : {&query, &hit, &unfinished}) {
    const auto reply = client->read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->header("connection"), "close");
  }
  stopping.join();
}

TEST_F(HttpStop, EndsLiveBodies) {
  std::shared_ptr<LiveSink> kept;
  handler.handling = [&](const Request&) {
    Response response;
    response.body = LiveBody([&](std::shared_ptr<LiveSink> sink) -> std::shared_ptr<void> {
      kept = std::move(sink);
      return nullptr;
    });
    return response;
  };
  start();
  Client client = connect();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  const auto began = std::chrono::steady_clock::now();
  server->stop(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(client.ends_within(1s));
}

TEST_F(HttpStop, CutsWhatDoesNotEndInTime) {
  start();
  journal.hold_commits();
  handler.handling = [&](const Request&) {
    Response response = text_response(202, "");
    response.after = *journal.append("hit");
    return response;
  };
  Client client = connect();
  client.send(get("/"));
  ASSERT_TRUE(soon([&] { return handler.handled == 1; }));
  server->stop(30ms);
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_EQ(client.unread(), "");
  server->stop(30ms);
}

// Clients that send the next request as soon as they have an answer: no connection ends but behind a response that said
// so, or before its first request.
TEST_F(HttpStop, CutsNoRequestUnderLoad) {
  settings.times.idle_when_stopping_max = 10'000ms;
  for (int round = 0; round < 5; ++round) {
    settings.network_threads = 1 + static_cast<std::size_t>(round % 2);
    start();
    std::atomic<int> cut{0}, answered{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&, port = server->port()] {
        for (;;) {
          Client client(port);
          if (!client.connected()) return;
          for (bool first = true, last = false; !last; first = false) {
            const bool sent = client.send(post("/hit", "hello"));
            const auto reply = client.read();
            if (!sent || !reply) {
              if (!first) ++cut;
              return;
            }
            ++answered;
            last = reply->header("connection") == "close";
          }
        }
      });
    }
    ASSERT_TRUE(soon([&] { return answered > 200; }));
    server->stop(15s);
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(cut, 0) << "of " << answered;
    server.reset();
  }
}

}  // namespace
}  // namespace footfall
