#include "app/salts.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {

bool operator==(const SipKey& a, const SipKey& b) { return a.low == b.low && a.high == b.high; }

namespace {

using std::chrono::days;

class SaltsTest : public testing::Test {
 protected:
  void SetUp() override { restart(); }

  // A new process over the same file.
  void restart() {
    auto opened = Salts::open(file_, crypto_, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    salts_ = std::move(*opened);
  }
  [[nodiscard]] Day today() const { return day_of(clock_.now()); }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<Salts> salts_;
};

TEST_F(SaltsTest, AreNewEachDayAndTheSameAllDay) {
  const SipKey first = salts_->of(today());
  clock_.advance(std::chrono::hours(12));
  EXPECT_EQ(salts_->of(today()), first);
  clock_.advance(days(1));
  EXPECT_FALSE(salts_->of(today()) == first);
}

TEST_F(SaltsTest, OutliveARestartSoThatNobodyCountsTwice) {
  const SipKey today_salt = salts_->of(today());
  const SipKey yesterday_salt = salts_->of(today() - days(1));
  const SipKey lasting = salts_->lasting();
  restart();
  EXPECT_EQ(salts_->of(today()), today_salt);
  EXPECT_EQ(salts_->of(today() - days(1)), yesterday_salt);
  EXPECT_EQ(salts_->lasting(), lasting);
}

TEST_F(SaltsTest, AreGoneWhenTheDayAfterTheirsIsOver) {
  const std::string monday = to_date(today());
  const SipKey monday_salt = salts_->of(today());
  clock_.advance(days(1));
  EXPECT_EQ(salts_->of(today() - days(1)), monday_salt) << "for sessions that cross midnight";
  salts_->of(today());
  clock_.advance(days(1));
  salts_->of(today());
  EXPECT_EQ(file_.text->find(monday), std::string::npos);
  EXPECT_FALSE(salts_->of(today() - days(2)) == monday_salt) << "nobody can make those visitors again";
}

TEST_F(SaltsTest, AreGoneAlsoWhenNobodyCameSinceAndTheServerWasOff) {
  const std::string monday = to_date(today());
  salts_->of(today());
  clock_.advance(days(2));
  restart();
  EXPECT_EQ(file_.text->find(monday), std::string::npos);
}

TEST_F(SaltsTest, OfDaysLongPastAreTheSameWheneverTheirLogIsRead) {
  const Day then = *parse_date("2015-05-17");
  const SipKey salt = salts_->of(then);
  EXPECT_FALSE(salt == salts_->of(then + days(1)));
  clock_.advance(days(40));
  restart();
  EXPECT_EQ(salts_->of(then), salt);
  EXPECT_EQ(file_.text->find("2015"), std::string::npos) << "they are made from the lasting key, not kept";
}

TEST_F(SaltsTest, OfTwoInstallationsHaveNothingInCommon) {
  MemoryFile other_file;
  const auto other = Salts::open(other_file, crypto_, clock_);
  EXPECT_FALSE((*other)->lasting() == salts_->lasting());
  EXPECT_FALSE((*other)->of(today()) == salts_->of(today()));
}

TEST_F(SaltsTest, ServeOnWhenTheFileCannotBeWritten) {
  file_.refuses = true;
  const SipKey salt = salts_->of(today());
  EXPECT_EQ(salts_->of(today()), salt);
}

TEST_F(SaltsTest, AreNotMadeUpAnewFromADamagedFile) {
  for (const char* text : {"", "not JSON", "[]", R"({"lasting":7})", R"({"lasting":"short"})",
                           R"({"lasting":"AAAAAAAAAAAAAAAAAAAAAA","2026-99-99":"AAAAAAAAAAAAAAAAAAAAAA"})",
                           R"({"2026-11-21":"AAAAAAAAAAAAAAAAAAAAAA"})"}) {
    SCOPED_TRACE(text);
    MemoryFile file{text};
    const auto opened = Salts::open(file, crypto_, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  }
}

TEST_F(SaltsTest, NeedAFileThatCanBeWrittenAtTheFirstStart) {
  MemoryFile file;
  file.refuses = true;
  EXPECT_FALSE(Salts::open(file, crypto_, clock_));
}

}  // namespace
}  // namespace footfall
