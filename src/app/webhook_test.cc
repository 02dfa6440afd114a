#include "app/webhook.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "app/json.h"
#include "domain/limits.h"
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
    if (meanwhile) meanwhile();
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
  std::function<void()> meanwhile;  // while a message is under way
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
  // As an erasure does: all that is there now.
  void drop_journal() {
    const Position parted = journal_.part();
    append(Parting{clock_.now()});
    ASSERT_TRUE(webhook_->keep(parted));
    journal_.release(parted);
    ASSERT_TRUE(journal_.discard(parted));
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

TEST_F(WebhookTest, SaysHowMuchWaitsWhileNobodyAnswers) {
  EXPECT_EQ(webhook_->waiting(), 0U);
  inbox_.status = 503;
  win(1);
  win(2, 0);
  EXPECT_FALSE(webhook_->run_once());
  EXPECT_EQ(webhook_->waiting(), 1U) << "what does not win is nothing to tell";
  win(3);
  claim(3);
  EXPECT_FALSE(webhook_->run_once());
  EXPECT_EQ(webhook_->waiting(), 3U);
  inbox_.status = 204;
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(webhook_->waiting(), 0U);
  EXPECT_EQ(webhook_->sent(), 3U);
  EXPECT_EQ(webhook_->failures(), 2U);
}

TEST_F(WebhookTest, ReadsNoFurtherAheadThanItMayAndLosesNothing) {
  inbox_.status = 503;
  const std::size_t wins = webhook_messages_max + 5'000;
  for (std::size_t number = 1; number <= wins; ++number) win(number);
  EXPECT_FALSE(webhook_->run_once());
  EXPECT_GE(webhook_->waiting(), webhook_messages_max);
  EXPECT_LT(webhook_->waiting(), wins);
  inbox_.status = 204;
  while (*webhook_->run_once()) {
  }
  EXPECT_EQ(webhook_->sent(), wins);
  EXPECT_EQ(webhook_->waiting(), 0U);
}

TEST_F(WebhookTest, CountsWhatComesBetweenTwoTries) {
  inbox_.status = 0;
  WebhookSettings patient;
  patient.secret = "secret";
  patient.retry_first = std::chrono::hours(1);
  auto opened = Webhook::open(journal_, file_, inbox_, crypto_, clock_, patient, [](std::string_view) {});
  ASSERT_TRUE(opened);
  webhook_ = std::move(*opened);
  webhook_->start();
  win(1);
  while (webhook_->failures() < 1) std::this_thread::yield();
  win(2);
  while (webhook_->waiting() < 2) std::this_thread::yield();
  webhook_->stop();
  EXPECT_EQ(webhook_->failures(), 1U);
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

TEST_F(WebhookTest, TellsInOrderWhatTheJournalDroppedBeforeItWasTaken) {
  inbox_.status = 0;
  win(1);
  append(Hit{});
  claim(1);
  EXPECT_FALSE(webhook_->run_once());
  EXPECT_EQ(webhook_->waiting(), 2U);
  drop_journal();
  EXPECT_EQ(webhook_->waiting(), 2U) << "owed now, and counted once";
  restart();
  EXPECT_FALSE(webhook_->run_once());
  EXPECT_EQ(webhook_->waiting(), 2U);
  win(2);
  drop_journal();
  win(3);
  inbox_.status = 204;
  EXPECT_TRUE(*webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), (std::vector<std::string>{"win-0", "claim-2", "win-4", "win-6"}));
  restart();
  EXPECT_FALSE(*webhook_->run_once()) << "each once";
  EXPECT_EQ(said_.find("gone"), std::string::npos);
}

TEST_F(WebhookTest, KeepsAMessageThatIsUnderWayAndSendsItOnce) {
  win(1);
  win(2);
  inbox_.meanwhile = [&] {
    inbox_.meanwhile = {};
    drop_journal();
  };
  EXPECT_TRUE(*webhook_->run_once());
  EXPECT_TRUE(*webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), (std::vector<std::string>{"win-0", "win-1"}));
}

TEST_F(WebhookTest, KeepsWhatHasRoomAndSaysWhatItLeavesOut) {
  inbox_.status = 0;
  const std::string surprise = R"({"text":")" + std::string(500, 'x') + "\"}";
  constexpr std::size_t claims = 3'000;
  for (std::size_t i = 0; i < claims; ++i) {
    append(Claim{clock_.now(), "example.com", "likes", i, true, surprise, {}});
  }
  drop_journal();
  EXPECT_NE(said_.find("left out"), std::string::npos);
  EXPECT_LE(file_.text->size(), owed_bytes_max + 2 * claims);
  inbox_.status = 204;
  restart();
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_GT(inbox_.ids().size(), 1'000U);
  EXPECT_EQ(inbox_.ids().front(), "claim-0");
}

TEST_F(WebhookTest, LetsNothingBeDroppedThatItCouldNotKeep) {
  inbox_.status = 0;
  win(1);
  file_.refuses = true;
  for (int attempt = 0; attempt < 2; ++attempt) EXPECT_FALSE(webhook_->keep(journal_.durable()));
  file_.refuses = false;
  EXPECT_TRUE(webhook_->keep(journal_.durable()));
  restart();
  inbox_.status = 204;
  EXPECT_TRUE(webhook_->run_once());
  EXPECT_EQ(inbox_.ids(), std::vector<std::string>{"win-0"});
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
