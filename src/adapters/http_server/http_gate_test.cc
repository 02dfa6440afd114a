// What the promise "2xx means it is on disk" looks like from outside.
#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

class HttpGate : public HttpServerTest {
 protected:
  HttpGate() {
    handler.handling = [this](const Request& request) {
      Response response = text_response(202, std::string(request.path));
      if (request.method == Method::post) {
        const auto position = journal.append(request.path);
        if (!position) return text_response(503, "");
        response.after = *position;
      }
      return response;
    };
  }
};

TEST_F(HttpGate, AcknowledgesNothingBeforeItIsDurable) {
  start();
  journal.hold_commits();
  Client client = connect();
  client.send(post("/hit", ""));
  EXPECT_TRUE(client.quiet_for(100ms));
  journal.commit();
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 202);
}

TEST_F(HttpGate, AcknowledgesAllOfACommitTogetherAndLetsOthersPass) {
  settings.network_threads = 2;
  start();
  journal.hold_commits();
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().send(post("/" + std::to_string(i), ""));
  }
  ASSERT_TRUE(soon([&] { return journal.next() == 50; }));
  EXPECT_EQ(connect().ask(get("/no_hit"))->status, 202);
  for (Client& client : clients) EXPECT_TRUE(client.quiet_for(1ms));
  journal.commit();
  for (int i = 0; i < 50; ++i) {
    const auto reply = clients[static_cast<std::size_t>(i)].read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
  }
}

TEST_F(HttpGate, HoldsBackWhatIsPipelinedBehindAWaitingResponse) {
  start();
  Client client = connect();
  std::string text;
  for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? post("/" + std::to_string(i), "") : get("/" + std::to_string(i));
  journal.hold_commits();
  client.send(text);
  ASSERT_TRUE(soon([&] { return journal.next() == 1; }));
  EXPECT_TRUE(client.quiet_for(50ms));
  EXPECT_EQ(handler.handled, 1);
  journal.commit();
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.read();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
  }
}

TEST_F(HttpGate, PassesAnAnswerWhoseRecordIsLongDurable) {
  start();
  ASSERT_TRUE(journal.append("older"));
  journal.hold_commits();
  handler.handling = [](const Request&) {
    Response response = text_response(200, "a repeated key");
    response.after = 0;
    return response;
  };
  EXPECT_EQ(connect().ask(get("/"))->status, 200);
}

TEST_F(HttpGate, AnswersUnavailableWhenTheJournalFails) {
  start();
  journal.hold_commits();
  Client waiting = connect();
  waiting.send(post("/hit", ""));
  ASSERT_TRUE(soon([&] { return journal.next() == 1; }));
  journal.fail();
  const auto reply = waiting.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->code(), "journal_failed");
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_NE(reply->header("retry-after"), "");
  EXPECT_TRUE(waiting.ends_within(5s));
  // Also when the answer comes after the failure.
  handler.handling = [](const Request&) {
    Response response = text_response(202, "");
    response.after = 1'000;
    return response;
  };
  EXPECT_EQ(connect().ask(post("/hit", ""))->code(), "journal_failed");
}

TEST_F(HttpGate, AnswersUnavailableWhenTheDiskTakesTooLong) {
  settings.times.answer_max = 50ms;
  start();
  journal.hold_commits();
  Client client = connect();
  const auto reply = client.ask(post("/hit", ""));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->code(), "not_durable_in_time");
  // The record may still become durable; nobody waits for it any more.
  journal.commit();
  expect_well();
}

TEST_F(HttpGate, ForgetsAClientThatHasLeft) {
  start();
  journal.hold_commits();
  {
    Client client = connect();
    client.send(post("/hit", ""));
    ASSERT_TRUE(soon([&] { return journal.next() == 1; }));
  }
  journal.commit();
  expect_well();
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(HttpGate, GatesWhatAWorkerAnswered) {
  handler.admitting = [](const Request&) { return Admission{0, true, 0}; };
  start();
  journal.hold_commits();
  Client client = connect();
  client.send(post("/hit", ""));
  ASSERT_TRUE(soon([&] { return journal.next() == 1; }));
  EXPECT_TRUE(client.quiet_for(50ms));
  journal.commit();
  EXPECT_EQ(client.read()->status, 202);
}

}  // namespace
}  // namespace footfall
