// Bodies that are long, slow or without end, and connections that become WebSocket.
#include "adapters/http_server/forwarding_fixture.h"
#include "adapters/http_server/http_vectors.h"

namespace footfall {
namespace {

class ForwardingStreams : public ForwardingTest {
 protected:
  static constexpr std::size_t large_bytes = sanitized ? 64UL << 20U : 1UL << 30U;

  // Sends so much from a thread of its own.
  template <typename End>
  static std::thread sends(End& end, std::size_t bytes) {
    return std::thread([&end, bytes] {
      const std::string piece(65'536, 'x');
      for (std::size_t sent = 0; sent < bytes && end.send(piece); sent += piece.size()) {
      }
    });
  }
  static std::size_t takes(Client& client, std::size_t bytes) {
    std::size_t taken = 0;
    while (taken < bytes) {
      if (client.unread().empty() && !client.receive()) break;
      taken += std::exchange(client.unread(), {}).size();
    }
    return taken;
  }
};

TEST_F(ForwardingStreams, PassAGibibyteDownInBoundedMemory) {
  start();
  Client client = connect();
  client.send(get("/large"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large_bytes) + "\r\n\r\n");
  const long before = resident_kilobytes();
  std::thread sending = sends(side, large_bytes);
  ASSERT_TRUE(client.read_head());
  EXPECT_EQ(takes(client, large_bytes), large_bytes);
  sending.join();
  if (!sanitized) {
    EXPECT_LT(resident_kilobytes() - before, 4 * 1'024);
  }
  client.send(get("/next"));
  EXPECT_NE(side.head(), "");
}

TEST_F(ForwardingStreams, PassAGibibyteUpInBoundedMemory) {
  start();
  Client client = connect();
  client.send("PUT /large HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(large_bytes) + "\r\n\r\n");
  OriginSide side = origin.accept();
  EXPECT_NE(side.head(), "");
  const long before = resident_kilobytes();
  std::thread sending = sends(client, large_bytes);
  EXPECT_EQ(takes(side.raw(), large_bytes), large_bytes);
  sending.join();
  if (!sanitized) {
    EXPECT_LT(resident_kilobytes() - before, 4 * 1'024);
  }
  side.answer("thanks");
  EXPECT_EQ(client.read()->body, "thanks");
}

// The origin is read no faster than the client reads: what is under way stays in the kernel's buffers.
TEST_F(ForwardingStreams, HoldAnOriginBackWhoseReaderIsSlow) {
  settings.times.write_stall_max = 300ms;
  start();
  Client client = connect(4'096);
  client.send(get("/large"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 200 OK\r\n\r\n");
  const long before = resident_kilobytes();
  std::thread sending = sends(side, std::size_t{1} << 40U);
  // It is cut off when the reader takes nothing for too long, and not before something was held back.
  sending.join();
  if (!sanitized) {
    EXPECT_LT(resident_kilobytes() - before, 4 * 1'024);
  }
  EXPECT_TRUE(side.is_left());
  expect_well();
}

TEST_F(ForwardingStreams, PassAnEventOnAtOnce) {
  settings.origins.stall_max = 50ms;  // does not count: a feed may be silent
  start();
  Client client = connect();
  client.send(get("/events"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_TRUE(client.read_head());
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(100ms);
    side.send("9\r\ndata: a\n\n\r\n");
    EXPECT_EQ(client.read_chunk(), "data: a\n\n");
  }
  server->stop(5s);
  EXPECT_TRUE(client.ends_within(1s));
}

TEST_F(ForwardingStreams, PassBothBodiesAtTheSameTime) {
  start();
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_TRUE(client.read_head());
  for (const std::string word : {"one", "two", "six"}) {
    client.send("3\r\n" + word + "\r\n");
    EXPECT_EQ(side.body(8), "3\r\n" + word + "\r\n");
    side.send("3\r\n" + word + "\r\n");
    EXPECT_EQ(client.read_chunk(), word);
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(side.body(5), "0\r\n\r\n");
  side.send("0\r\n\r\n");
  EXPECT_EQ(client.read_chunk(), "");
}

class WebSocket : public ForwardingStreams {
 protected:
  const std::string request = get("/chat",
                                  "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
                                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
  const std::string agreed =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
      "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";
};

TEST_F(WebSocket, IsPassedThroughBothWays) {
  start();
  Client client = connect();
  client.send(request);
  OriginSide side = origin.accept();
  const std::string head = side.head();
  EXPECT_NE(head.find("\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Sec-WebSocket-Key: AAAA"), std::string::npos);
  side.send(agreed + "first");
  const auto reply = client.read_head();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 101);
  EXPECT_EQ(reply->header("upgrade"), "websocket");
  EXPECT_EQ(reply->header("connection"), "Upgrade");
  EXPECT_EQ(reply->header("sec-websocket-accept"), "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
  EXPECT_EQ(takes(client, 5), 5U);
  for (int i = 0; i < 3; ++i) {
    client.send("GET /smuggled HTTP/1.1\r\n\r\n");
    EXPECT_EQ(side.body(26), "GET /smuggled HTTP/1.1\r\n\r\n");
    side.send("pong");
    EXPECT_EQ(takes(client, 4), 4U);
  }
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(WebSocket, EndsOneWayAfterTheOther) {
  start();
  for (const bool client_first : {true, false}) {
    Client client = connect();
    client.send(request);
    OriginSide side = origin.accept();
    side.head();
    side.send(agreed);
    ASSERT_TRUE(client.read_head());
    if (client_first) {
      client.send("bye");
      client.finish_sending();
      EXPECT_EQ(side.body(3), "bye");
      EXPECT_TRUE(side.is_left());
      side.send("and you");
      EXPECT_EQ(takes(client, 7), 7U);
      side.close();
      EXPECT_TRUE(client.ends_within(5s));
    } else {
      side.send("bye");
      side.finish_sending();
      EXPECT_EQ(takes(client, 3), 3U);
      EXPECT_TRUE(client.ends_within(5s));
      client.send("and you");
      EXPECT_EQ(side.body(7), "and you");
      client.leave();
      EXPECT_TRUE(side.is_left());
    }
    EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
  }
}

TEST_F(WebSocket, MovesALotBothWaysInBoundedMemory) {
  start();
  Client client = connect();
  client.send(request);
  OriginSide side = origin.accept();
  side.head();
  side.send(agreed);
  ASSERT_TRUE(client.read_head());
  const std::size_t bytes = 32UL << 20U;
  const long before = resident_kilobytes();
  std::thread up = sends(client, bytes);
  std::thread down = sends(side, bytes);
  std::thread taking([&] { EXPECT_EQ(takes(side.raw(), bytes), bytes); });
  EXPECT_EQ(takes(client, bytes), bytes);
  for (std::thread* const thread : {&up, &down, &taking}) thread->join();
  if (!sanitized) {
    EXPECT_LT(resident_kilobytes() - before, 4 * 1'024);
  }
}

TEST_F(WebSocket, IsForTheOriginToRefuse) {
  start();
  Client client = connect();
  client.send(request + get("/smuggled"));
  OriginSide side = origin.accept();
  side.head();
  side.send(
      "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nno");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 426);
  EXPECT_EQ(reply->body, "no");
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(WebSocket, IsTheOnlyUpgrade) {
  start();
  for (const char* what :
       {"Upgrade: h3", "Upgrade: websocket, h2c", "Upgrade: h2c\r\nUpgrade: websocket", "Upgrade: TLS/1.0"}) {
    SCOPED_TRACE(what);
    EXPECT_EQ(connect().ask(get("/a", std::string("Connection: Upgrade\r\n") + what + "\r\n"))->status, 501);
  }
  EXPECT_EQ(connect()
                .ask("POST /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Content-Length: 1\r\n\r\nx")
                ->status,
            501);
  EXPECT_EQ(connect().ask(get("/well", "Connection: Upgrade\r\nUpgrade: websocket\r\n"))->status, 501);
  EXPECT_FALSE(origin.somebody_comes_within(20ms));
  // An offer that is not taken goes no further.
  Client client = connect();
  client.send(get("/a", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"));
  EXPECT_EQ(origin.accept().head(), "GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
}

TEST_F(WebSocket, EndsWhenTheServerStops) {
  start();
  Client client = connect();
  client.send(request);
  OriginSide side = origin.accept();
  side.head();
  side.send(agreed);
  ASSERT_TRUE(client.read_head());
  server->stop(5s);
  EXPECT_TRUE(client.ends_within(1s));
  EXPECT_TRUE(side.is_left());
}

}  // namespace
}  // namespace footfall
