#include "app/edge/page_tokens.h"

#include <gtest/gtest.h>

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

TEST_F(PageTokensTest, BelongsToOneSite) {
  const std::string token = tokens_.mint("example.org", subject_site, clock_.now());
  EXPECT_EQ(check(token), TokenVerdict::forged);
  EXPECT_NE(tokens_.site_key("example.org"), tokens_.site_key("example.com"));
}

}  // namespace
}  // namespace footfall
