#include "app/visit_tracker.h"

#include <gtest/gtest.h>

#include "domain/visitor.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
constexpr Milliseconds moment{1};

// Who browses what and when; the clock of the hits is `now_`.
class VisitTrackerTest : public testing::Test {
 protected:
  void SetUp() override {
    salts_ = std::move(*Salts::open(file_, crypto_, clock_));
    restart({});
  }
  void restart(const ProcessorState& state) { tracker_ = std::make_unique<VisitTracker>(*salts_, state); }

  struct Who {
    const char* ip = "203.0.113.9";
    const char* user_agent = "Firefox";
    const char* session = "";
    const char* visitor = "";
    const char* site = "example.com";
  };
  [[nodiscard]] Hit hit(const Who& who, const char* path) const {
    Hit hit;
    hit.time = now_;
    hit.site = who.site;
    hit.path = path;
    hit.ip = *Address::parse(who.ip);
    hit.user_agent = who.user_agent;
    hit.session = who.session;
    hit.visitor = who.visitor;
    return hit;
  }
  VisitTracker::Tracked see(const Who& who, const char* path = "/") {
    return tracker_->track(hit(who, path), next_position_++, rules_);
  }
  [[nodiscard]] Engagement engagement(const Who& who, const char* path) const {
    Engagement engagement;
    engagement.time = now_;
    engagement.site = who.site;
    engagement.path = path;
    engagement.ip = *Address::parse(who.ip);
    engagement.user_agent = who.user_agent;
    engagement.session = who.session;
    engagement.visitor = who.visitor;
    return engagement;
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<Salts> salts_;
  std::unique_ptr<VisitTracker> tracker_;
  SessionRules rules_;
  Instant now_ = clock_.now();
  Position next_position_ = 0;
};

// --- visitors ---

TEST_F(VisitTrackerTest, NumbersVisitorsByFirstAppearanceFromOne) {
  EXPECT_EQ(see({.ip = "203.0.113.1"}).visitor, 1U);
  EXPECT_EQ(see({.ip = "203.0.113.2"}).visitor, 2U);
  EXPECT_EQ(see({.ip = "203.0.113.1"}).visitor, 1U);
}

TEST_F(VisitTrackerTest, TellsVisitorsApartByAddressUserAgentAndSite) {
  EXPECT_EQ(see({}).visitor, 1U);
  EXPECT_EQ(see({.ip = "203.0.113.10"}).visitor, 2U);
  EXPECT_EQ(see({.user_agent = "Chromium"}).visitor, 3U);
  EXPECT_EQ(see({.site = "example.org"}).visitor, 4U);
}

TEST_F(VisitTrackerTest, DoesNotKnowAVisitorAgainTheNextDay) {
  EXPECT_EQ(see({}).visitor, 1U);
  now_ += days(1);
  clock_.set(now_);
  EXPECT_EQ(see({}).visitor, 2U);
}

TEST_F(VisitTrackerTest, KnowsAVisitorWithAnIdAgainOnAnyDayAndFromAnyAddress) {
  EXPECT_EQ(see({.visitor = "ada"}).visitor, 1U);
  now_ += days(30);
  clock_.set(now_);
  EXPECT_EQ(see({.ip = "198.51.100.1", .user_agent = "Safari", .visitor = "ada"}).visitor, 1U);
  EXPECT_EQ(see({.visitor = "bob"}).visitor, 2U);
}

TEST_F(VisitTrackerTest, TellsTheStoreOfNewVisitorsAndSessionsOnce) {
  see({.visitor = "ada"});
  see({.session = "s-1"});
  see({.session = "s-1"});
  const auto visitors = tracker_->new_visitors();
  ASSERT_EQ(visitors.size(), 2U);
  EXPECT_EQ(visitors[0].number, 1U);
  EXPECT_EQ(visitors[0].key, "ada");
  EXPECT_EQ(visitors[0].site, "example.com");
  EXPECT_EQ(visitors[0].day, day_of(now_));
  EXPECT_EQ(visitors[1].key, "");
  const auto sessions = tracker_->new_sessions();
  ASSERT_EQ(sessions.size(), 1U) << "a session without an id needs no more than its number";
  EXPECT_EQ(sessions[0].key, "s-1");
  tracker_->batch_stored();
  see({.visitor = "ada"});
  EXPECT_TRUE(tracker_->new_visitors().empty());
  EXPECT_TRUE(tracker_->new_sessions().empty());
}

// --- the two rules ---

TEST_F(VisitTrackerTest, HoldsASessionThroughThirtyQuietMinutesAndEndsItOneMillisecondLater) {
  EXPECT_EQ(see({}).session, 1U);
  now_ += minutes(30);
  EXPECT_EQ(see({}).session, 1U);
  now_ += minutes(30) + moment;
  EXPECT_EQ(see({}).session, 2U);
}

TEST_F(VisitTrackerTest, EndsABusySessionAfterTwoHours) {
  const Instant began = now_;
  for (; now_ <= began + hours(2); now_ += minutes(10)) EXPECT_EQ(see({}).session, 1U);
  now_ = began + hours(2) + moment;
  EXPECT_EQ(see({}).session, 2U);
  EXPECT_EQ(see({}).visitor, 1U) << "the visitor is the same";
}

TEST_F(VisitTrackerTest, FollowsTheRulesOfTheSite) {
  rules_ = {.idle = minutes(1), .max = minutes(2)};
  EXPECT_EQ(see({}).session, 1U);
  now_ += minutes(1) + moment;
  EXPECT_EQ(see({}).session, 2U);
}

TEST_F(VisitTrackerTest, KeepsTheSessionsOfTwoVisitorsApart) {
  EXPECT_EQ(see({.ip = "203.0.113.1"}).session, 1U);
  EXPECT_EQ(see({.ip = "203.0.113.2"}).session, 2U);
  EXPECT_EQ(see({.ip = "203.0.113.1"}).session, 1U);
}

TEST_F(VisitTrackerTest, EndsNobodysVisitAtMidnight) {
  const Instant midnight = Instant(day_of(now_) + days(1));
  now_ = midnight - minutes(5);
  const auto before = see({});
  now_ = midnight + minutes(5);
  clock_.set(now_);
  const auto after = see({});
  EXPECT_EQ(after.session, before.session);
  EXPECT_EQ(after.visitor, before.visitor);
  now_ += minutes(31);
  const auto later = see({});
  EXPECT_NE(later.session, before.session);
  EXPECT_NE(later.visitor, before.visitor) << "a visit that begins today is made by a visitor of today";
}

TEST_F(VisitTrackerTest, StartsAfreshAfterMidnightWhenTheNightWasQuiet) {
  const Instant midnight = Instant(day_of(now_) + days(1));
  now_ = midnight - minutes(20);
  const auto before = see({});
  now_ = midnight + minutes(10) + moment;
  clock_.set(now_);
  EXPECT_NE(see({}).visitor, before.visitor);
}

// --- sessions that came with the hit ---

TEST_F(VisitTrackerTest, TakesASessionThatCameWithTheHitHoweverQuiet) {
  const auto first = see({.session = "s-1"});
  now_ += hours(5);
  EXPECT_EQ(see({.session = "s-1"}).session, first.session) << "who gave it has decided";
  EXPECT_NE(see({.session = "s-2"}).session, first.session);
  EXPECT_NE(see({.session = "s-1", .site = "example.org"}).session, first.session);
  EXPECT_NE(see({}).session, first.session) << "the visitor's own session is another";
}

// --- engagement ---

TEST_F(VisitTrackerTest, FindsTheNewestViewOfThePathInTheSession) {
  see({}, "/a");
  see({}, "/b");
  const auto session = see({}, "/a").session;
  now_ += minutes(2);
  const auto completed = tracker_->complete(engagement({}, "/a"));
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->hit, 2U);
  EXPECT_EQ(completed->session, session);
  EXPECT_EQ(tracker_->complete(engagement({}, "/b"))->hit, 1U);
}

TEST_F(VisitTrackerTest, FindsNoViewForEngagementOfAnotherPageVisitorOrSession) {
  see({}, "/a");
  see({.session = "s-1"}, "/b");
  EXPECT_FALSE(tracker_->complete(engagement({}, "/never")));
  EXPECT_FALSE(tracker_->complete(engagement({.ip = "203.0.113.77"}, "/a")));
  EXPECT_FALSE(tracker_->complete(engagement({.session = "s-9"}, "/a")));
  EXPECT_TRUE(tracker_->complete(engagement({.session = "s-1"}, "/b")));
}

TEST_F(VisitTrackerTest, FindsTheViewOfTheVisitorsNewestGivenSessionForAScriptWithoutOne) {
  see({}, "/a");
  see({.session = "s-1"}, "/b");
  see({.session = "s-2"}, "/c");
  EXPECT_EQ(tracker_->complete(engagement({}, "/a"))->hit, 0U) << "its own comes first";
  EXPECT_EQ(tracker_->complete(engagement({}, "/c"))->hit, 2U);
  EXPECT_FALSE(tracker_->complete(engagement({}, "/b"))) << "that session has been followed by another";
  EXPECT_FALSE(tracker_->complete(engagement({.ip = "203.0.113.77"}, "/c")));
}

TEST_F(VisitTrackerTest, FindsTheViewOfYesterdayEvening) {
  const Instant midnight = Instant(day_of(now_) + days(1));
  now_ = midnight - minutes(1);
  see({}, "/a");
  now_ = midnight + minutes(1);
  clock_.set(now_);
  EXPECT_EQ(tracker_->complete(engagement({}, "/a"))->hit, 0U);
}

TEST_F(VisitTrackerTest, DoesNotCompleteEventsOrLogLines) {
  Hit event = hit({}, "/a");
  event.kind = Kind::event;
  tracker_->track(event, 0, rules_);
  Hit line = hit({}, "/b");
  line.source = Source::log;
  tracker_->track(line, 1, rules_);
  EXPECT_FALSE(tracker_->complete(engagement({}, "/a")));
  EXPECT_FALSE(tracker_->complete(engagement({}, "/b")));
}

TEST_F(VisitTrackerTest, RemembersTheLastSixteenPagesOfASession) {
  std::vector<std::string> paths;
  for (int i = 0; i < 17; ++i) paths.push_back("/" + std::to_string(i));
  for (const std::string& path : paths) see({}, path.c_str());
  EXPECT_FALSE(tracker_->complete(engagement({}, "/0")));
  EXPECT_TRUE(tracker_->complete(engagement({}, "/1")));
  EXPECT_TRUE(tracker_->complete(engagement({}, "/16")));
}

// --- restarts ---

TEST_F(VisitTrackerTest, GoesOnAfterARestartFromWhatTheStoreKept) {
  const auto plain = see({}, "/a");
  const auto given = see({.session = "s-1", .visitor = "ada"}, "/b");
  const SipKey salt = salts_->of(day_of(now_));
  ProcessorState state;
  state.next_visitor = 3;
  state.next_session = 3;
  const std::uint64_t hash = visitor_hash(salt, "example.com", *Address::parse("203.0.113.9"), "Firefox");
  const std::uint64_t ada = given_visitor_hash(salts_->lasting(), "example.com", "ada");
  state.visitors = {{1, "example.com", day_of(now_), hash, ""}, {2, "example.com", day_of(now_), ada, "ada"}};
  state.sessions = {{1, 1, "", now_, now_, {{"/a", 0}}}, {2, 2, "s-1", now_, now_, {{"/b", 1}}}};
  restart(state);

  now_ += minutes(30);
  EXPECT_EQ(tracker_->complete(engagement({}, "/a"))->hit, 0U);
  EXPECT_EQ(see({}).session, plain.session);
  EXPECT_EQ(see({.session = "s-1", .visitor = "ada"}).session, given.session);
  EXPECT_EQ(see({.visitor = "ada"}).visitor, given.visitor);
  EXPECT_TRUE(tracker_->new_visitors().empty());
  const auto fresh = see({.ip = "203.0.113.77"});
  EXPECT_EQ(fresh.visitor, 3U);
  EXPECT_EQ(fresh.session, 4U) << "ada's own session was the third";
}

TEST_F(VisitTrackerTest, TakesUpTheNewestOfAVisitorsSessions) {
  const std::uint64_t hash =
      visitor_hash(salts_->of(day_of(now_)), "example.com", *Address::parse("203.0.113.9"), "Firefox");
  ProcessorState state;
  state.next_visitor = 2;
  state.next_session = 3;
  state.visitors = {{1, "example.com", day_of(now_), hash, ""}};
  state.sessions = {{2, 1, "", now_ - minutes(10), now_ - minutes(5), {}},
                    {1, 1, "", now_ - hours(3), now_ - hours(2), {}}};
  restart(state);
  EXPECT_EQ(see({}).session, 2U);
}

}  // namespace
}  // namespace footfall
