#include "testing/memory_journal.h"

#include "testing/journal_contract.h"

namespace footfall {
namespace {

class MemoryJournalUnderTest final : public JournalUnderTest {
 public:
  explicit MemoryJournalUnderTest(const Clock& clock) : journal_(clock) {}
  Journal& journal() override { return journal_; }
  void reopen() override {}
  void hold_disk() override { journal_.hold_commits(); }
  void let_disk_go() override { journal_.commit(); }
  void break_disk() override { journal_.fail(); }
  void fill_disk() override { journal_.refuse(JournalRefusal::disk_full); }
  void empty_disk() override { journal_.refuse(JournalRefusal::none); }

 private:
  MemoryJournal journal_;
};

std::unique_ptr<JournalUnderTest> in_memory(const Clock& clock) {
  return std::make_unique<MemoryJournalUnderTest>(clock);
}

INSTANTIATE_TEST_SUITE_P(MemoryJournal, JournalContract, testing::Values(&in_memory));
INSTANTIATE_TEST_SUITE_P(MemoryJournal, JournalFaultContract, testing::Values(&in_memory));

TEST(MemoryJournal, BeginsWhereItIsTold) {
  FakeClock clock;
  MemoryJournal journal(clock, 1'000);
  EXPECT_EQ(*journal.append("a"), 1'000U);
  EXPECT_EQ(journal.first(), 1'000U);
  EXPECT_EQ(journal.read_from(0)->position(), 1'000U);
}

}  // namespace
}  // namespace footfall
