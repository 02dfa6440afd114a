#include "base/guarded.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace footfall {
namespace {

TEST(Guarded, LetsOneThreadInAtATime) {
  Guarded<int> number;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 1'000; ++turn) number.with([](int& value) { ++value; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(number.with([](int value) { return value; }), 4'000);
}

TEST(Guarded, GivesBackWhatTheUserOfItReturns) {
  Guarded<std::string> text("a");
  EXPECT_EQ(text.with([](std::string& value) { return value += "b"; }), "ab");
  const Guarded<std::string>& constant = text;
  EXPECT_EQ(constant.with([](const std::string& value) { return value.size(); }), 2U);
}

TEST(Guarded, HoldsWhatCanOnlyBeMoved) {
  Guarded<std::unique_ptr<int>> guarded(std::make_unique<int>(7));
  EXPECT_EQ(guarded.with([](std::unique_ptr<int>& value) { return *value; }), 7);
}

}  // namespace
}  // namespace footfall
