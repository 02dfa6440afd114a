// Bodies as a site's files have them: of a length that is known, in memory or from a disk, and not behind queries.
#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

// Promises so many bytes, and makes others.
class PromisingSource final : public BodySource {
 public:
  PromisingSource(std::uint64_t promised, std::vector<std::string> pieces, bool is_quick = true)
      : promised_(promised), pieces_(std::move(pieces)), is_quick_(is_quick) {}
  Result<std::string> next() override { return at_ < pieces_.size() ? pieces_[at_++] : std::string(); }
  [[nodiscard]] std::optional<std::uint64_t> bytes() const override { return promised_; }
  [[nodiscard]] bool is_quick() const override { return is_quick_; }

 private:
  const std::uint64_t promised_;
  const std::vector<std::string> pieces_;
  const bool is_quick_;
  std::size_t at_ = 0;
};

class HttpFiles : public HttpServerTest {
 protected:
  void serve(std::uint64_t promised, const std::vector<std::string>& pieces) {
    handler.handling = [=](const Request&) {
      Response response;
      response.body = std::make_unique<PromisingSource>(promised, pieces);
      return response;
    };
    start();
  }
  void serve_kept(const std::string& text, std::size_t from, std::size_t bytes) {
    kept = std::make_shared<const std::string>(text);
    handler.handling = [=, this](const Request&) {
      Response response;
      response.body = KeptBytes{kept, std::string_view(*kept).substr(from, bytes)};
      return response;
    };
    start();
  }
  std::shared_ptr<const std::string> kept;
};

TEST_F(HttpFiles, AreSentWithTheirLength) {
  const std::string piece(200'000, 'x');
  serve(400'001, {piece, piece, "."});
  Client client = connect();
  client.send(get("/film") + get("/film"));
  for (int i = 0; i < 2; ++i) {
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header("content-length"), "400001");
    EXPECT_EQ(reply->header("transfer-encoding"), "");
    EXPECT_EQ(reply->body, piece + piece + ".");
  }
  const auto old = connect().ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->header("connection"), "keep-alive") << "the length says where it ends";
  EXPECT_EQ(old->body.size(), 400'001U);
}

TEST_F(HttpFiles, TellTheirLengthToAHeadRequest) {
  serve(1ULL << 40U, {});
  Client client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto reply = client.read(5s, true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("content-length"), "1099511627776");
  EXPECT_TRUE(client.quiet_for(20ms));
}

TEST_F(HttpFiles, OfNoBytesEndWithTheirHead) {
  serve(0, {});
  Client client = connect();
  client.send(get("/") + get("/"));
  for (int i = 0; i < 2; ++i) {
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header("content-length"), "0");
  }
}

TEST_F(HttpFiles, ThatTurnOutShorterBreakTheConnection) {
  serve(10, {"12345"});
  Client client = connect();
  client.send(get("/"));
  ASSERT_TRUE(client.read_head());
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_LE(client.unread().size(), 5U);
}

TEST_F(HttpFiles, ThatTurnOutLongerNeverSpoilTheNextResponse) {
  serve(10, {"12345", "678901"});
  Client client = connect();
  client.send(get("/"));
  ASSERT_TRUE(client.read_head());
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_LE(client.unread().size(), 10U);
}

TEST_F(HttpFiles, InMemoryAreSentInPart) {
  for (const std::size_t bytes : {0UL, 5UL, 16'384UL, 16'385UL, 900'000UL}) {
    SCOPED_TRACE(bytes);
    std::string text(1'000'000, '-');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
    serve_kept(text, 7, bytes);
    Client client = connect();
    client.send(get("/") + get("/"));
    for (int i = 0; i < 2; ++i) {
      const auto reply = client.read();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->header("content-length"), std::to_string(bytes));
      EXPECT_EQ(reply->body, text.substr(7, bytes));
    }
  }
}

TEST_F(HttpFiles, InMemoryAreHeldOnceHoweverManySlowReadersThereAre) {
  serve_kept(std::string(8'000'000, 'x'), 0, 8'000'000);
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(connect(4'096));
    clients.back().send(get("/"));
    ASSERT_TRUE(clients.back().read_head());
  }
  // The fixture holds it, and each reader.
  EXPECT_EQ(kept.use_count(), 11);
  clients.clear();
  EXPECT_TRUE(soon([&] { return kept.use_count() == 1; }));
}

TEST_F(HttpFiles, DoNotWaitBehindQueriesAndAreNotRefusedBecauseTheyAreMany) {
  std::atomic<bool> go_on{false};
  settings.worker_threads = 1;
  settings.requests_waiting_max = 1;
  handler.admitting = [](const Request& request) { return Admission{0, true, 0, request.path != "/query"}; };
  handler.handling = [&](const Request& request) {
    while (request.path == "/query" && !go_on) std::this_thread::sleep_for(1ms);
    Response response;
    response.body = std::make_unique<PromisingSource>(4, std::vector<std::string>{"file"});
    return response;
  };
  start();
  std::vector<Client> queries;
  for (int i = 0; i < 2; ++i) {
    queries.push_back(connect());
    queries.back().send(get("/query"));
    ASSERT_TRUE(soon([&] { return handler.handled == 1; }));
  }
  ASSERT_TRUE(soon([&] { return server->counters().requests == 2; }));
  EXPECT_EQ(connect().ask(get("/query"))->status, 503);
  std::vector<Client> readers;
  for (int i = 0; i < 60; ++i) {
    readers.push_back(connect());
    readers.back().send(get("/file"));
  }
  for (Client& reader : readers) {
    const auto reply = reader.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "file");
  }
  go_on = true;
  for (Client& query : queries) EXPECT_EQ(query.read()->status, 200);
}

}  // namespace
}  // namespace footfall
