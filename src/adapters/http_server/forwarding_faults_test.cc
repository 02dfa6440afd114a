// Origins and clients that misbehave, or are gone.
#include "adapters/http_server/forwarding_fixture.h"

namespace footfall {
namespace {

class ForwardingFaults : public ForwardingTest {};

TEST_F(ForwardingFaults, SaysThatNobodyListens) {
  port = origin.port();
  origin.stop();
  start();
  Client client = connect();
  const auto reply = client.ask(get("/a"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 502);
  EXPECT_EQ(reply->body, "unreachable");
  EXPECT_EQ(client.ask(get("/well"))->body, "mine");
  EXPECT_EQ(server->counters().origin_connect_failures, 1U);
  EXPECT_EQ(server->counters().origin_responses[0], 1U);
  EXPECT_EQ(server->counters().origin_connections, 0U);
}

TEST_F(ForwardingFaults, SaysThatANameIsNotKnown) {
  host = "no-such-host.invalid";
  start();
  EXPECT_EQ(connect().ask(get("/a"))->body, "unreachable");
}

TEST_F(ForwardingFaults, GivesUpToConnect) {
  // Linux answers no SYN while the queue of those not yet accepted is full.
  Listening full(0);
  std::vector<std::unique_ptr<Client>> queue;
  while (queue.size() < 8) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(full.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    queue.push_back(std::make_unique<Client>(Client::Accepted{socket}));
  }
  port = full.port();
  settings.origins.connect_max = 50ms;
  start();
  EXPECT_EQ(connect().ask(get("/a"))->body, "unreachable");
}

TEST_F(ForwardingFaults, GivesUpOnAnOriginThatHangs) {
  settings.origins.answer_max = 50ms;
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  EXPECT_NE(side.head(), "");
  EXPECT_EQ(client.read()->status, 504);
  EXPECT_TRUE(side.is_left());
  EXPECT_TRUE(client.ask(get("/well")));
}

TEST_F(ForwardingFaults, GivesUpOnAHeadThatComesByteByByte) {
  settings.origins.answer_max = 100ms;
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'y');
  for (std::size_t i = 0; i < head.size() && side.send(head.substr(i, 1)); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(client.read()->status, 504);
}

TEST_F(ForwardingFaults, RefusesEveryAnswerThatCouldBeReadInTwoWays) {
  struct Row {
    const char* because;
    std::string answer;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& row : {
           Row{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n"},
           Row{"HTTP/2", "HTTP/2 200 OK\r\n\r\n"},
           Row{"HTTP/0.9", "<html>hello</html>"},
           Row{"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"},
           Row{"a status that is none", "HTTP/1.1 700 OK\r\n\r\n"},
           Row{"an upgrade nobody asked for", "HTTP/1.1 101 Hi\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
           Row{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
           Row{"a bare CR in a value", ok + "X: a\rb\r\n\r\n"},
           Row{"NUL in a value", ok + "X: a" + std::string(1, '\0') + "b\r\n\r\n"},
           Row{"a folded field", ok + "X: a\r\n b\r\n\r\n"},
           Row{"a space before the colon", ok + "Content-Length : 0\r\n\r\n"},
           Row{"a line without a colon", ok + "hello\r\n\r\n"},
           Row{"a field without a name", ok + ": a\r\n\r\n"},
           Row{"a length and chunks", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           Row{"chunks and a length", ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
           Row{"two lengths", ok + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"},
           Row{"a list of lengths", ok + "Content-Length: 0, 0\r\n\r\n"},
           Row{"a signed length", ok + "Content-Length: +0\r\n\r\n"},
           Row{"an empty length", ok + "Content-Length:\r\n\r\n"},
           Row{"a length beyond all numbers", ok + "Content-Length: 99999999999999999999\r\n\r\n"},
           Row{"another coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
           Row{"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           Row{"chunks of HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           Row{"a head without end", ok + "X: " + std::string(40'000, 'y')},
           Row{"a head that is too long", ok + "X: " + std::string(33'000, 'y') + "\r\n\r\n"},
           Row{"too many fields",
               [&] {
                 std::string fields = ok;
                 for (int i = 0; i <= 200; ++i) fields += "X: y\r\n";
                 return fields + "\r\n";
               }()},
       }) {
    SCOPED_TRACE(row.because);
    if (server == nullptr) start();
    Client client = connect();
    client.send(get("/a"));
    OriginSide side = origin.accept();
    EXPECT_NE(side.head(), "");
    side.send(row.answer);
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 502);
    EXPECT_EQ(reply->body, "broken");
    EXPECT_TRUE(side.is_left());
    EXPECT_TRUE(client.ask(get("/well")));
  }
}

TEST_F(ForwardingFaults, TakesTheLargestHead) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  head += std::string(32'768 - 4 - head.size(), 'y') + "\r\n\r\n";
  for (std::size_t at = 0; at < head.size(); at += 1'000) side.send(head.substr(at, 1'000));
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(ForwardingFaults, SaysThatTheOriginIsGoneBeforeItsHeadIsWhole) {
  start();
  for (const bool by_reset : {false, true}) {
    Client client = connect();
    client.send(get("/a"));
    OriginSide side = origin.accept();
    side.head();
    side.send("HTTP/1.1 200 OK\r\nContent-Le");
    by_reset ? side.reset() : side.close();
    EXPECT_EQ(client.read()->body, "broken");
    EXPECT_TRUE(client.ask(get("/well")));
  }
}

// Whatever the client has got must not look like all of it.
TEST_F(ForwardingFaults, BreaksTheClientsConnectionWhenTheRestDoesNotCome) {
  struct Row {
    const char* because;
    std::string begins;
    bool by_reset;
    bool by_itself = false;  // the server need not wait for the end
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  settings.origins.stall_max = 300ms;
  for (const auto& row : {
           Row{"a length, closed", ok + "Content-Length: 10\r\n\r\nhello", false},
           Row{"a length, reset", ok + "Content-Length: 10\r\n\r\nhello", true},
           Row{"a length, silence", ok + "Content-Length: 10\r\n\r\nhello", false, true},
           Row{"chunks, closed between two", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false},
           Row{"chunks, closed in the last line", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", false},
           Row{"chunks, no number", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", false, true},
           Row{"chunks, longer than said", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n", false,
               true},
           Row{"chunks, an endless line", ok + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(500, 'x'), false,
               true},
           Row{"chunks, endless trailers", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(20'000, 'x'),
               false, true},
           Row{"no length, reset", ok + "\r\nhello", true},
       }) {
    SCOPED_TRACE(row.because);
    if (server == nullptr) start();
    Client client = connect();
    client.send(get("/a"));
    OriginSide side = origin.accept();
    side.head();
    const std::size_t head_bytes = row.begins.find("\r\n\r\n") + 4;
    side.send(row.begins.substr(0, head_bytes));
    const auto head = client.read_head();
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200);
    side.send(row.begins.substr(head_bytes));
    if (!row.by_itself) std::this_thread::sleep_for(20ms);
    if (!row.by_itself) row.by_reset ? side.reset() : side.close();
    EXPECT_TRUE(client.ends_within(5s));
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(client.unread().find("0\r\n\r\n"), std::string::npos);
    if (row.by_itself) {
      EXPECT_TRUE(side.is_left());
    }
  }
  expect_well();
}

TEST_F(ForwardingFaults, AsksAgainWhenAKeptConnectionWasClosed) {
  start();
  Client client = connect();
  OriginSide old = warm_up(client);
  // The request and the end cross each other.
  client.send(get("/again"));
  EXPECT_NE(old.head(), "");
  old.close();
  OriginSide side = origin.accept();
  EXPECT_TRUE(side.head().starts_with("GET /again"));
  side.answer("twice");
  EXPECT_EQ(client.read()->body, "twice");
}

TEST_F(ForwardingFaults, AsksAgainOnlyOnce) {
  start();
  Client client = connect();
  OriginSide old = warm_up(client);
  client.send(get("/again"));
  old.head();
  old.close();
  OriginSide side = origin.accept();
  side.head();
  side.close();
  EXPECT_EQ(client.read()->body, "broken");
  EXPECT_FALSE(origin.somebody_comes_within(50ms));
}

TEST_F(ForwardingFaults, NeverSendsTwiceWhatMayHaveBeenDone) {
  start();
  for (const std::string& request : {post("/pay", "1"), std::string("POST /pay HTTP/1.1\r\nHost: a\r\n\r\n"),
                                     std::string("PUT /pay HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")}) {
    Client client = connect();
    OriginSide old = warm_up(client);
    client.send(request);
    old.head();
    old.close();
    EXPECT_EQ(client.read()->body, "broken");
    EXPECT_FALSE(origin.somebody_comes_within(50ms));
  }
}

TEST_F(ForwardingFaults, TakesNoConnectionForAPostThatTheOriginHasClosed) {
  start();
  Client client = connect();
  OriginSide old = warm_up(client);
  old.close();
  client.send(post("/pay", "1"));
  OriginSide side = origin.accept();
  EXPECT_NE(side.head(), "");
  EXPECT_EQ(side.body(1), "1");
  side.answer("paid");
  EXPECT_EQ(client.read()->body, "paid");
}

// Else the next client would get it for an answer.
TEST_F(ForwardingFaults, GivesNobodyWhatNobodyAskedFor) {
  start();
  Client client = connect();
  client.send(get("/a"));
  OriginSide side = origin.accept();
  side.head();
  side.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  EXPECT_EQ(client.read()->body, "hi");
  EXPECT_TRUE(side.is_left());
  OriginSide next = warm_up(client);
  next.answer("evil");
  EXPECT_TRUE(next.is_left());
  warm_up(client);
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_F(ForwardingFaults, TellsTheOriginThatTheClientIsGone) {
  settings.origins.half_closed_max = 50ms;
  start();
  struct Row {
    const char* because;
    std::string request;
    std::string answer;  // so far
  };
  for (const auto& row :
       {Row{"before the answer", get("/a"), ""},
        Row{"in the answer", get("/a"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"},
        Row{"in the body", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello", ""},
        Row{"in chunks", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ""}}) {
    SCOPED_TRACE(row.because);
    auto client = std::make_unique<Client>(connect());
    client->send(row.request);
    OriginSide side = origin.accept();
    side.head();
    side.send(row.answer);
    if (!row.answer.empty()) client->read_head();
    client->leave();
    EXPECT_TRUE(side.is_left());
    EXPECT_TRUE(side.raw().was_reset());
  }
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(ForwardingFaults, StillAnswersAClientThatHasSentItsLast) {
  start();
  Client client = connect();
  client.send(get("/a"));
  client.finish_sending();
  OriginSide side = origin.accept();
  side.head();
  std::this_thread::sleep_for(50ms);
  side.answer("there");
  EXPECT_EQ(client.read()->body, "there");
}

TEST_F(ForwardingFaults, GivesUpOnABodyThatDoesNotCome) {
  settings.times.body_read_max = 50ms;
  start();
  Client client = connect();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello");
  OriginSide side = origin.accept();
  side.head();
  const auto reply = client.read();
  EXPECT_EQ(reply->status, 408);
  EXPECT_EQ(reply->code(), "body_too_slow");
  EXPECT_TRUE(side.is_left());
}

TEST_F(ForwardingFaults, PassesAnAnswerOnThatComesBeforeTheBodyIsWhole) {
  start();
  for (const bool closes : {false, true}) {
    Client client = connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nhello");
    OriginSide side = origin.accept();
    side.head();
    side.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
    if (closes) side.close();
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 413);
    EXPECT_EQ(reply->body, "large");
    EXPECT_EQ(reply->header("connection"), "close");
  }
}

TEST_F(ForwardingFaults, SendsNoHalfRequestOn) {
  start();
  Client client = connect();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  OriginSide side = origin.accept();
  side.head();
  side.until("hello\r\n");
  client.send("zz\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto reply = client.read();
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(reply->code(), "bad_chunk");
  EXPECT_TRUE(side.is_left());
  EXPECT_TRUE(side.raw().was_reset());
  EXPECT_EQ(side.raw().unread(), "");
}

TEST_F(ForwardingFaults, EndsTheConnectionBehindAnAnswerOfItsOwnToABody) {
  start();
  Client client = connect();
  client.send("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto reply = client.read();
  EXPECT_EQ(reply->body, "mine");
  EXPECT_EQ(reply->header("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(ForwardingFaults, SurvivesTheEndOfManyAtOnce) {
  settings.origins.half_closed_max = 20ms;
  start();
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<std::unique_ptr<OriginSide>> sides;
    for (int i = 0; i < 60; ++i) {
      clients.push_back(std::make_unique<Client>(connect()));
      clients.back()->send(get("/a"));
      sides.push_back(std::make_unique<OriginSide>(origin.accept()));
      sides.back()->head();
      sides.back()->send("HTTP/1.1 200 OK\r\n\r\nhello");
    }
    // Both ends of the same exchange, in the same moment.
    for (std::size_t i = 0; i < clients.size(); ++i) {
      i % 2 == 0 ? clients[i]->reset() : clients[i]->leave();
      i % 3 == 0 ? sides[i]->reset() : sides[i]->close();
    }
    EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
  }
  EXPECT_TRUE(soon([&] { return server->counters().origin_connections == 0; }));
  expect_well();
}

}  // namespace
}  // namespace footfall
