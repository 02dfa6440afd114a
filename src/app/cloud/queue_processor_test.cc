// What becomes of a batch of messages: rows, counts, and messages that come again.

#include "app/cloud/cloud_world.h"
#include "app/counters.h"
#include "base/bytes.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/record.h"

namespace footfall {
namespace {

using QueueProcessor = CloudWorld;

TEST_F(QueueProcessor, AVisitBecomesARowAndIsCounted) {
  record(hit("/about"));
  const ProcessedBatch batch = process();
  EXPECT_TRUE(batch.failed.empty());
  EXPECT_EQ(batch.visits, 1U);
  EXPECT_EQ(packed().size(), 1U);
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(counter("/about"), 1U);
  EXPECT_EQ(counter(total_key), 1U);
}

TEST_F(QueueProcessor, AnEventIsARowAndNoPageView) {
  Hit event = hit("/about");
  event.kind = Kind::event;
  event.event = "signup";
  record(event);
  process();
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(counter(total_key), 0U);
}

TEST_F(QueueProcessor, TwoVisitsThatAreAlikeInEverythingAreTwo) {
  record(hit("/"));
  record(hit("/"));
  process();
  EXPECT_EQ(rows(), 2U);
  EXPECT_EQ(counter("/"), 2U);
}

TEST_F(QueueProcessor, PoisonHoldsUpNobodyAndIsToldAbout) {
  record(hit("/a"));
  for (const char* body : {"hello", "1", "1!!!", "{}", "1AAAA", "2AAAA"}) {
    queue.waiting.push_back({std::string("poison ") + body, "", body});
  }
  record(hit("/b"));
  const ProcessedBatch batch = process();
  EXPECT_EQ(batch.failed.size(), 6U);
  EXPECT_EQ(packed().size(), 2U);
  EXPECT_EQ(lines.size(), 6U);
  EXPECT_EQ(queue.waiting.size(), 6U);  // until SQS sets them aside
}

TEST_F(QueueProcessor, ARecordThatIsNoVisitIsPoison) {
  std::string record;
  encode(Engagement{clock.now(), "example.com", "/", {}, "", "", "", 5, 255, ""}, record);
  std::string bytes;
  ByteWriter writer_of_bytes(bytes);
  writer_of_bytes.varint(7);
  writer_of_bytes.text("203.0.113.9");
  writer_of_bytes.text(record);
  queue.waiting.push_back({"other", "", "1" + to_base64url(bytes_of(bytes))});
  EXPECT_EQ(process().failed.size(), 1U);
}

TEST_F(QueueProcessor, WhatTheTableRefusesComesAgain) {
  record(hit("/"));
  table.fault = [] { return MemoryTable::Fault::refuse; };
  EXPECT_EQ(process().failed.size(), 1U);
  EXPECT_EQ(queue.waiting.size(), 1U);
  table.fault = [] { return MemoryTable::Fault::none; };
  EXPECT_TRUE(process().failed.empty());
  EXPECT_EQ(counter("/"), 1U);
}

TEST_F(QueueProcessor, TheLargestVisitsFit) {
  const std::string path = "/" + std::string(path_bytes_max - 1, 'p');
  const std::string long_text(2'000, 'x');
  const std::string props = R"({"a":")" + std::string(props_bytes_max - 8, 'y') + "\"}";
  for (int i = 0; i < 150; ++i) {
    Hit large = hit(path, std::string_view(long_text).substr(0, given_id_bytes_max));
    large.query = large.referrer = long_text;
    large.props = props;
    record(large);
  }
  EXPECT_TRUE(process().failed.empty());
  EXPECT_EQ(counter(path), 150U);
  for (const auto& [key, values] : table.items()) EXPECT_LE(key.sk.size(), item_sk_bytes_max);
}

TEST_F(QueueProcessor, ManyPagesInOneBatchAreAllCounted) {
  std::vector<std::string> paths;
  for (int i = 0; i < 400; ++i) paths.push_back("/" + std::to_string(i));
  for (const std::string& path : paths) record(hit(path));
  EXPECT_EQ(process().visits, 400U);
  EXPECT_EQ(packed().size(), 400U);
  EXPECT_EQ(counter(total_key), 400U);
  EXPECT_EQ(counter("/399"), 1U);
}

TEST_F(QueueProcessor, LongPathsThatBeginAlikeAreCountedApart) {
  const std::string a = "/" + std::string(1'500, 'a') + "1";
  const std::string b = "/" + std::string(1'500, 'a') + "2";
  record(hit(a));
  record(hit(a));
  record(hit(b));
  process();
  EXPECT_EQ(counter(a), 2U);
  EXPECT_EQ(counter(b), 1U);
  EXPECT_EQ(*reader.count(by_path(a)), 2U);
}

TEST_F(QueueProcessor, WhatIsSaidTwiceIsThereOnce) {
  record(hit("/a"));
  record(hit("/b"));
  const auto messages = queue.waiting;
  process();
  queue.waiting = messages;
  clock.advance(Milliseconds(5));
  process();
  EXPECT_EQ(rows(), 2U);
  EXPECT_EQ(packed().size(), 2U);
  EXPECT_EQ(counter(total_key), 2U);
  EXPECT_EQ(reader.visits(every(), VisitOrder::newest_first, 10, {})->rows.size(), 2U);
}

TEST_F(QueueProcessor, ManyVisitsOfADayGoIntoPacksThatAnItemHolds) {
  std::vector<NumberedHit> visits;
  const std::string noise(2'000, 'x');
  for (Position i = 0; i < 600; ++i) {
    Hit one = hit("/a");
    one.referrer = noise;
    visits.push_back(numbered(i, one));
  }
  ASSERT_TRUE(writer.store(visits));
  EXPECT_EQ(packed().size(), 600U);
  EXPECT_EQ(counter("/a"), 600U);
}

TEST_F(QueueProcessor, ADayThatIsOverGetsAMark) {
  record(hit("/"));
  const auto marks = [&] {
    std::vector<std::string> days;
    for (const auto& [key, values] : table.items()) {
      if (key.pk == "D#example.com") days.push_back(key.sk + Item{key, values}.text("mark").data());
    }
    return days;
  };
  const auto messages = queue.waiting;
  process();
  EXPECT_TRUE(marks().empty());
  clock.advance(std::chrono::days(1));
  queue.waiting = messages;
  process();
  const auto first = marks();
  ASSERT_EQ(first.size(), 1U);
  queue.waiting = messages;
  process();
  ASSERT_EQ(marks().size(), 1U);
  EXPECT_NE(marks(), first) << "each time another";
}

TEST_F(QueueProcessor, VisitsLeaveAfterTheDaysThatAreSet) {
  layout.row_days = 30;
  TableWriter with_end(table, layout, crypto, compression, clock);
  const std::vector<NumberedHit> visits{numbered(1, hit())};
  ASSERT_TRUE(with_end.store(visits));
  const Day today = day_of(clock.now());
  for (const auto& [key, values] : table.items()) {
    const auto leaves = Item{key, values}.number("ttl");
    if (key.pk.starts_with("V#")) {
      EXPECT_EQ(leaves, milliseconds_of(clock.now()) / 1'000 + 30 * 86'400);
    }
    if (key.pk.starts_with("P#")) {
      EXPECT_EQ(leaves, milliseconds_of(Instant(today)) / 1'000 + 31 * 86'400);
    }
  }
}

TEST_F(QueueProcessor, AVisitThatWouldLeaveAtOnceDoesNotCome) {
  layout.row_days = 30;
  TableWriter with_end(table, layout, crypto, compression, clock);
  std::vector<NumberedHit> visits{numbered(1, hit()), numbered(2, hit())};
  visits[0].hit.time = clock.now() - std::chrono::days(300);
  visits[1].hit.time = clock.now() - std::chrono::days(14);
  ASSERT_TRUE(with_end.store(visits));
  EXPECT_EQ(packed(), (std::set<Position>{2}));
  EXPECT_EQ(rows(), 1U);
}

}  // namespace
}  // namespace footfall
