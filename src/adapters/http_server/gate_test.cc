#include "adapters/http_server/gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/fake_clock.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

using Told = std::vector<std::string>;

class Waiter final : public GateWaiter {
 public:
  Waiter(std::string name, Told& told) : name_(std::move(name)), told_(told) {}

 private:
  void on_durable() override { told_.push_back(name_); }
  void on_journal_failed() override { told_.push_back(name_ + " failed"); }

  std::string name_;
  Told& told_;
};

class GateTest : public testing::Test {
 protected:
  Position append() { return *journal.append("record"); }

  FakeClock clock;
  MemoryJournal journal{clock};
  Gate gate{journal};
  Told told;
  Waiter a{"a", told}, b{"b", told}, c{"c", told};
};

TEST_F(GateTest, LetsNobodyThroughBeforeItsRecordIsDurable) {
  journal.hold_commits();
  gate.wait(a, append());
  gate.open();
  EXPECT_EQ(told, Told{});
  EXPECT_FALSE(gate.is_open(0));
  journal.commit();
  EXPECT_TRUE(gate.is_open(0));
  gate.open();
  EXPECT_EQ(told, Told{"a"});
  EXPECT_TRUE(gate.empty());
}

TEST_F(GateTest, LetsThroughInTheOrderOfPositions) {
  journal.hold_commits();
  const Position first = append(), second = append(), third = append();
  gate.wait(c, third);
  gate.wait(a, first);
  gate.wait(b, second);
  journal.commit();
  gate.open();
  EXPECT_EQ(told, (Told{"a", "b", "c"}));
}

TEST_F(GateTest, HoldsBackWhatCameAfterTheCommit) {
  gate.wait(a, append());
  journal.hold_commits();
  gate.wait(b, append());
  gate.open();
  EXPECT_EQ(told, Told{"a"});
}

TEST_F(GateTest, ForgetsWhoHasLeft) {
  journal.hold_commits();
  gate.wait(a, append());
  {
    Waiter gone("gone", told);
    gate.wait(gone, append());
  }
  gate.wait(b, append());
  Gate::leave(a);
  journal.commit();
  gate.open();
  EXPECT_EQ(told, Told{"b"});
}

TEST_F(GateTest, TellsThoseNotYetDurableThatTheJournalFailed) {
  gate.wait(a, append());
  journal.hold_commits();
  gate.wait(b, append());
  journal.fail();
  gate.open();
  EXPECT_EQ(told, (Told{"a", "b failed"}));
  EXPECT_TRUE(gate.empty());
}

// --- finishing ---

// Writes down how many came in one call.
class CountingFinisher final : public Finisher {
 public:
  void finish(std::span<Response* const> responses) override {
    calls.push_back(responses.size());
    for (Response* response : responses) {
      std::get<std::string>(response->body) += response->unfinished + " of " + std::to_string(responses.size());
    }
  }
  std::vector<std::size_t> calls;
};

class AnsweringWaiter final : public GateWaiter {
 public:
  AnsweringWaiter(Finisher& finisher, std::string what, Told& told) : told_(told) {
    response_.body = std::string();
    response_.finisher = &finisher;
    response_.unfinished = std::move(what);
  }

 private:
  void on_durable() override { told_.push_back(std::get<std::string>(response_.body)); }
  void on_journal_failed() override {}
  Response* unfinished() override { return &response_; }

  Response response_;
  Told& told_;
};

TEST_F(GateTest, HasThoseThatMayGoTogetherFinishedInOneCall) {
  CountingFinisher finisher;
  AnsweringWaiter first(finisher, "first", told), second(finisher, "second", told), third(finisher, "third", told);
  journal.hold_commits();
  gate.wait(first, append());
  gate.wait(a, append());
  gate.wait(second, append());
  journal.commit();
  journal.hold_commits();
  gate.wait(third, append());
  gate.open();
  EXPECT_EQ(finisher.calls, std::vector<std::size_t>{2}) << "one that waits on is left alone";
  EXPECT_EQ(told, (Told{"first of 2", "a", "second of 2"}));
  journal.commit();
  gate.open();
  EXPECT_EQ(finisher.calls, (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(told.back(), "third of 1");
}

}  // namespace
}  // namespace footfall
