// What every Journal does, as ports/journal.h promises it: one suite for the fake and for every real one.
//
// A test program includes this once and says which journals it is for:
//   INSTANTIATE_TEST_SUITE_P(Memory, JournalContract, testing::Values(&make_memory_journal));
// JournalFaultContract is for those whose disk can be made to fail on demand.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "domain/limits.h"
#include "ports/journal.h"
#include "testing/fake_clock.h"

namespace footfall {

// A journal, and what the tests do to the world around it.
class JournalUnderTest {
 public:
  virtual ~JournalUnderTest() = default;
  virtual Journal& journal() = 0;
  // Ends it and opens it again on what it left. Where nothing outlives the journal, it stays open.
  virtual void reopen() = 0;

  // For JournalFaultContract.
  virtual void hold_disk() {}    // commits begin and do not end …
  virtual void let_disk_go() {}  // … until now
  virtual void break_disk() {}   // every write fails from now on
  virtual void fill_disk() {}    // there is no room for anything
  virtual void empty_disk() {}   // there is again
};

class JournalContract : public testing::TestWithParam<std::unique_ptr<JournalUnderTest> (*)(const Clock&)> {
 protected:
  static constexpr std::chrono::seconds patience{20};

  Journal& journal() { return under_test_->journal(); }

  Position append(std::string_view record) {
    const auto position = journal().append(record);
    EXPECT_TRUE(position) << position.error().what;
    return position.value_or(0);
  }
  Position append_durably(std::string_view record) {
    const Position position = append(record);
    const auto durable = journal().wait_until_durable(position, patience);
    EXPECT_TRUE(durable) << durable.error().what;
    return position;
  }
  void append_numbers(int count) {
    for (int i = 0; i < count; ++i) append("record " + std::to_string(i));
    ASSERT_TRUE(journal().wait_until_durable(journal().next() - 1, patience));
  }

  // All that a reader gives until it gives no more.
  std::vector<std::string> read_rest(JournalReader& reader, std::size_t records_max = 1'000) {
    std::vector<std::string> records;
    for (;;) {
      Position expected = reader.position();
      const auto some = reader.read(records_max);
      EXPECT_TRUE(some) << some.error().what;
      if (!some || some->empty()) return records;
      EXPECT_LE(some->size(), records_max);
      for (const JournalRecord& record : *some) {
        EXPECT_EQ(record.position, expected++);
        records.emplace_back(record.bytes);
      }
      EXPECT_EQ(reader.position(), expected);
    }
  }
  // Discards all there is and appends `record` behind it: the first position kept. While there is no room to part the
  // journal, what was appended in vain is discarded too.
  Position discard_all(std::string_view record) {
    for (const auto until = std::chrono::steady_clock::now() + patience;;) {
      const Position parted = journal().part();
      EXPECT_EQ(append_durably(record), parted);
      journal().release(parted);
      const auto discarded = journal().discard(parted);
      if (discarded) return parted;
      EXPECT_EQ(discarded.error().code, ErrorCode::unavailable) << discarded.error().what;
      if (std::chrono::steady_clock::now() > until) return parted;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::vector<std::string> read_all(Position from = 0) { return read_rest(*journal().read_from(from)); }

  FakeClock clock_;
  std::unique_ptr<JournalUnderTest> under_test_ = GetParam()(clock_);
};

TEST_P(JournalContract, NumbersRecordsFromZeroWithoutGaps) {
  EXPECT_EQ(journal().next(), 0U);
  EXPECT_EQ(append("a"), 0U);
  EXPECT_EQ(append("b"), 1U);
  EXPECT_EQ(append("c"), 2U);
  EXPECT_EQ(journal().next(), 3U);
  EXPECT_EQ(journal().first(), 0U);
}

TEST_P(JournalContract, GivesBackWhatWasAppendedInItsOrder) {
  append("first");
  append("second");
  append_durably("third");
  EXPECT_EQ(read_all(), (std::vector<std::string>{"first", "second", "third"}));
}

TEST_P(JournalContract, IsEmptyAtFirst) {
  EXPECT_EQ(journal().durable(), 0U);
  EXPECT_TRUE(read_all().empty());
  EXPECT_FALSE(journal().failed());
}

TEST_P(JournalContract, PutsTheRecordsOfOneAppendBehindOneAnother) {
  append("before");
  const std::vector<std::string_view> three{"a", "b", "c"};
  const auto position = journal().append(three);
  ASSERT_TRUE(position) << position.error().what;
  EXPECT_EQ(*position, 1U);
  EXPECT_EQ(append_durably("after"), 4U);
  EXPECT_EQ(read_all(), (std::vector<std::string>{"before", "a", "b", "c", "after"}));
}

TEST_P(JournalContract, KeepsEveryByteOfARecord) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  const std::string zeros(1'000, '\0');
  append(all_bytes);
  append_durably(zeros);
  EXPECT_EQ(read_all(), (std::vector<std::string>{all_bytes, zeros}));
}

TEST_P(JournalContract, TakesTheSmallestAndTheLargestRecord) {
  const std::string largest(record_bytes_max, 'x');
  append("x");
  append_durably(largest);
  EXPECT_EQ(read_all(), (std::vector<std::string>{"x", largest}));
}

TEST_P(JournalContract, RefusesARecordOverTheLimitAndAnEmptyOne) {
  const auto too_large = journal().append(std::string(record_bytes_max + 1, 'x'));
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, ErrorCode::too_large);
  const auto empty = journal().append(std::string_view());
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::invalid);
  const auto none = journal().append(std::span<const std::string_view>());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::invalid);
  EXPECT_EQ(append("the first that was taken"), 0U);
}

TEST_P(JournalContract, TakesAllRecordsOfAnAppendOrNone) {
  const std::string wrong(record_bytes_max + 1, 'x');
  const std::vector<std::string_view> records{"good", wrong, "good"};
  EXPECT_FALSE(journal().append(records));
  append_durably("after");
  EXPECT_EQ(read_all(), (std::vector<std::string>{"after"}));
}

TEST_P(JournalContract, TakesAsMuchAtOnceAsOneFrameHolds) {
  constexpr std::size_t count = 128;
  const std::string record(frame_bytes_max / count - 3, 'x');
  std::vector<std::string_view> records(count, record);
  const auto fits = journal().append(records);
  ASSERT_TRUE(fits) << fits.error().what;
  records.push_back("x");
  const auto too_large = journal().append(records);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, ErrorCode::too_large);
  ASSERT_TRUE(journal().wait_until_durable(*fits + count - 1, patience));
  EXPECT_EQ(read_all().size(), count);
}

TEST_P(JournalContract, SaysWhenARecordIsDurable) {
  const Position position = append_durably("a");
  EXPECT_GT(journal().durable(), position);
  EXPECT_LE(journal().durable(), journal().next());
}

TEST_P(JournalContract, WaitsForARecordOnlySoLong) {
  append_durably("a");
  const auto never = journal().wait_until_durable(7, std::chrono::milliseconds(5));
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::timed_out);
}

TEST_P(JournalContract, ReadsFromAnyPosition) {
  append_numbers(100);
  for (const Position from : {Position{0}, Position{1}, Position{50}, Position{99}}) {
    const auto records = read_all(from);
    ASSERT_EQ(records.size(), 100 - from);
    EXPECT_EQ(records.front(), "record " + std::to_string(from));
    EXPECT_EQ(records.back(), "record 99");
  }
  EXPECT_TRUE(read_all(100).empty());
}

TEST_P(JournalContract, ReadsNoMoreThanWasAskedFor) {
  append_numbers(100);
  const auto reader = journal().read_from(0);
  EXPECT_EQ(read_rest(*reader, 7).size(), 100U);
}

TEST_P(JournalContract, AReaderAtTheEndGoesOnWhenMoreComes) {
  const auto reader = journal().read_from(0);
  EXPECT_TRUE(read_rest(*reader).empty());
  append_durably("a");
  EXPECT_EQ(read_rest(*reader), (std::vector<std::string>{"a"}));
  EXPECT_TRUE(read_rest(*reader).empty());
  append_durably("b");
  append_durably("c");
  EXPECT_EQ(read_rest(*reader), (std::vector<std::string>{"b", "c"}));
}

TEST_P(JournalContract, ReadersDoNotDisturbEachOther) {
  append_numbers(10);
  const auto one = journal().read_from(0);
  const auto other = journal().read_from(5);
  ASSERT_TRUE(one->read(3));
  ASSERT_TRUE(other->read(1));
  EXPECT_EQ(one->position(), 3U);
  EXPECT_EQ(other->position(), 6U);
  EXPECT_EQ(read_rest(*one).size(), 7U);
  EXPECT_EQ(read_rest(*other).size(), 4U);
}

TEST_P(JournalContract, SaysWhenARecordWasCommitted) {
  const Instant before = clock_.now();
  append_durably("a");
  clock_.advance(std::chrono::minutes(5));
  append_durably("b");
  const auto reader = journal().read_from(0);
  std::vector<Instant> times;
  for (;;) {
    const auto some = reader->read(1);
    ASSERT_TRUE(some) << some.error().what;
    if (some->empty()) break;
    times.push_back(some->front().appended);
  }
  EXPECT_EQ(times, (std::vector<Instant>{before, before + std::chrono::minutes(5)}));
}

TEST_P(JournalContract, TellsSubscribersOfCommitsUntilTheyLeave) {
  std::atomic<int> told = 0;
  const auto subscription = journal().subscribe([&] { ++told; });
  append_durably("a");
  // A waiter may be woken a moment before the subscribers are.
  for (int i = 0; i < 2'000 && told == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE(told, 1);
  journal().unsubscribe(subscription);
  const int before = told;
  append_durably("b");
  EXPECT_EQ(told, before);
}

TEST_P(JournalContract, GivesEveryThreadItsOwnPositionsAndKeepsTheOrderOfEach) {
  constexpr int thread_count = 8;
  constexpr int appends = 300;
  std::vector<std::thread> threads;
  std::vector<std::vector<Position>> positions(thread_count);
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < appends; ++i) {
        const auto position = journal().append(std::to_string(t) + ":" + std::to_string(i));
        ASSERT_TRUE(position) << position.error().what;
        positions[static_cast<std::size_t>(t)].push_back(*position);
        if (i % 16 == 0) {
          ASSERT_TRUE(journal().wait_until_durable(*position, patience));
        }
      }
      ASSERT_TRUE(journal().wait_until_durable(positions[static_cast<std::size_t>(t)].back(), patience));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto records = read_all();
  ASSERT_EQ(records.size(), static_cast<std::size_t>(thread_count * appends));
  for (int t = 0; t < thread_count; ++t) {
    Position last = 0;
    for (int i = 0; i < appends; ++i) {
      const Position position = positions[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)];
      EXPECT_EQ(records[position], std::to_string(t) + ":" + std::to_string(i));
      EXPECT_TRUE(i == 0 || position > last);
      last = position;
    }
  }
}

TEST_P(JournalContract, KeepsWhatIsNotReleased) {
  append_numbers(100);
  journal().release(40);
  EXPECT_LE(journal().first(), 40U);
  EXPECT_EQ(read_all(40).size(), 60U);
}

TEST_P(JournalContract, DiscardsWhatIsBelowAPartingAndNothingElse) {
  append_numbers(50);
  const Position parted = discard_all("the first that stays");
  append_durably("the second");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(journal().first(), parted);
    EXPECT_EQ(read_all(), (std::vector<std::string>{"the first that stays", "the second"}));
    under_test_->reopen();
  }
  EXPECT_EQ(append_durably("the third"), parted + 2);
}

TEST_P(JournalContract, DiscardsNothingThatIsNotReleased) {
  append_numbers(10);
  const Position parted = journal().part();
  append_durably("stays");
  journal().release(parted - 1);
  const auto refused = journal().discard(parted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(read_all().size(), parted + 1);
}

TEST_P(JournalContract, DiscardsOnlyWhereItIsParted) {
  append_numbers(10);
  journal().release(5);
  const auto refused = journal().discard(5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(journal().first(), 0U);
  EXPECT_EQ(read_all().size(), 10U);
}

TEST_P(JournalContract, DiscardingAgainIsNothingMore) {
  append_numbers(10);
  const Position parted = discard_all("stays");
  for (const Position position : {parted, parted, Position{0}, parted}) {
    const auto discarded = journal().discard(position);
    ASSERT_TRUE(discarded) << discarded.error().what;
    EXPECT_EQ(journal().first(), parted);
    EXPECT_EQ(read_all(), (std::vector<std::string>{"stays"}));
  }
}

TEST_P(JournalContract, PartingAloneChangesNothing) {
  append_numbers(10);
  EXPECT_EQ(journal().part(), 10U);
  EXPECT_EQ(journal().part(), 10U);
  append_numbers(10);
  EXPECT_EQ(read_all().size(), 20U);
  under_test_->reopen();
  EXPECT_EQ(read_all().size(), 20U);
}

TEST_P(JournalContract, AReaderGoesOnBehindWhatWasDiscarded) {
  append_numbers(10);
  const auto reader = journal().read_from(0);
  EXPECT_EQ(read_rest(*reader).size(), 10U);
  discard_all("stays");
  const auto rest = reader->read(1'000);
  ASSERT_TRUE(rest) << rest.error().what;
  ASSERT_FALSE(rest->empty());
  EXPECT_EQ(rest->back().bytes, "stays");
}

TEST_P(JournalContract, CountsWhatItDoes) {
  append_durably("a");
  append_durably("b");
  const JournalHealth health = journal().health();
  EXPECT_TRUE(health.failure.empty()) << health.failure;
  EXPECT_EQ(health.refusal, JournalRefusal::none);
  EXPECT_EQ(health.records, 2U);
  EXPECT_GE(health.commits, 1U);
  EXPECT_EQ(health.waiting_records, 0U);
  EXPECT_EQ(health.fsync_failures, 0U);
  EXPECT_EQ(health.truncated_bytes, 0U);
  EXPECT_EQ(health.quarantined_frames, 0U);
  EXPECT_TRUE(health.damaged.empty());
}

TEST_P(JournalContract, HasEverythingAfterItIsOpenedAgain) {
  append_numbers(50);
  under_test_->reopen();
  EXPECT_EQ(journal().durable(), 50U);
  EXPECT_EQ(read_all().size(), 50U);
  EXPECT_EQ(append_durably("one more"), 50U);
  under_test_->reopen();
  under_test_->reopen();
  const auto records = read_all();
  ASSERT_EQ(records.size(), 51U);
  EXPECT_EQ(records[49], "record 49");
  EXPECT_EQ(records[50], "one more");
}

class JournalFaultContract : public JournalContract {};

TEST_P(JournalFaultContract, NothingIsDurableBeforeTheDiskHasIt) {
  append_durably("before");
  under_test_->hold_disk();
  const Position position = append("waits");
  const auto durable = journal().wait_until_durable(position, std::chrono::milliseconds(20));
  ASSERT_FALSE(durable);
  EXPECT_EQ(durable.error().code, ErrorCode::timed_out);
  EXPECT_EQ(journal().durable(), position);
  EXPECT_EQ(read_all(), (std::vector<std::string>{"before"}));
  EXPECT_EQ(journal().health().waiting_records, 1U);
  under_test_->let_disk_go();
  EXPECT_TRUE(journal().wait_until_durable(position, patience));
  EXPECT_EQ(read_all(), (std::vector<std::string>{"before", "waits"}));
}

TEST_P(JournalFaultContract, AcknowledgesNothingThatTheDiskRefused) {
  append_durably("before");
  std::atomic<bool> told_of_failure = false;
  journal().subscribe([&] { told_of_failure = told_of_failure || journal().failed(); });
  under_test_->hold_disk();
  const Position position = append("lost");
  under_test_->break_disk();
  under_test_->let_disk_go();
  const auto durable = journal().wait_until_durable(position, patience);
  ASSERT_FALSE(durable);
  EXPECT_EQ(durable.error().code, ErrorCode::failed);
  EXPECT_TRUE(journal().failed());
  EXPECT_FALSE(journal().health().failure.empty());
  EXPECT_EQ(journal().durable(), position);
  for (int i = 0; i < 2'000 && !told_of_failure; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(told_of_failure);
  // What was durable stays so, and stays readable.
  EXPECT_TRUE(journal().wait_until_durable(0, patience));
  EXPECT_EQ(read_all(), (std::vector<std::string>{"before"}));
}

TEST_P(JournalFaultContract, TakesNothingAfterAFailure) {
  under_test_->break_disk();
  const auto first = journal().append("lost");
  if (first) {
    EXPECT_FALSE(journal().wait_until_durable(*first, patience));
  }
  const auto second = journal().append("refused");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::failed);
}

TEST_P(JournalFaultContract, RefusesWhileTheDiskIsFullAndTakesAgainAfterwards) {
  append_durably("before");
  under_test_->fill_disk();
  const std::string record(1'000, 'x');
  Position taken = 0;
  for (;;) {
    // The queue is another test's; behind a full disk it does not get shorter.
    const JournalHealth health = journal().health();
    if (health.waiting_records > 1'000 && health.refusal == JournalRefusal::none && !journal().failed()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    const auto position = journal().append(record);
    if (!position) {
      EXPECT_EQ(position.error().code, ErrorCode::unavailable);
      break;
    }
    taken = *position;
    ASSERT_LT(taken, 100'000U) << "the disk never fills up";
  }
  EXPECT_FALSE(journal().failed());
  EXPECT_NE(journal().health().refusal, JournalRefusal::none);
  const Position next = journal().next();

  under_test_->empty_disk();
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    const auto position = journal().append("after");
    if (position) {
      EXPECT_EQ(*position, next) << "a refused append took a number";
      EXPECT_TRUE(journal().wait_until_durable(*position, patience));
      break;
    }
    ASSERT_EQ(position.error().code, ErrorCode::unavailable);
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Whatever was taken is kept.
  EXPECT_EQ(read_all().size(), next + 1);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JournalFaultContract);

}  // namespace footfall
