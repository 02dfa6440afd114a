#include "app/live_feed.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace footfall {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Somebody who looks on.
class Reader final : public LiveSink {
 public:
  bool send(std::string_view piece) override {
    text += piece;
    return stays;
  }
  std::string news() { return std::exchange(text, {}); }
  std::string text;
  bool stays = true;
};

class LiveFeedTest : public testing::Test {
 protected:
  std::shared_ptr<Reader> watch(const char* site = "example.com") {
    auto reader = std::make_shared<Reader>();
    subscriptions_.push_back(feed_.watch(site)(reader));
    return reader;
  }
  void publish(VisitorNumber visitor, const char* path = "/", const char* site = "example.com", const char* bot = "",
               Milliseconds ago = {}) {
    UserAgentFacts facts;
    facts.bot = bot;
    EnrichedHit hit;
    hit.hit.time = clock_.now() - ago;
    hit.hit.site = site;
    hit.hit.path = path;
    hit.visitor = visitor;
    hit.place = &place_;
    hit.user_agent = &facts;
    feed_.publish(std::span(&hit, 1));
  }

  FakeClock clock_;
  LiveFeed feed_{clock_};
  Place place_{"NZ", "", ""};
  std::vector<std::shared_ptr<void>> subscriptions_;
};

TEST_F(LiveFeedTest, ShowsEachHitOfTheSiteAsAServerSentEvent) {
  const auto reader = watch();
  reader->news();
  publish(1, "/about");
  const std::string text = reader->news();
  EXPECT_NE(text.find("event: hit\ndata: {"), std::string::npos);
  EXPECT_NE(text.find("\"path\":\"/about\""), std::string::npos);
  EXPECT_NE(text.find("\"time\":\"2026-11-21T09:03:00.000Z\""), std::string::npos);
  EXPECT_NE(text.find("\"country\":\"NZ\""), std::string::npos);
  EXPECT_NE(text.find("\"bot\":false"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n\n")) << "an empty line ends an event";
}

TEST_F(LiveFeedTest, ShowsNothingOfOtherSites) {
  const auto reader = watch("example.org");
  reader->news();
  publish(1);
  EXPECT_EQ(reader->news(), "");
}

TEST_F(LiveFeedTest, TellsHowManyVisitorsThereAreAtOnceAndWhenItChanges) {
  publish(1);
  publish(2);
  const auto reader = watch();
  EXPECT_NE(reader->news().find("event: visitors\ndata: {\"current\":2}\n\n"), std::string::npos);
  publish(2);
  EXPECT_EQ(reader->news().find("visitors"), std::string::npos) << "still two";
  publish(3);
  EXPECT_NE(reader->news().find("{\"current\":3}"), std::string::npos);
}

TEST_F(LiveFeedTest, CountsAVisitorForFiveMinutesAfterTheLastHit) {
  const auto reader = watch();
  publish(1);
  clock_.advance(minutes(3));
  publish(1);
  publish(2);
  reader->news();
  clock_.advance(minutes(5));
  feed_.tick();
  EXPECT_EQ(reader->news().find("visitors"), std::string::npos);
  clock_.advance(Milliseconds(1));
  feed_.tick();
  EXPECT_NE(reader->news().find("{\"current\":0}"), std::string::npos);
}

TEST_F(LiveFeedTest, ShowsBotsButDoesNotCountThem) {
  const auto reader = watch();
  reader->news();
  publish(1, "/", "example.com", "crawler: test");
  const std::string text = reader->news();
  EXPECT_NE(text.find("\"bot\":true"), std::string::npos);
  EXPECT_EQ(text.find("event: visitors"), std::string::npos);
}

TEST_F(LiveFeedTest, IsSilentAboutThePast) {
  const auto reader = watch();
  reader->news();
  publish(1, "/", "example.com", "", minutes(5) + Milliseconds(1));
  EXPECT_EQ(reader->news(), "");
}

TEST_F(LiveFeedTest, SendsAHeartbeatEveryFifteenSeconds) {
  const auto reader = watch();
  feed_.tick();
  reader->news();
  clock_.advance(seconds(14));
  feed_.tick();
  EXPECT_EQ(reader->news(), "");
  clock_.advance(seconds(1));
  feed_.tick();
  EXPECT_EQ(reader->news(), ": still here\n\n");
}

TEST_F(LiveFeedTest, LetsGoOfWhoLeavesAndOfWhoDoesNotKeepUp) {
  const auto slow = watch();
  watch();
  EXPECT_EQ(feed_.watchers(), 2U);
  slow->stays = false;
  publish(1);
  EXPECT_EQ(feed_.watchers(), 1U);
  subscriptions_.clear();
  EXPECT_EQ(feed_.watchers(), 0U);
}

TEST_F(LiveFeedTest, ServesManyReadersOfOneSite) {
  const auto first = watch();
  const auto second = watch();
  first->news();
  second->news();
  publish(1);
  EXPECT_EQ(first->news(), second->news());
}

}  // namespace
}  // namespace footfall
