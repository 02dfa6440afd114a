// Bodies that are made piece by piece, and bodies that go on.
#include "adapters/http_server/http_server_fixture.h"
#include "base/guarded.h"

namespace footfall {
namespace {

constexpr std::size_t piece_bytes = 262'144;

// What a test may ask about a source.
struct SourceNotes {
  std::atomic<std::size_t> pieces{0};
  std::atomic<bool> destroyed{false};
  std::atomic<bool> on_network_thread{false};
  std::thread::id network_thread;
};

class CountingSource final : public BodySource {
 public:
  CountingSource(SourceNotes& notes, std::size_t pieces, bool breaks = false)
      : notes_(notes), pieces_(pieces), breaks_(breaks) {}
  ~CountingSource() override { notes_.destroyed = true; }

  Result<std::string> next() override {
    if (std::this_thread::get_id() == notes_.network_thread) notes_.on_network_thread = true;
    if (notes_.pieces == pieces_) {
      if (breaks_) return Error{ErrorCode::failed, "the query was cut off"};
      return std::string();
    }
    const std::size_t number = notes_.pieces++;
    return std::string(piece_bytes, static_cast<char>('a' + number % 26));
  }

 private:
  SourceNotes& notes_;
  const std::size_t pieces_;
  const bool breaks_;
};

class HttpBodySource : public HttpServerTest {
 protected:
  void serve(std::size_t pieces, bool breaks = false) {
    handler.handling = [this, pieces, breaks](const Request&) {
      notes.network_thread = std::this_thread::get_id();
      Response response;
      response.body = std::make_unique<CountingSource>(notes, pieces, breaks);
      return response;
    };
    start();
  }
  SourceNotes notes;
};

TEST_F(HttpBodySource, IsSentWholeInChunks) {
  serve(5);
  Client client = connect();
  client.send(get("/export") + get("/export"));
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("transfer-encoding"), "chunked");
  EXPECT_EQ(reply->header("content-length"), "");
  ASSERT_EQ(reply->body.size(), 5 * piece_bytes);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(reply->body[i * piece_bytes], static_cast<char>('a' + i));
  EXPECT_FALSE(notes.on_network_thread);
  EXPECT_TRUE(soon([&] { return notes.destroyed.load(); }));
  // The connection goes on behind it.
  EXPECT_TRUE(client.read());
}

TEST_F(HttpBodySource, EndsWithTheConnectionForAnOldClient) {
  serve(3);
  Client client = connect();
  const auto reply = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("transfer-encoding"), "");
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_EQ(reply->body.size(), 3 * piece_bytes);
  EXPECT_FALSE(client.was_reset());
}

TEST_F(HttpBodySource, IsMadeNoFasterThanItIsRead) {
  constexpr std::size_t pieces = 256;  // 64 MiB
  serve(pieces);
  Client client = connect(65'536);
  client.send(get("/export"));
  ASSERT_TRUE(client.read_head());
  // The kernel takes some MB for us; then it stops.
  std::size_t before = 0;
  ASSERT_TRUE(soon([&] {
    const std::size_t now = notes.pieces;
    std::this_thread::sleep_for(50ms);
    return now > 0 && std::exchange(before, now) == now && notes.pieces == now;
  }));
  EXPECT_LT(notes.pieces, 64U);
  std::size_t bytes = 0;
  while (const auto piece = client.read_chunk()) {
    if (piece->empty()) break;
    bytes += piece->size();
    // In flight: what the kernels hold, and two pieces.
    EXPECT_LT(notes.pieces - bytes / piece_bytes, 64U);
  }
  EXPECT_EQ(bytes, pieces * piece_bytes);
}

TEST_F(HttpBodySource, ThatBreaksBreaksTheConnection) {
  serve(3, true);
  Client client = connect();
  client.send(get("/export"));
  ASSERT_TRUE(client.read_head());
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_EQ(client.unread().find("\r\n0\r\n\r\n"), std::string::npos);
}

TEST_F(HttpBodySource, IsDroppedWhenTheReaderLeaves) {
  serve(10'000);
  {
    Client client = connect();
    client.send(get("/export"));
    ASSERT_TRUE(client.read_head());
  }
  EXPECT_TRUE(soon([&] { return notes.destroyed && server->counters().connections_open == 0; }));
  EXPECT_LT(notes.pieces, 10'000U);
}

TEST_F(HttpBodySource, IsNotAskedForAHeadRequest) {
  serve(3);
  Client client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto reply = client.read(5s, true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_TRUE(soon([&] { return notes.destroyed.load(); }));
  EXPECT_EQ(notes.pieces, 0U);
  EXPECT_TRUE(client.quiet_for(20ms));
}

class HttpLiveBody : public HttpServerTest {
 protected:
  HttpLiveBody() {
    handler.handling = [this](const Request& request) {
      if (request.path != "/live") return text_response(200, "ok");
      Response response;
      response.body = LiveBody([this](std::shared_ptr<LiveSink> sink) -> std::shared_ptr<void> {
        sinks.with([&](auto& all) { all.push_back(sink); });
        return {static_cast<void*>(this), [this](void*) { ++ended; }};
      });
      return response;
    };
  }
  std::size_t readers() {
    return sinks.with([](auto& all) { return all.size(); });
  }
  std::shared_ptr<LiveSink> sink(std::size_t i) {
    return sinks.with([&](auto& all) { return all.at(i); });
  }

  Guarded<std::vector<std::shared_ptr<LiveSink>>> sinks;
  std::atomic<int> ended{0};
};

TEST_F(HttpLiveBody, BringsEachPieceAsItComes) {
  start();
  Client client = connect();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  ASSERT_TRUE(soon([&] { return readers() == 1; }));
  for (const char* piece : {"data: 1\n\n", "data: 2\n\n"}) {
    EXPECT_TRUE(sink(0)->send(piece));
    EXPECT_EQ(client.read_chunk(), piece);
  }
}

TEST_F(HttpLiveBody, OutlastsTheTimeAnIdleConnectionHas) {
  settings.times.idle_max = 30ms;
  settings.times.answer_max = 30ms;
  start();
  Client client = connect();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  EXPECT_TRUE(client.quiet_for(150ms));
  EXPECT_TRUE(sink(0)->send("still here"));
  EXPECT_EQ(client.read_chunk(), "still here");
}

TEST_F(HttpLiveBody, EndsWhenTheReaderLeaves) {
  start();
  {
    Client client = connect();
    client.send(get("/live"));
    ASSERT_TRUE(client.read_head());
  }
  EXPECT_TRUE(soon([&] { return ended == 1; }));
  EXPECT_FALSE(sink(0)->send("nobody hears this"));
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(HttpLiveBody, DropsAReaderThatFallsTooFarBehindAndNobodyElse) {
  start();
  Client slow = connect(4'096), quick = connect();
  slow.send(get("/live"));
  ASSERT_TRUE(slow.read_head());
  quick.send(get("/live"));
  ASSERT_TRUE(quick.read_head());
  ASSERT_TRUE(soon([&] { return readers() == 2; }));
  const std::string piece(10'000, 'a');
  bool slow_is_there = true;
  for (int i = 0; i < 10'000 && slow_is_there; ++i) {
    slow_is_there = sink(0)->send(piece);
    ASSERT_TRUE(sink(1)->send(piece));
    ASSERT_EQ(quick.read_chunk()->size(), piece.size());
  }
  EXPECT_FALSE(slow_is_there);
  EXPECT_TRUE(soon([&] { return ended == 1; }));
}

TEST_F(HttpLiveBody, TakesPiecesFromManyThreads) {
  settings.live_bytes_max = 10'000'000;
  start();
  Client client = connect();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  ASSERT_TRUE(soon([&] { return readers() == 1; }));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(sink(0)->send("0123456789"));
    });
  }
  std::size_t bytes = 0;
  while (bytes < 40'000) {
    const auto piece = client.read_chunk();
    ASSERT_TRUE(piece);
    bytes += piece->size();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bytes, 40'000U);
}

TEST_F(HttpLiveBody, SinksMayOutliveTheServer) {
  start();
  Client client = connect();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  ASSERT_TRUE(soon([&] { return readers() == 1; }));
  server.reset();
  EXPECT_FALSE(sink(0)->send("late"));
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace footfall
