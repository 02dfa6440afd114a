// The edge and the script's route together: one page view is one hit, whoever tells of it; and the keys of the edge.
#include "app/api/api_world.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class EdgeRoutes : public ApiWorld {
 protected:
  // A browser opens the page "/" and keeps its cookie; what the page is told, or "".
  std::string open(std::string_view target = "/") {
    const Answer page = get(target, sent());
    EXPECT_EQ(page.status, 200);
    keep(page);
    const std::string timing(page.header("server-timing"));
    return timing.empty() ? "" : timing.substr(9, timing.size() - 10);
  }
  Answer report(const std::string& token, const std::string& kind = "load", const std::string& more = "") {
    std::string body = R"({"n":"pageview","u":"http://example.com/","d":"example.com","t":"Hello","k":")" + kind + '"';
    if (!token.empty()) body += R"(,"tk":")" + token + '"';
    Answer answer = post("/api/event", body + more + "}", sent());
    keep(answer);
    return answer;
  }
  [[nodiscard]] Headers sent() const { return jar_.empty() ? Headers{} : Headers{{"Cookie", jar_}}; }
  void keep(const Answer& answer) {
    const std::string set = answer.header("set-cookie");
    if (keeps_cookies_ && !set.empty()) jar_ = set.substr(0, set.find(';'));
  }
  std::uint64_t views() {
    const auto reading = collector->counter("example.com", total_key);
    return reading ? reading->value : 0;
  }
  std::vector<StoredVisit> stored() {
    process();
    return store.visits();
  }

  std::string jar_;
  bool keeps_cookies_ = true;
};

TEST_F(EdgeRoutes, CountAViewOnceAndShowWhatTheScriptTold) {
  EXPECT_EQ(report(open(), "load", R"(,"p":{"plan":"gold"})").status, 202);
  EXPECT_EQ(views(), 1U);
  const auto visits = stored();
  ASSERT_EQ(visits.size(), 1U);
  EXPECT_EQ(visits[0].source, Source::edge);
  EXPECT_EQ(visits[0].title, "Hello");
  EXPECT_EQ(visits[0].props, R"({"plan":"gold"})");
}

TEST_F(EdgeRoutes, CountAReloadAsAnotherView) {
  report(open());
  report(open());
  EXPECT_EQ(views(), 2U);
  EXPECT_EQ(stored().size(), 2U);
}

TEST_F(EdgeRoutes, CountWhatReachedNoServerByTheScriptAlone) {
  const std::string token = open();
  report(token);
  for (const char* kind : {"cached", "restored", "soft", "prerendered"}) report(token, kind);
  EXPECT_EQ(views(), 5U);
  const auto visits = stored();
  ASSERT_EQ(visits.size(), 5U);
  for (const StoredVisit& visit : visits) EXPECT_EQ(visit.session, visits[0].session) << "the cookie came along";
  EXPECT_EQ(visits[1].kind, Kind::cached);
}

TEST_F(EdgeRoutes, TakeAMessageThatComesTwiceOnce) {
  const std::string token = open();
  report(token);
  EXPECT_EQ(report(token).status, 202);
  EXPECT_EQ(views(), 1U);
}

TEST_F(EdgeRoutes, FindTheHitOfAPageThatWasNotToldItsId) {
  for (const bool with_cookies : {true, false}) {
    SCOPED_TRACE(with_cookies);
    keeps_cookies_ = with_cookies;
    jar_.clear();
    const std::uint64_t before = views();
    open();
    clock.advance(seconds(3));
    report("");
    EXPECT_EQ(views(), before + 1);
    clock.advance(minutes(1));
    open();
    clock.advance(edge_view_wait + Milliseconds(1));
    report("");
    EXPECT_EQ(views(), before + 3) << "too late to be told from another view";
    clock.advance(minutes(1));
  }
}

TEST_F(EdgeRoutes, DropAViewWithABadTokenWhereOneIsNeeded) {
  Site strict = *registry->site("example.com");
  strict.protect = Protect::strict;
  ASSERT_TRUE(registry->put_site(strict));
  const std::string token = open();
  std::string other_id = token;
  other_id[0] = other_id[0] == '0' ? '1' : '0';
  for (const std::string& bad : {other_id, std::string("x"), token + "x", "-" + token.substr(token.find('.')),
                                 page_tokens.mint("example.org", "-", clock.now())}) {
    SCOPED_TRACE(bad);
    const Answer answer = report(bad);
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.header("x-footfall-dropped"), "bad_token");
  }
  clock.advance(std::chrono::hours(3));
  EXPECT_EQ(report(token).header("x-footfall-dropped"), "expired_token");
  EXPECT_EQ(views(), 1U);
}

TEST_F(EdgeRoutes, TakeATokenOfTheSiteAloneForNoHit) {
  EXPECT_EQ(report(page_tokens.mint("example.com", subject_site, clock.now())).body, "ok");
  EXPECT_EQ(views(), 1U);
}

TEST_F(EdgeRoutes, RefuseATokenThatIsNoText) {
  const Answer answer = report("", "load", R"(,"tk":7)");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field(), "token");
}

TEST_F(EdgeRoutes, KeepASessionAliveByViewsAndEventsButNotByEngagement) {
  const std::string token = open();
  const std::string first = jar_;
  clock.advance(minutes(20));
  EXPECT_EQ(report(token, "soft").status, 202);
  EXPECT_NE(jar_, first);
  clock.advance(minutes(20));
  const Answer engagement =
      post("/api/event", R"({"n":"engagement","u":"http://example.com/","d":"example.com","e":1000})", sent());
  EXPECT_EQ(engagement.status, 202);
  EXPECT_EQ(engagement.header("set-cookie"), "");
  clock.advance(minutes(5));
  open();
  const auto visits = stored();
  ASSERT_EQ(visits.size(), 3U);
  EXPECT_EQ(visits[2].session, visits[0].session);
  EXPECT_EQ(store.engagements().size(), 1U);
}

TEST_F(EdgeRoutes, BeginNoSessionForAScript) {
  EXPECT_EQ(report("").header("set-cookie"), "");
  EXPECT_EQ(last_hit().session, "");
}

TEST_F(EdgeRoutes, FindTheEdgesHitForEngagementWithAndWithoutACookie) {
  open();
  for (const bool with_cookie : {true, false}) {
    if (!with_cookie) jar_.clear();
    EXPECT_EQ(
        post("/api/event", R"({"n":"engagement","u":"http://example.com/","d":"example.com","e":4000,"sd":50})", sent())
            .status,
        202);
  }
  process();
  const auto engagements = store.engagements();
  ASSERT_EQ(engagements.size(), 2U);
  EXPECT_EQ(engagements[0].hit, 0U);
  EXPECT_EQ(engagements[1].hit, 0U);
}

TEST_F(EdgeRoutes, CountThePixelOfAPageOfTheEdgeOnce) {
  open();
  EXPECT_EQ(get("/pixel.gif?site=example.com&p=/", sent()).status, 200);
  EXPECT_EQ(views(), 1U);
  EXPECT_EQ(get("/pixel.gif?site=example.com&p=/", sent()).status, 200);
  EXPECT_EQ(views(), 2U);
}

// --- what an app of the site told its page ---

class ToldByAnApp : public EdgeRoutes {
 protected:
  // The app's server reports the view: who it was, and under which id.
  void tell(const std::string& id, const std::string& given = "") {
    as(ingest);
    EXPECT_EQ(
        post("/api/visits", R"([{"site":"example.com","path":"/","ip":"203.0.113.9","user_agent":"Firefox","id":")" +
                                id + '"' + (given.empty() ? "" : R"(,"session":")" + given + '"') + "}]")
            .status,
        202);
    as_stranger();
  }
  std::string token(const std::string& subject) { return page_tokens.mint("example.com", subject, clock.now()); }
  void protect(Protect protect) {
    Site site = *registry->site("example.com");
    site.protect = protect;
    ASSERT_TRUE(registry->put_site(site));
  }

  const std::string id_ = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
};

TEST_F(ToldByAnApp, OneViewIsOneHitWhoeverSpeaksFirst) {
  for (const bool script_first : {true, false}) {
    SCOPED_TRACE(script_first);
    const std::uint64_t before = views();
    if (script_first) report(token(id_));
    tell(id_);
    if (!script_first) report(token(id_));
    EXPECT_EQ(views(), before + 1);
    const StoredVisit visit = stored().back();
    EXPECT_EQ(visit.id, id_);
    EXPECT_EQ(visit.title, "Hello");
    EXPECT_EQ(visit.source, script_first ? Source::script : Source::api);
    clock.advance(retry_window + seconds(1));
  }
}

TEST_F(ToldByAnApp, AnIdWithoutATokenIsEnoughWhereNoneIsNeeded) {
  for (const Protect allowed : {Protect::off, Protect::origin}) {
    protect(allowed);
    const std::uint64_t before = views();
    report(id_);
    tell(id_);
    EXPECT_EQ(views(), before + 1);
    clock.advance(retry_window + seconds(1));
  }
  protect(Protect::strict);
  EXPECT_EQ(report(id_).header("x-footfall-dropped"), "bad_token");
  EXPECT_EQ(report(token(id_)).body, "ok");
  EXPECT_EQ(views(), 3U);
}

// Taken back, it would be a second visit of the same id.
TEST_F(ToldByAnApp, WhatIsSaidAgainIsKeptApartWithoutTheId) {
  report(token(id_));
  EXPECT_EQ(report(token(id_)).header("x-footfall-dropped"), "replayed");
  const auto records = recorded();
  ASSERT_TRUE(std::holds_alternative<Dropped>(records.back()));
  EXPECT_EQ(std::get<Dropped>(records.back()).hit.id, "");
}

TEST_F(ToldByAnApp, AnIdOfTheEdgeWithoutItsTokenIsNone) {
  keeps_cookies_ = false;
  const std::string edge_id = open().substr(0, 36);
  peer = *Address::parse("198.51.100.7");
  report(edge_id);
  EXPECT_EQ(views(), 2U) << "a stranger who has seen an id completes nothing";
  EXPECT_EQ(last_hit().id, "");
}

TEST_F(ToldByAnApp, TheSessionComesAlongWithEveryMessageOfThePage) {
  const std::string told = token(id_ + "_9f86d081884c7d659a2fea");
  report(told);
  tell(id_, "9f86d081884c7d659a2fea");
  report(told, "restored");
  EXPECT_EQ(
      post("/api/event", R"({"n":"signup","u":"http://example.com/","d":"example.com","tk":")" + told + "\"}").status,
      202);
  const auto visits = stored();
  ASSERT_EQ(visits.size(), 3U);
  for (const StoredVisit& visit : visits) EXPECT_EQ(visit.session, visits[0].session);
  report("", "soft");
  EXPECT_NE(stored().back().session, visits[0].session) << "and with no other";
}

TEST_F(ToldByAnApp, ASessionWithoutAProofIsNotBelieved) {
  report(id_ + "_9f86d081884c7d659a2fea");
  EXPECT_EQ(last_hit().session, "");
  EXPECT_EQ(last_hit().id, "") << "and neither is what stands before it";
}

// --- keys ---

TEST_F(EdgeRoutes, ShowKeysWithoutTheirSecretsAndRotateThem) {
  as(admin);
  const Answer before = get("/api/keys");
  EXPECT_EQ(before.status, 200);
  EXPECT_EQ(before.json().at("keys").as_array().size(), 1U);
  EXPECT_EQ(before.body.find(to_base64url(bytes_of(session_keys->all()->back().secret))), std::string::npos);
  as_stranger();
  open();
  const std::string first = jar_;
  as(admin);
  const Answer after = post("/api/keys/rotate", "");
  EXPECT_EQ(after.status, 200);
  const json::object answered = after.json();
  ASSERT_EQ(answered.at("keys").as_array().size(), 2U);
  EXPECT_EQ(answered.at("keys").at(0).at("signs"), true);
  EXPECT_EQ(answered.at("keys").at(1).at("signs"), false);
  EXPECT_EQ(answered.at("keys").at(1).at("verifies"), true);
  as_stranger();
  open();
  const auto visits = stored();
  ASSERT_EQ(visits.size(), 2U);
  EXPECT_EQ(visits[1].session, visits[0].session) << "the session goes on";
}

TEST_F(EdgeRoutes, KeepTheKeysFromOthers) {
  for (const std::string& token : {std::string(), read, ingest, this->token(Role::admin, {"example.com"})}) {
    as(token);
    EXPECT_GE(get("/api/keys").status, 401);
    EXPECT_GE(post("/api/keys/rotate", "").status, 401);
  }
  EXPECT_EQ(session_keys->all()->size(), 1U);
}

TEST_F(EdgeRoutes, GiveAnAppTheKeyOfItsSiteToMakeTokensWith) {
  as(ingest);
  const Answer answer = get("/api/page-key?site=example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.text("key"), page_tokens.site_key("example.com"));
  as(ingest_elsewhere);
  EXPECT_EQ(get("/api/page-key?site=example.com").status, 404);
  as(read);
  EXPECT_EQ(get("/api/page-key?site=example.com").status, 403);
  as_stranger();
  EXPECT_EQ(get("/api/page-key?site=example.com").status, 401);
}

}  // namespace
}  // namespace footfall
