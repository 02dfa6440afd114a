// Every request of tests/http_vectors/requests.json through the forwarder: the origin gets it once and clean, or not.
//
// The origin reads with Beast's parser, which is not ours, and counts what it takes for a request. What it is given in
// part and then told to forget (the connection is reset) does not count.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "adapters/http_server/forwarding_fixture.h"
#include "adapters/http_server/http_vectors.h"

namespace footfall {
namespace {

namespace http = boost::beast::http;

// Answers whatever it can read with "ok".
class ReadingOrigin {
 public:
  explicit ReadingOrigin(Listening& listening) : thread_([this, &listening] { serve(listening); }) {}
  ~ReadingOrigin() {
    stopping_ = true;
    thread_.join();
    for (std::thread& reader : readers_) reader.join();
  }
  ReadingOrigin(const ReadingOrigin&) = delete;
  ReadingOrigin& operator=(const ReadingOrigin&) = delete;

  std::atomic<int> requests{0};
  std::atomic<bool> deceived{false};  // it saw what an attacker hid, or something it could not read

 private:
  void serve(const Listening& listening) {
    while (!stopping_) {
      if (!listening.somebody_comes_within(20ms)) continue;
      readers_.emplace_back([this, side = std::make_shared<OriginSide>(const_cast<Listening&>(listening).accept())] {
        read(side->raw());
      });
    }
  }

  void read(Client& end) {
    while (!stopping_) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(65'536);
      parser.body_limit(boost::none);
      parser.eager(true);
      while (!parser.is_done()) {
        boost::beast::error_code error;
        const std::size_t used = parser.put(boost::asio::buffer(end.unread()), error);
        end.unread().erase(0, used);
        if (error && error != http::error::need_more) deceived = true;
        if (error && error != http::error::need_more) return;
        if (parser.is_done()) break;
        bool came = false;
        while (!stopping_ && !came && !ended(end)) came = end.receive(20ms);
        if (!came) return;
      }
      ++requests;
      if (parser.get().target().find("smuggled") != boost::beast::string_view::npos) deceived = true;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  }

  static bool ended(Client& end) { return end.ends_within(0ms); }

  std::atomic<bool> stopping_{false};
  std::vector<std::thread> readers_;
  std::thread thread_;
};

class ForwardingVectors : public ForwardingTest {
 protected:
  ForwardingVectors() {
    settings.times.body_read_max = 200ms;
    settings.times.linger_max = 200ms;
  }
};

TEST_F(ForwardingVectors, ReachTheOriginOnceAndCleanOrNotAtAll) {
  start();
  ReadingOrigin reading(origin);
  const json::array rows = vectors();
  ASSERT_GT(rows.size(), 100U);
  for (const json::value& row : rows) {
    SCOPED_TRACE(std::string(row.at("because").as_string()));
    const std::string text = text_of(row.at("send").as_array());
    const bool refused = row.as_object().contains("status");
    const std::string code = refused ? std::string(row.at("code").as_string()) : "";
    // The origin decides about these: a streamed body has no limit, and WebSocket may be spoken.
    if (code == "body_too_large" || code == "upgrade") continue;
    const int before = reading.requests;
    Client client = connect();
    client.send(text);
    const auto answered = static_cast<int>(row.at("answered").as_int64());
    const bool is_head = text.starts_with("HEAD ");
    for (int i = 0; i < answered; ++i) {
      auto reply = client.read(Client::patience, is_head);
      if (reply && reply->status == 100) reply = client.read();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->status, 200);
    }
    if (refused) {
      const auto reply = client.read();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->status, row.at("status").as_int64());
      EXPECT_EQ(reply->code(), code);
      client.finish_sending();
      EXPECT_TRUE(client.ends_within(5s));
    }
    EXPECT_EQ(reading.requests - before, answered);
    EXPECT_FALSE(reading.deceived);
  }
  expect_well();
}

}  // namespace
}  // namespace footfall
