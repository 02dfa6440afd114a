// What a recorded hit becomes in the queue, and what happens when it comes again.

#include "app/cloud/cloud_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

using QueueRecorderTest = CloudWorld;

constexpr const char* uuid = "0193a5f0-0000-7000-8000-000000000001";

TEST_F(QueueRecorderTest, WhatIsRecordedIsInTheQueueWhenTheCallReturns) {
  record(hit("/"));
  ASSERT_EQ(queue.waiting.size(), 1U);
  const auto message = VisitMessage::read(queue.waiting.front().body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->hits().at(0).hit.path, "/");
}

TEST_F(QueueRecorderTest, ARefusingQueueIsARefusal) {
  queue.refuses = true;
  const auto recorded = recorder.record(hit());
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().code, ErrorCode::unavailable);
}

TEST_F(QueueRecorderTest, AHundredUsualHitsAreOneMessage) {
  std::vector<Hit> hits(batch_hits_max, hit("/page"));
  const auto recorded = recorder.record(hits);
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->size(), batch_hits_max);
  EXPECT_EQ(queue.waiting.size(), 1U);
  process();
  EXPECT_EQ(packed().size(), batch_hits_max);
}

TEST_F(QueueRecorderTest, AHitWithTheSameIdCountsOnceHoweverOftenItComes) {
  Hit first = hit("/a");
  first.id = uuid;
  const Recorded recorded = record(first);
  EXPECT_FALSE(recorded.repeated);
  clock.advance(std::chrono::seconds(5));
  Hit again = hit("/b", "another-session-of-22-c");
  again.id = uuid;
  const Recorded repeated = record(again);
  EXPECT_TRUE(repeated.repeated);
  EXPECT_EQ(repeated.position, recorded.position);
  EXPECT_EQ(repeated.time, recorded.time);
  EXPECT_EQ(queue.waiting.size(), 2U);
  process();
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(counter("/a"), 1U);
  EXPECT_EQ(counter("/b"), 0U);
}

TEST_F(QueueRecorderTest, ARetryAfterAQueueThatRefusedIsRecorded) {
  Hit first = hit("/a");
  first.id = uuid;
  queue.refuses = true;
  EXPECT_FALSE(recorder.record(first));
  queue.refuses = false;
  record(first);
  process();
  EXPECT_EQ(counter("/a"), 1U);
}

TEST_F(QueueRecorderTest, ALostReplyOfTheTableIsNoRepetition) {
  int calls = 0;
  table.fault = [&] { return ++calls == 1 ? MemoryTable::Fault::lose_reply : MemoryTable::Fault::none; };
  Hit first = hit("/a");
  first.visitor = "someone";
  first.id = uuid;
  EXPECT_FALSE(record(first).repeated);
}

TEST_F(QueueRecorderTest, TheSameIdOnAnotherSiteIsAnotherHit) {
  Hit first = hit();
  first.id = uuid;
  record(first);
  first.site = "example.org";
  EXPECT_FALSE(record(first).repeated);
}

TEST_F(QueueRecorderTest, VisitorsAreKnownForADayAndNotForTwo) {
  const auto visitor = [&] {
    record(hit());
    const auto message = VisitMessage::read(queue.waiting.back().body);
    return std::string(message->hits().at(0).hit.visitor);
  };
  const std::string today = visitor();
  EXPECT_EQ(today.size(), 11U);
  EXPECT_EQ(visitor(), today);
  // Another function reads the same salt.
  QueueRecorder other(
      queue, table, clock, crypto, keeper, [](std::string_view) { return KeptAddress::full; }, log);
  ASSERT_TRUE(other.record(hit()));
  EXPECT_EQ(VisitMessage::read(queue.waiting.back().body)->hits().at(0).hit.visitor, today);
  clock.advance(std::chrono::hours(24));
  EXPECT_NE(visitor(), today);
}

TEST_F(QueueRecorderTest, WhoHasNoSessionHasTheVisitorsOfTheDay) {
  record(hit("/", ""));
  const auto message = VisitMessage::read(queue.waiting.back().body);
  EXPECT_EQ(message->hits().at(0).hit.session, message->hits().at(0).hit.visitor);
  process();
  EXPECT_EQ(packed().size(), 1U);
}

TEST_F(QueueRecorderTest, OfAnAddressNoMoreTravelsThanTheSiteKeeps) {
  for (const auto& [how, shown] :
       {std::pair(KeptAddress::full, "203.0.113.9"), std::pair(KeptAddress::truncated, "203.0.113.0"),
        std::pair(KeptAddress::none, ""), std::pair(KeptAddress::hashed, "hashed:")}) {
    kept = how;
    record(hit());
    const auto message = VisitMessage::read(queue.waiting.back().body);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->hits().at(0).hit.ip.is_none());
    EXPECT_TRUE(message->hits().at(0).address.text().starts_with(shown)) << shown;
    EXPECT_EQ(message->hits().at(0).address.is_none(), how == KeptAddress::none);
  }
}

TEST_F(QueueRecorderTest, EngagementIsNotKeptAndSaidNotToBe) {
  EXPECT_EQ(recorder.record(Engagement{}).error().code, ErrorCode::unsupported);
  EXPECT_TRUE(queue.waiting.empty());
}

}  // namespace
}  // namespace footfall
