// Every request of tests/http_vectors/requests.json, each on its own connection, against one server.
#include "adapters/http_server/http_vectors.h"

#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

class HttpVectors : public HttpServerTest {
 protected:
  HttpVectors() {
    settings.times.body_read_max = 200ms;
    settings.times.linger_max = 200ms;
    handler.admitting = [](const Request&) { return Admission{16'384, false, 0}; };
    handler.handling = [this](const Request& request) {
      if (request.path == "/smuggled") smuggled = true;
      return text_response(200, "ok");
    };
  }

  void send_all(const json::array& rows) {
    for (const json::value& row : rows) {
      SCOPED_TRACE(std::string(row.at("because").as_string()));
      const int before = handler.handled;
      Client client = connect();
      client.send(text_of(row.at("send").as_array()));  // may be cut short: the server need not read it all
      const auto answered = static_cast<int>(row.at("answered").as_int64());
      for (int i = 0; i < answered; ++i) {
        auto reply = client.read();
        if (reply && reply->status == 100) reply = client.read();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 200);
      }
      const bool refused = row.as_object().contains("status");
      if (refused) {
        const auto reply = client.read();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, row.at("status").as_int64());
        EXPECT_EQ(reply->code(), std::string_view(row.at("code").as_string()));
        EXPECT_EQ(reply->header("content-type"), "application/problem+json");
        EXPECT_EQ(reply->header("connection"), "close");
      }
      EXPECT_EQ(handler.handled - before, answered);
      if (row.at("then").as_string() == "open") {
        const auto reply = client.ask(get("/next"));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 200);
      } else {
        client.finish_sending();
        EXPECT_TRUE(client.ends_within(5s));
        EXPECT_EQ(client.unread(), "");
      }
    }
  }

  std::atomic<bool> smuggled{false};
};

TEST_F(HttpVectors, AreAnsweredAsTheyShouldAndLeaveTheServerWell) {
  start();
  const json::array rows = vectors();
  ASSERT_GT(rows.size(), 100U);
  send_all(rows);
  expect_well();
  const long before = resident_kilobytes();
  for (int round = 0; round < 3; ++round) send_all(rows);
  if (!sanitized) {
    EXPECT_LT(resident_kilobytes() - before, 5 * 1'024);
  }
  EXPECT_FALSE(smuggled);
  expect_well();
}

// How the network cuts a request changes nothing.
TEST_F(HttpVectors, AreAnsweredTheSameInPieces) {
  start();
  for (const json::value& row : vectors()) {
    SCOPED_TRACE(std::string(row.at("because").as_string()));
    std::string text = text_of(row.at("send").as_array());
    if (text.size() > 600) continue;
    Client client = connect();
    for (std::size_t at = 0; at < text.size(); at += 7) client.send(text.substr(at, 7));
    std::optional<Reply> reply;
    for (auto answered = row.at("answered").as_int64(); answered > 0; --answered) {
      reply = client.read();
      if (reply && reply->status == 100) reply = client.read();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->status, 200);
    }
    if (!row.as_object().contains("status")) continue;
    reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->code(), std::string_view(row.at("code").as_string()));
  }
  EXPECT_FALSE(smuggled);
}

}  // namespace
}  // namespace footfall
