// Counters as they grow, to whoever watches.
#include "app/counter_feed.h"

#include <gtest/gtest.h>

#include <atomic>

#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

// Somebody who looks on.
class Reader final : public LiveSink {
 public:
  bool send(std::string_view piece) override {
    text.with([&](std::string& all) { all += piece; });
    return stays;
  }
  std::string news() {
    return text.with([](std::string& all) { return std::exchange(all, {}); });
  }
  Guarded<std::string> text;
  std::atomic<bool> stays = true;
};

std::string event(const char* key, std::uint64_t value) {
  return "event: value\ndata: {\"site\":\"example.com\",\"key\":\"" + std::string(key) +
         "\",\"value\":" + std::to_string(value) + "}\n\n";
}

class CounterFeedTest : public testing::Test {
 protected:
  std::shared_ptr<Reader> watch(const char* key = "likes", CounterFeed::Words words = CounterFeed::Words::footfall) {
    const auto body = feed.watch("example.com", key, words);
    EXPECT_TRUE(body);
    auto reader = std::make_shared<Reader>();
    subscriptions.push_back((*body)(reader));
    EXPECT_EQ(reader->news(), "retry: 2000\n\n");
    return reader;
  }
  void grow(const char* key = "likes", std::uint64_t by = 1, const char* site = "example.com") {
    Increment increment;
    increment.time = clock.now();
    increment.site = site;
    increment.key = key;
    increment.by = by;
    EXPECT_TRUE(collector->increment(increment));
  }
  // A while later, so that every watcher may be told again.
  void round() {
    clock.advance(counter_news_interval);
    feed.run_once();
  }

  FakeClock clock;
  MemoryJournal journal{clock};
  std::unique_ptr<Collector> collector = std::move(*Collector::restore(journal, clock, SipKey{1, 2}, {}));
  CounterFeed feed{*collector, journal, clock};
  std::vector<std::shared_ptr<void>> subscriptions;
};

TEST_F(CounterFeedTest, TellsTheNumberNowAndThenEachChange) {
  grow();
  const auto reader = watch();
  feed.run_once();
  EXPECT_EQ(reader->news(), event("likes", 1) + ": still here\n\n");
  grow();
  round();
  EXPECT_EQ(reader->news(), event("likes", 2));
  round();
  EXPECT_EQ(reader->news(), "") << "nothing has changed";
}

TEST_F(CounterFeedTest, TellsAPagesViewsAsWell) {
  const auto reader = watch("/about");
  Hit hit;
  hit.time = clock.now();
  hit.site = "example.com";
  hit.path = "/about";
  EXPECT_TRUE(collector->record(hit));
  round();
  EXPECT_NE(reader->news().find(event("/about", 1)), std::string::npos);
}

TEST_F(CounterFeedTest, FollowsACounterFromBeforeItIsThere) {
  const auto reader = watch();
  feed.run_once();
  EXPECT_NE(reader->news().find(event("likes", 0)), std::string::npos);
  grow();
  round();
  EXPECT_EQ(reader->news(), event("likes", 1));
}

TEST_F(CounterFeedTest, TellsChangesTogetherThatComeFasterThanTenASecond) {
  const auto reader = watch();
  round();
  reader->news();
  for (int i = 0; i < 50; ++i) {
    grow();
    clock.advance(Milliseconds(1));
    feed.run_once();
  }
  EXPECT_EQ(reader->news(), "");
  clock.advance(Milliseconds(50));
  feed.run_once();
  EXPECT_EQ(reader->news(), event("likes", 50)) << "the last change is not lost, though nothing is recorded any more";
}

TEST_F(CounterFeedTest, TellsANewcomerAtOnceWhileOthersWait) {
  const auto first = watch();
  round();
  first->news();
  grow();
  feed.run_once();
  const auto second = watch();
  feed.run_once();
  EXPECT_EQ(second->news(), event("likes", 1));
  EXPECT_EQ(first->news(), "");
  round();
  EXPECT_EQ(first->news(), event("likes", 1));
}

TEST_F(CounterFeedTest, TellsOnlyOfTheCounterThatIsWatched) {
  const auto reader = watch();
  round();
  reader->news();
  grow("other");
  grow("likes", 1, "example.org");
  round();
  EXPECT_EQ(reader->news(), "");
}

TEST_F(CounterFeedTest, TellsNoNumberThatIsNotOnDisk) {
  grow();
  const auto reader = watch();
  journal.hold_commits();
  grow();
  EXPECT_FALSE(feed.run_once());
  EXPECT_EQ(reader->news().find("value"), std::string::npos);
  journal.commit();
  EXPECT_TRUE(feed.run_once());
  EXPECT_NE(reader->news().find(event("likes", 2)), std::string::npos);
}

TEST_F(CounterFeedTest, TellsNothingOnceTheJournalHasStopped) {
  const auto reader = watch();
  round();
  reader->news();
  journal.hold_commits();
  grow();
  journal.fail();
  clock.advance(counter_news_interval);
  EXPECT_FALSE(feed.run_once());
  EXPECT_EQ(reader->news(), "");
}

TEST_F(CounterFeedTest, SpeaksAsCountapiDoesToThoseWhoAsk) {
  grow();
  const auto reader = watch("likes", CounterFeed::Words::countapi);
  const auto other = watch();
  feed.run_once();
  EXPECT_EQ(reader->news(), "data: {\"value\":1}\n\n: still here\n\n");
  EXPECT_EQ(other->news(), event("likes", 1) + ": still here\n\n");
}

TEST_F(CounterFeedTest, SaysThatItIsStillHere) {
  const auto reader = watch();
  feed.run_once();
  reader->news();
  clock.advance(std::chrono::seconds(14));
  feed.run_once();
  EXPECT_EQ(reader->news(), "");
  clock.advance(std::chrono::seconds(1));
  feed.run_once();
  EXPECT_EQ(reader->news(), ": still here\n\n");
}

TEST_F(CounterFeedTest, EscapesAKeyInItsEvents) {
  const auto reader = watch("\"}\n\ndata: x");
  feed.run_once();
  EXPECT_EQ(reader->news(),
            "event: value\ndata: {\"site\":\"example.com\",\"key\":\"\\\"}\\n\\ndata: x\",\"value\":0}\n\n"
            ": still here\n\n");
}

TEST_F(CounterFeedTest, GivesAPlaceAwayWhenItsReaderLeaves) {
  const auto reader = watch();
  EXPECT_EQ(feed.watchers(), 1U);
  subscriptions.clear();
  EXPECT_EQ(feed.watchers(), 0U);
  grow();
  round();
  EXPECT_EQ(reader->news(), "");
}

TEST_F(CounterFeedTest, TakesNoPlaceForAnAnswerThatIsNeverSent) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(feed.watch("example.com", "likes"));
  EXPECT_EQ(feed.watchers(), 0U);
}

TEST_F(CounterFeedTest, ForgetsAReaderThatIsTooSlow) {
  const auto slow = watch();
  const auto quick = watch();
  slow->stays = false;
  round();
  slow->news();
  grow();
  round();
  EXPECT_EQ(slow->news(), "");
  EXPECT_NE(quick->news().find(event("likes", 1)), std::string::npos);
}

TEST_F(CounterFeedTest, RefusesMoreWatchersThanItHasPlacesFor) {
  std::vector<LiveBody> bodies;
  for (std::size_t i = 0; i < counter_watchers_max; ++i) bodies.push_back(*feed.watch("example.com", "likes"));
  const auto one_more = feed.watch("example.com", "likes");
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, ErrorCode::unavailable);
  bodies.pop_back();
  EXPECT_TRUE(feed.watch("example.com", "likes"));
}

TEST_F(CounterFeedTest, DoesItByItselfOnceStarted) {
  grow();
  const auto reader = watch();
  feed.start();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string text;
  const auto tells = [&](std::uint64_t value) {
    while (text.find(event("likes", value)) == std::string::npos && std::chrono::steady_clock::now() < end) {
      text += reader->news();
      clock.advance(Milliseconds(1));
    }
    return text.find(event("likes", value)) != std::string::npos;
  };
  EXPECT_TRUE(tells(1)) << text;
  grow();
  EXPECT_TRUE(tells(2)) << text;
}

}  // namespace
}  // namespace footfall
