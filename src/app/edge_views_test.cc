#include "app/edge_views.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::seconds;

class EdgeViewsTest : public testing::Test {
 protected:
  struct View {
    const char* path = "/a";
    const char* session = "";
    const char* ip = "203.0.113.9";
    const char* user_agent = "Firefox";
    const char* site = "example.com";
  };
  static Hit hit(const View& view) {
    Hit hit;
    hit.site = view.site;
    hit.path = view.path;
    hit.session = view.session;
    hit.ip = *Address::parse(view.ip);
    hit.user_agent = view.user_agent;
    return hit;
  }
  Position edge(const View& view) {
    views_.add(hit(view), next_, now_);
    return next_++;
  }
  std::optional<Position> script(const View& view) { return views_.take(hit(view), now_); }

  EdgeViews views_{SipKey{1, 2}};
  Position next_ = 10;
  Instant now_ = instant_of(1'795'251'780'000);
};

TEST_F(EdgeViewsTest, FindsAViewBySessionOnce) {
  const Position seen = edge({.session = "s"});
  EXPECT_EQ(script({.session = "s", .ip = "198.51.100.1", .user_agent = "other"}), seen);
  EXPECT_EQ(script({.session = "s"}), std::nullopt) << "the second view is one of its own";
}

TEST_F(EdgeViewsTest, FindsItByAddressAndUserAgentWhereTheScriptHasNoSession) {
  const Position seen = edge({.session = "s"});
  EXPECT_EQ(script({.ip = "203.0.113.10"}), std::nullopt);
  EXPECT_EQ(script({.user_agent = "Safari"}), std::nullopt);
  EXPECT_EQ(script({}), seen);
  EXPECT_EQ(script({.session = "s"}), std::nullopt) << "it is gone under both names";
}

TEST_F(EdgeViewsTest, FindsItByAddressAndUserAgentWhereTheEdgeHadNoSession) {
  const Position seen = edge({});
  EXPECT_EQ(script({.session = "begun since"}), seen);
}

TEST_F(EdgeViewsTest, TellsSitesAndPathsApart) {
  edge({.path = "/a", .session = "s"});
  EXPECT_EQ(script({.path = "/b", .session = "s"}), std::nullopt);
  EXPECT_EQ(script({.session = "s", .site = "example.org"}), std::nullopt);
}

TEST_F(EdgeViewsTest, LeavesOutTheFragmentThatNoServerSees) {
  const Position seen = edge({.path = "/app"});
  EXPECT_EQ(script({.path = "/app#/inbox"}), seen);
}

TEST_F(EdgeViewsTest, GivesTheOldestFirst) {
  const Position first = edge({.session = "s"});
  const Position second = edge({.session = "s"});
  EXPECT_EQ(script({.session = "s"}), first);
  EXPECT_EQ(script({.session = "s"}), second);
  EXPECT_EQ(script({.session = "s"}), std::nullopt);
}

TEST_F(EdgeViewsTest, DoesNotGiveWhatItsIdHasNamed) {
  const Position first = edge({.session = "s"});
  const Position second = edge({.session = "s"});
  views_.consume(first);
  views_.consume(999);
  EXPECT_EQ(script({.session = "s"}), second);
}

TEST_F(EdgeViewsTest, WaitsThirtySeconds) {
  const Position seen = edge({});
  now_ += edge_view_wait;
  EXPECT_EQ(script({}), seen);
  edge({});
  now_ += edge_view_wait + Milliseconds(1);
  EXPECT_EQ(script({}), std::nullopt);
  EXPECT_EQ(views_.size(), 0U);
}

TEST_F(EdgeViewsTest, ForgetsTheOldestOfTooMany) {
  for (std::size_t i = 0; i < edge_views_max + 5; ++i) edge({});
  EXPECT_EQ(views_.size(), edge_views_max);
  EXPECT_EQ(script({}), 10U + 5U);
}

// Against the plainest way to say the same: a list that is searched from its beginning.
TEST_F(EdgeViewsTest, AgreesWithAPlainList) {
  struct Plain {
    Position position;
    Instant recorded;
    std::string path, session, agent;
  };
  std::deque<Plain> plain;
  std::uint64_t seed = 7;
  const auto pick = [&](std::uint64_t below) {
    seed = seed * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    return (seed >> 33U) % below;
  };
  constexpr std::array<const char*, 2> paths{"/a", "/b"};
  constexpr std::array<const char*, 3> sessions{"", "s", "t"};
  constexpr std::array<const char*, 2> agents{"x", "y"};
  for (int step = 0; step < 50'000; ++step) {
    now_ += Milliseconds(pick(2'000));
    std::erase_if(plain, [&](const Plain& one) { return one.recorded < now_ - edge_view_wait; });
    const View view{.path = paths.at(pick(2)), .session = sessions.at(pick(3)), .user_agent = agents.at(pick(2))};
    const std::uint64_t what = pick(5);
    if (what < 2) {
      const Position position = edge(view);
      plain.push_back({position, now_, view.path, view.session, view.user_agent});
    } else if (what == 2 && !plain.empty()) {
      const auto named = plain.begin() + static_cast<std::ptrdiff_t>(pick(plain.size()));
      views_.consume(named->position);
      plain.erase(named);
    } else {
      auto found = plain.end();
      if (*view.session != '\0') {
        found = std::find_if(plain.begin(), plain.end(),
                             [&](const Plain& one) { return one.path == view.path && one.session == view.session; });
      }
      if (found == plain.end()) {
        found = std::find_if(plain.begin(), plain.end(),
                             [&](const Plain& one) { return one.path == view.path && one.agent == view.user_agent; });
      }
      const auto taken = script(view);
      ASSERT_EQ(taken, found == plain.end() ? std::nullopt : std::optional(found->position)) << "step " << step;
      if (found != plain.end()) plain.erase(found);
    }
  }
}

}  // namespace
}  // namespace footfall
