#include "app/edge/session_keys.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

class SessionKeysTest : public testing::Test {
 protected:
  std::unique_ptr<SessionKeys> open() {
    auto opened = SessionKeys::open(file_, crypto_, clock_);
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<SessionKeys> keys_ = open();
};

TEST_F(SessionKeysTest, MakesAKeyAtTheFirstStartAndFindsItAgain) {
  ASSERT_EQ(keys_->all()->size(), 1U);
  EXPECT_EQ(keys_->all()->back().id, "1");
  EXPECT_EQ(keys_->all()->back().secret.size(), 32U);
  EXPECT_EQ(open()->all()->back().secret, keys_->all()->back().secret);
}

TEST_F(SessionKeysTest, KeepsTheOldKeyForAsLongAsWhatItSignedMayLive) {
  clock_.advance(std::chrono::hours(24));
  ASSERT_TRUE(keys_->rotate());
  const auto keys = keys_->all();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->back().id, "2");
  EXPECT_NE(keys->front().secret, keys->back().secret);
  clock_.advance(key_overlap);
  EXPECT_TRUE(keys_->verifies(keys->front()));
  clock_.advance(Milliseconds(1));
  EXPECT_FALSE(keys_->verifies(keys->front()));
  EXPECT_TRUE(keys_->verifies(keys->back())) << "the key that signs, however old";
  ASSERT_TRUE(keys_->rotate());
  ASSERT_EQ(keys_->all()->size(), 2U) << "a key that verifies no more leaves the file";
  EXPECT_EQ(keys_->all()->front().id, "2");
  EXPECT_EQ(keys_->all()->back().id, "3");
}

TEST_F(SessionKeysTest, SeesARotationOfAnotherProcessAndLosesNone) {
  const auto other = open();
  ASSERT_TRUE(other->rotate());
  EXPECT_EQ(keys_->all()->back().id, "1");
  ASSERT_TRUE(keys_->refresh());
  EXPECT_EQ(keys_->all()->back().id, "2");
  ASSERT_TRUE(other->rotate());
  ASSERT_TRUE(keys_->rotate());
  EXPECT_EQ(keys_->all()->back().id, "4");
  EXPECT_EQ(keys_->all()->size(), 4U);
}

TEST_F(SessionKeysTest, KeepsTheOldKeyWhenTheNewOneCannotBeKept) {
  file_.refuses = true;
  EXPECT_EQ(keys_->rotate().error().code, ErrorCode::unavailable);
  EXPECT_EQ(keys_->all()->size(), 1U);
  EXPECT_FALSE(keys_->all()->back().retired);
}

TEST_F(SessionKeysTest, DoesNotOpenADamagedFile) {
  for (const char* text : {"", "{", "[]", "{}", R"({"keys":[]})", R"({"keys":[{"id":"1"}]})",
                           R"({"keys":[{"id":"1","secret":"AAAA","made":"2026-11-21T09:03:00Z"}]})"}) {
    SCOPED_TRACE(text);
    MemoryFile file{text};
    const auto opened = SessionKeys::open(file, crypto_, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  }
}

TEST_F(SessionKeysTest, KeepsWhatItKnewWhenTheFileIsDamagedLater) {
  ASSERT_TRUE(file_.replace("{"));
  EXPECT_EQ(keys_->refresh().error().code, ErrorCode::corrupt);
  EXPECT_EQ(keys_->all()->size(), 1U);
}

}  // namespace
}  // namespace footfall
