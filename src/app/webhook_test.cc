#include "app/webhook.h"

#include <gtest/gtest.h>

#include "app/json.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

// The address of the owner's: takes messages, or does not.
class Inbox final : public HttpPost {
 public:
  Result<int> post(const Headers& headers, std::string_view body, std::chrono::seconds) override {
    const std::lock_guard lock(mutex);
    if (status == 0) return Error{ErrorCode::unavailable, "nobody answers"};
    if (status / 100 == 2) {
      bodies.emplace_back(body);
      signature = headers.back().second;
    }
    return status;
  }
  [[nodiscard]] std::vector<std::string> ids() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> ids;
    for (const std::string& body : bodies) ids.emplace_back(std::string_view(parse_json(body)->at("id").as_string()));
    return ids;
  }

  std::mutex mutex;
  int status = 204;
  std::vector<std::string> bodies;
  std::string signature;
};

class WebhookTest : public testing::Test {
 protected:
  void SetUp() override { restart(); }
  void restart() {
    WebhookSettings settings;
    settings.secret = "secret";
    settings.retry_first = std::chrono::milliseconds(1);
    auto opened = Webhook::open(journal_, file_, inbox_, crypto_, clock_, settings,
                                [this](std::string_view line) { said_ += std::string(line) + "\n"; });
    ASSERT_TRUE(opened) << opened.error().what;
    webhook_ = std::move(*opened);
  }
  template <typename T>
  void append(const T& record) {
    std::string bytes;
    encode(record, bytes);
    ASSERT_TRUE(journal_.append(std::string_view(bytes)));
  }
  void win(std::uint64_t number, std::uint32_t rule = 1) {
    Increment increment{clock_.now(), "example.com", "likes", 1, number, {}};
    increment.won_by = rule;
    append(increment);
  }
  void claim(std::uint64_t number) {
    append(Claim{clock_.now(), "example.com", "likes", number, true, R"({"text":"a book"})", {}});
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryJournal journal_{clock_};
  MemoryFile file_;
  Inbox inbox_;
  std::string said_;
  std::unique_ptr<Webhook> webhook_;
};

TEST_F(WebhookTest, TellsOfWinsAndClaimsAndNothingElse) {
  win(1, 0);
  win(2);
  append(Hit{});
  claim(2);
  EXPECT_TRUE(*webhook_->run_once());
  EXPECT_FALSE(*webhook_->run_once());
  ASSERT_EQ(inbox_.ids(), (std::vector<std::string>{"win-1", "claim-3"}));
  const std::string time = to_rfc3339(clock_.now());
  EXPECT_EQ(inbox_.bodies[0], R"({"id":"win-1","type":"win","time":")" + time +
                                  R"(","site":"example.com","key":"likes","number":2,"rule":1})");
  EXPECT_EQ(inbox_.bodies[1], R"({"id":"claim-3","type":"claim","time":")" + time +
                                  R"(","site":"example.com","key":"likes","number":2,"surprise":{"text":"a book"}})");
}

TEST_F(WebhookTest, SignsTimeAndBody) {
  win(1);
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(inbox_.signature, webhook_signature("secret", clock_.now(), inbox_.bodies[0], crypto_));
  EXPECT_NE(inbox_.signature, webhook_signature("another", clock_.now(), inbox_.bodies[0], crypto_));
}

TEST_F(WebhookTest, SendsWhatWasNotTakenAgainAndKeepsTheOrder) {
  win(1);
  win(2);
  for (const int status : {0, 500, 404, 301}) {
    inbox_.status = status;
    EXPECT_FALSE(webhook_->run_once()) << status;
  }
  EXPECT_EQ(webhook_->failures(), 4U);
  inbox_.status = 200;
  win(3);
  EXPECT_TRUE(*webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), (std::vector<std::string>{"win-0", "win-1", "win-2"}));
}

TEST_F(WebhookTest, GoesOnWhereItWasAfterARestart) {
  win(1);
  EXPECT_TRUE(webhook_->run_once());
  win(2);
  restart();
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), (std::vector<std::string>{"win-0", "win-1"}));
}

TEST_F(WebhookTest, RepeatsAMessageRatherThanLeavingItOutWhenItsProgressIsNotKept) {
  win(1);
  file_.refuses = true;
  EXPECT_TRUE(webhook_->run_once());
  file_.refuses = false;
  restart();
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), (std::vector<std::string>{"win-0", "win-0"})) << "and the id tells";
}

TEST_F(WebhookTest, BeginsWithWhatComesAfterItsFirstStart) {
  win(1);
  file_.text.reset();
  restart();
  win(2);
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), std::vector<std::string>{"win-1"});
}

TEST_F(WebhookTest, NeedsProgressThatCanBeRead) {
  file_.text = "far";
  const auto opened = Webhook::open(journal_, file_, inbox_, crypto_, clock_, {}, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST_F(WebhookTest, WorksOnAThreadOfItsOwnAndTriesUntilItIsTaken) {
  inbox_.status = 0;
  webhook_->start();
  win(1);
  while (webhook_->failures() < 3) std::this_thread::yield();
  {
    const std::lock_guard lock(inbox_.mutex);
    inbox_.status = 200;
  }
  while (webhook_->sent() < 1) std::this_thread::yield();
  webhook_->stop();
  EXPECT_EQ(inbox_.ids(), std::vector<std::string>{"win-0"});
  EXPECT_NE(said_.find("trying again"), std::string::npos);
}

}  // namespace
}  // namespace footfall
