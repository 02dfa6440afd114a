#include "testing/memory_store.h"

#include "testing/store_contract.h"
#include "testing/store_erase_contract.h"

namespace footfall {
namespace {

class MemoryStoreUnderTest final : public StoreUnderTest {
 public:
  VisitStore& store() override { return store_; }
  std::vector<StoredVisit> visits() override { return store_.visits(); }
  std::vector<DroppedRow> dropped() override { return store_.dropped(); }
  void restart() override {}

 private:
  MemoryStore store_;
};

std::unique_ptr<StoreUnderTest> in_memory() { return std::make_unique<MemoryStoreUnderTest>(); }

INSTANTIATE_TEST_SUITE_P(MemoryStore, StoreContract, testing::Values(&in_memory));

StoreBatch batch_of_one(BatchMaker& maker) {
  maker.hit("/a");
  return maker.batch();
}

TEST(MemoryStore, AnUnclearCommitMayBeIn) {
  for (const auto fault : {MemoryStore::CommitFault::lost, MemoryStore::CommitFault::kept}) {
    MemoryStore store;
    store.fail_next_commit(fault);
    BatchMaker maker(0);
    const auto committed = store.commit(batch_of_one(maker));
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, ErrorCode::unknown_result);
    EXPECT_EQ(store.offset().error().code, ErrorCode::unknown_result);
    ASSERT_TRUE(store.reopen());
    EXPECT_EQ(*store.offset(), fault == MemoryStore::CommitFault::kept ? 1U : 0U);
  }
}

TEST(MemoryStore, ARefusedCommitIsNotInAndMayBeTriedAgain) {
  MemoryStore store;
  store.fail_next_commit(MemoryStore::CommitFault::refused);
  BatchMaker maker(0);
  const StoreBatch batch = batch_of_one(maker);
  EXPECT_EQ(store.commit(batch).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(store.commit(batch));
  EXPECT_EQ(store.visits().size(), 1U);
}

TEST(MemoryStore, ADamagedLogLosesWhatCameAfterTheCheckpoint) {
  MemoryStore store;
  BatchMaker first(0);
  ASSERT_TRUE(store.commit(batch_of_one(first)));
  ASSERT_TRUE(store.checkpoint());
  BatchMaker second(1);
  ASSERT_TRUE(store.commit(batch_of_one(second)));
  store.damage_log();
  ASSERT_TRUE(store.reopen());
  EXPECT_EQ(*store.offset(), 1U);
}

}  // namespace
}  // namespace footfall
