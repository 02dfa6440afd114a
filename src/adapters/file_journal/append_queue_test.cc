#include "adapters/file_journal/append_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "adapters/file_journal/frame.h"

namespace footfall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Long enough that a test which waits for it by mistake is seen to hang.
constexpr auto long_linger = 30s;

class AppendQueueTest : public testing::Test {
 protected:
  AppendQueue& make(std::chrono::microseconds linger) {
    settings_.linger = linger;
    queue_.emplace(settings_, Position{0});
    return *queue_;
  }
  void push(int count = 1) {
    for (int i = 0; i < count; ++i) {
      const std::string_view record = "record";
      ASSERT_TRUE(queue_->push(std::span(&record, 1)));
    }
  }
  // Takes a frame and gives it back as durable; says how many records it held.
  std::uint32_t commit() {
    WaitingFrame* frame = queue_->take();
    EXPECT_NE(frame, nullptr);
    const std::uint32_t records = frame->records;
    seal_frame(frame->bytes, 0, {}, 0);
    queue_->done(1'000'000);
    return records;
  }

  AppendQueueSettings settings_{.payload_bytes_max = 4'096, .waiting_bytes_max = 8'192, .waiting_records_max = 2'000};
  std::optional<AppendQueue> queue_;
};

TEST_F(AppendQueueTest, GivesWhatWaitsAsOneFrame) {
  make(0us);
  push(3);
  WaitingFrame* frame = queue_->take();
  EXPECT_EQ(frame->first, 0U);
  EXPECT_EQ(frame->records, 3U);
  EXPECT_EQ(frame->bytes.substr(frame_header_bytes), "\x06record\x06record\x06record");
}

TEST_F(AppendQueueTest, GivesTheSameFrameUntilItIsDone) {
  make(0us);
  push();
  WaitingFrame* frame = queue_->take();
  push();
  EXPECT_EQ(queue_->take(), frame);
  EXPECT_EQ(frame->records, 1U) << "what comes later waits for the next frame";
  EXPECT_EQ(queue_->waiting_records(), 2U);
  seal_frame(frame->bytes, 0, {}, 0);
  queue_->done(1'000'000);
  EXPECT_EQ(queue_->take()->first, 1U);
}

TEST_F(AppendQueueTest, BeginsAnotherFrameWhereOneIsFull) {
  make(0us);
  const std::string record(1'500, 'x');
  const std::string_view view = record;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(queue_->push(std::span(&view, 1)));
  EXPECT_EQ(commit(), 2U);
  EXPECT_EQ(commit(), 2U);
}

TEST_F(AppendQueueTest, KeepsTheRecordsOfOneAppendInOneFrame) {
  make(0us);
  const std::string record(1'500, 'x');
  const std::vector<std::string_view> two{record, record};
  push();
  ASSERT_TRUE(queue_->push(two));
  ASSERT_TRUE(queue_->push(two));
  EXPECT_EQ(commit(), 3U);
  EXPECT_EQ(commit(), 2U);
}

// --- Linger ---

TEST_F(AppendQueueTest, ALoneClientNeverWaitsForCompany) {
  make(long_linger);
  for (int i = 0; i < 5; ++i) {
    push();
    EXPECT_EQ(commit(), 1U);
  }
}

TEST_F(AppendQueueTest, AfterAGroupItWaitsUntilAsManyAreBack) {
  make(long_linger);
  push(3);
  EXPECT_EQ(commit(), 3U);
  std::thread clients([&] {
    for (int i = 0; i < 3; ++i) {
      std::this_thread::sleep_for(10ms);
      push();
    }
  });
  EXPECT_EQ(commit(), 3U);
  clients.join();
}

TEST_F(AppendQueueTest, CountsThoseWhoCameDuringTheCommit) {
  make(long_linger);
  push(3);
  WaitingFrame* frame = queue_->take();
  push(2);
  seal_frame(frame->bytes, 0, {}, 0);
  queue_->done(1'000'000);
  std::thread clients([&] {
    std::this_thread::sleep_for(10ms);
    push(3);
  });
  EXPECT_EQ(commit(), 5U);
  clients.join();
}

TEST_F(AppendQueueTest, LingersOnlySoLong) {
  make(20ms);
  push(3);
  EXPECT_EQ(commit(), 3U);
  push(1);
  const auto begin = steady_clock::now();
  EXPECT_EQ(commit(), 1U);
  EXPECT_GE(steady_clock::now() - begin, 15ms);
  EXPECT_LT(steady_clock::now() - begin, 10s);
}

TEST_F(AppendQueueTest, ALongPauseEndsTheLingering) {
  make(1ms);
  push(3);
  EXPECT_EQ(commit(), 3U);
  std::thread client([&] {
    std::this_thread::sleep_for(50ms);
    push();
  });
  EXPECT_EQ(commit(), 1U) << "nobody came while it lingered, so it does not linger again for the first who does";
  client.join();
}

TEST_F(AppendQueueTest, EnoughIsEnough) {
  settings_.enough_records = 10;
  make(long_linger);
  push(200);
  EXPECT_EQ(commit(), 200U);
  push(10);
  EXPECT_EQ(commit(), 10U);
  settings_.enough_bytes = 100;
  make(long_linger);
  push(200);
  EXPECT_EQ(commit(), 200U);
  push(15);
  EXPECT_EQ(commit(), 15U);
}

// --- Limits ---

TEST_F(AppendQueueTest, RefusesBeyondItsLimitsAndSaysTryAgain) {
  settings_.waiting_records_max = 10;
  make(0us);
  push(10);
  const std::string_view record = "one too many";
  const auto refused = queue_->push(std::span(&record, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(commit(), 10U);
  push(10);
}

TEST_F(AppendQueueTest, AnEmptyQueueTakesAnyAppendOfOneFrame) {
  settings_.waiting_records_max = 2;
  settings_.waiting_bytes_max = 10;
  make(0us);
  const std::vector<std::string_view> three{"record", "record", "record"};
  EXPECT_TRUE(queue_->push(three));
  EXPECT_FALSE(queue_->push(three));
}

TEST_F(AppendQueueTest, TakesOnlyWhatFitsTheSegmentWhileTheDiskIsFull) {
  make(0us);
  queue_->set_room(frame_bytes(3 * 7) + frame_bytes(7));
  queue_->limit_to_room(true);
  push(2);
  WaitingFrame* frame = queue_->take();  // 2 records: 14 bytes, as large on disk as 16
  push(1);
  const std::string_view record = "record";
  EXPECT_TRUE(queue_->push(std::span(&record, 1)));
  EXPECT_FALSE(queue_->push(std::span(&record, 1)));
  seal_frame(frame->bytes, 0, {}, 0);
  queue_->done(frame_bytes(14) + 8);
  EXPECT_TRUE(queue_->push(std::span(&record, 1)));
  EXPECT_FALSE(queue_->push(std::span(&record, 1)));
  queue_->limit_to_room(false);
  EXPECT_TRUE(queue_->push(std::span(&record, 1)));
}

TEST_F(AppendQueueTest, GivesOutWhatWaitsAfterItIsClosedAndThenNothing) {
  make(long_linger);
  push(5);
  queue_->close();
  const std::string_view record = "late";
  EXPECT_EQ(queue_->push(std::span(&record, 1)).error().code, ErrorCode::failed);
  EXPECT_EQ(commit(), 5U);
  EXPECT_EQ(queue_->take(), nullptr);
}

TEST_F(AppendQueueTest, ClosingWakesACommitterThatSleeps) {
  make(0us);
  std::thread closer([&] {
    std::this_thread::sleep_for(10ms);
    queue_->close();
  });
  EXPECT_EQ(queue_->take(), nullptr);
  closer.join();
}

}  // namespace
}  // namespace footfall
