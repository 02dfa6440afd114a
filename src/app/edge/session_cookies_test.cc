#include "app/edge/session_cookies.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

// The cases of one cookie are tests/vectors/session_cookie.json; here is what keys and clocks do to it.
class SessionCookiesTest : public testing::Test {
 protected:
  std::optional<EdgeSession> read(std::vector<std::string> cookies, std::string_view host = "example.com") {
    std::vector<HeaderView> headers{{"Host", host}};
    for (const std::string& cookie : cookies) headers.push_back({"cookie", cookie});
    Request request;
    request.headers = headers;
    return cookies_.read(request, site_, clock_.now());
  }
  // "footfall=…", as a browser sends it back.
  std::string set(const EdgeSession& session) {
    const std::array<HeaderView, 1> headers{{{"Host", "example.com"}}};
    Request request;
    request.headers = headers;
    const std::string header = cookies_.header(request, site_, session);
    return header.substr(0, header.find(';'));
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<SessionKeys> keys_ = std::move(*SessionKeys::open(file_, crypto_, clock_));
  SessionCookies cookies_{*keys_, crypto_};
  Site site_{"example.com", {}};
};

TEST_F(SessionCookiesTest, GivesEveryVisitorAnotherSession) {
  const EdgeSession one = cookies_.fresh(clock_.now()), two = cookies_.fresh(clock_.now());
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(one.started, one.seen);
  EXPECT_TRUE(is_short_base64(one.id));
}

TEST_F(SessionCookiesTest, KnowsASessionThroughARotationOfKeys) {
  const std::string cookie = set(cookies_.fresh(clock_.now()));
  ASSERT_TRUE(keys_->rotate());
  auto session = read({cookie});
  ASSERT_TRUE(session);
  EXPECT_NE(set(*session), cookie) << "the new key signs what is refreshed";
  EXPECT_EQ(read({set(*session)})->id, session->id);
}

TEST_F(SessionCookiesTest, ForgetsWhatAKeyLongRetiredHasSigned) {
  site_.rules.idle = site_.rules.max = std::chrono::hours(24);
  const std::string cookie = set(cookies_.fresh(clock_.now()));
  ASSERT_TRUE(keys_->rotate());
  clock_.advance(key_overlap);
  EXPECT_TRUE(read({cookie}));
  clock_.advance(Milliseconds(1));
  EXPECT_FALSE(read({cookie}));
}

TEST_F(SessionCookiesTest, LooksIntoEveryCookieHeader) {
  const std::string cookie = set(cookies_.fresh(clock_.now()));
  EXPECT_TRUE(read({"a=b", cookie}));
  EXPECT_TRUE(read({"footfall=broken", cookie}));
  EXPECT_FALSE(read({"a=b"}));
}

TEST_F(SessionCookiesTest, HasNoneAtAnotherHost) {
  const std::string cookie = set(cookies_.fresh(clock_.now()));
  EXPECT_FALSE(read({cookie}, "www.example.com"));
  EXPECT_FALSE(read({cookie}, ""));
}

TEST(ConstantTime, ComparesAsUsual) {
  EXPECT_TRUE(equals_in_constant_time("", ""));
  EXPECT_TRUE(equals_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equals_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equals_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace footfall
