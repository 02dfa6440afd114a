#include "app/edge/page_tokens.h"

#include <gtest/gtest.h>

#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

// The cases of one token are tests/vectors/page_token.json; here is what keys and clocks do to it.
class PageTokensTest : public testing::Test {
 protected:
  TokenVerdict check(std::string_view token) { return tokens_.check("example.com", token, clock_.now()).verdict; }

  FakeClock clock_{instant_of(1'795'251'600'000)};  // 2026-11-21T09:00:00Z
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<SessionKeys> keys_ = std::move(*SessionKeys::open(file_, crypto_, clock_));
  PageTokens tokens_{*keys_, crypto_};
};

TEST_F(PageTokensTest, HoldsForOneToTwoHours) {
  const std::string token = tokens_.mint("example.com", subject_site, clock_.now());
  clock_.advance(std::chrono::hours(2) - Milliseconds(1));
  EXPECT_EQ(check(token), TokenVerdict::good);
  clock_.advance(Milliseconds(1));
  EXPECT_EQ(check(token), TokenVerdict::expired);
}

TEST_F(PageTokensTest, BelievesAnAppWhoseClockIsAheadOfTheHour) {
  const std::string token = tokens_.mint("example.com", subject_site, clock_.now() + std::chrono::hours(1));
  EXPECT_EQ(check(token), TokenVerdict::forged);
  clock_.advance(std::chrono::minutes(55));
  EXPECT_EQ(check(token), TokenVerdict::good);
}

TEST_F(PageTokensTest, HoldsThroughARotationOfKeys) {
  const std::string token = tokens_.mint("example.com", subject_site, clock_.now());
  const std::string key = tokens_.site_key("example.com");
  ASSERT_TRUE(keys_->rotate());
  EXPECT_EQ(check(token), TokenVerdict::good);
  EXPECT_NE(tokens_.site_key("example.com"), key);
  EXPECT_NE(tokens_.mint("example.com", subject_site, clock_.now()), token);
}

TEST(ViewSubjectTest, IsAHitAndPerhapsTheSessionThatAnAppGave) {
  const std::string hit = "019a9f1e-5aa0-7c3d-8f00-0123456789ab";
  struct Row {
    const char* because;
    std::string subject, hit, session;
  };
  for (const Row& row : {Row{"a hit", hit, hit, ""}, Row{"a hit and a session", hit + "_s-1_x", hit, "s-1_x"},
                         Row{"no session behind the sign", hit + "_", hit, ""},
                         Row{"the longest session", hit + "_" + std::string(64, 's'), hit, std::string(64, 's')},
                         Row{"a longer one", hit + "_" + std::string(65, 's'), "", ""},
                         Row{"something behind the hit", hit + "x", "", ""}, Row{"a session alone", "q83vEjRW", "", ""},
                         Row{"the site alone", "-", "", ""}, Row{"nothing", "", "", ""}}) {
    SCOPED_TRACE(row.because);
    const ViewSubject read = read_subject(row.subject);
    EXPECT_EQ(read.hit, row.hit);
    EXPECT_EQ(read.session, row.session);
  }
}

TEST_F(PageTokensTest, HoldsTheLongestSessionOfAnApp) {
  const std::string subject = "019a9f1e-5aa0-7c3d-8f00-0123456789ab_" + std::string(given_id_bytes_max, 's');
  const std::string token = tokens_.mint("example.com", subject, clock_.now());
  EXPECT_EQ(check(token), TokenVerdict::good);
  EXPECT_EQ(tokens_.check("example.com", token, clock_.now()).subject, subject);
  EXPECT_EQ(check(tokens_.mint("example.com", subject + std::string(page_token_bytes_max, 's'), clock_.now())),
            TokenVerdict::malformed);
}

TEST_F(PageTokensTest, BelongsToOneSite) {
  const std::string token = tokens_.mint("example.org", subject_site, clock_.now());
  EXPECT_EQ(check(token), TokenVerdict::forged);
  EXPECT_NE(tokens_.site_key("example.org"), tokens_.site_key("example.com"));
}

}  // namespace
}  // namespace footfall
