#include "adapters/duckdb/query_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace footfall::duckdb {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void wait_for_waiting(const QueryGate& gate, std::size_t count) {
  while (gate.waiting() != count) std::this_thread::sleep_for(1ms);
}

TEST(QueryGate, LetsInAsManyAsMayRunAndAgainWhenOneLeaves) {
  QueryGate gate(2, 0);
  auto first = gate.enter(Clock::now());
  auto second = gate.enter(Clock::now());
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(gate.running(), 2U);
  const auto third = gate.enter(Clock::now() + 10s);
  ASSERT_FALSE(third) << "nobody may wait here, so it is refused at once";
  EXPECT_EQ(third.error().code, ErrorCode::unavailable);
  { const QueryGate::Pass leaving = std::move(*first); }
  EXPECT_TRUE(gate.enter(Clock::now()));
}

TEST(QueryGate, WhoeverWaitsTooLongIsTurnedAwayAndLeavesNoTrace) {
  QueryGate gate(1, 1);
  auto pass = gate.enter(Clock::now());
  const auto late = gate.enter(Clock::now() + 20ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::unavailable);
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST(QueryGate, ServesThoseWhoWaitInTheOrderTheyCame) {
  QueryGate gate(1, 4);
  std::optional<Result<QueryGate::Pass>> pass(gate.enter(Clock::now()));
  std::mutex mutex;
  std::vector<int> served;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto mine = gate.enter(Clock::now() + 20s);
      ASSERT_TRUE(mine);
      const std::lock_guard lock(mutex);
      served.push_back(i);
    });
    wait_for_waiting(gate, static_cast<std::size_t>(i) + 1);
  }
  EXPECT_FALSE(gate.enter(Clock::now() + 20s)) << "four wait already";
  pass.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(gate.running(), 0U);
}

TEST(QueryGate, NeverLetsInMoreThanMayRunWhateverComesAtOnce) {
  QueryGate gate(3, 100);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto pass = gate.enter(Clock::now() + 20s);
        ASSERT_TRUE(pass);
        const int now = ++running;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --running;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(gate.running(), 0U);
}

}  // namespace
}  // namespace footfall::duckdb
