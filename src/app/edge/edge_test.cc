#include "app/edge/edge.h"

#include <gtest/gtest.h>

#include <map>

#include "app/edge/page_session.h"
#include "base/text.h"
#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Headers = std::vector<HeaderView>;

// One browser before the edge of example.com; behind it a server that answers every page alike.
class EdgeTest : public testing::Test {
 protected:
  EdgeTest() { put({"example.com", {}}); }

  void put(const Site& site) { ASSERT_TRUE(registry_->put_site(site)); }
  void mode(SessionMode mode) {
    Site site{"example.com", {}};
    site.session = mode;
    put(site);
  }

  struct Answer {
    int status = 0;
    std::multimap<std::string, std::string> headers;
    std::string body;
    std::optional<Position> after;
    [[nodiscard]] std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
    [[nodiscard]] std::string cookie() const {
      const std::string set = header("set-cookie");
      return set.substr(0, set.find(';'));
    }
    // What the page is told: `ID.E.MAC`, or "".
    [[nodiscard]] std::string token() const {
      const std::string timing = header("server-timing");
      return timing.size() < 10 ? "" : timing.substr(9, timing.size() - 10);
    }
  };
  Answer ask(std::string_view target, Headers headers = {}, Method method = Method::get) {
    Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    request.query = target.find('?') == std::string_view::npos ? "" : target.substr(target.find('?') + 1);
    headers.push_back({"Host", host_});
    headers.push_back({"User-Agent", "Firefox"});
    if (!jar_.empty()) headers.push_back({"Cookie", jar_});
    request.headers = headers;
    request.peer = *Address::parse("203.0.113.9");
    request.secure = secure_;
    Response response = edge_->serve(request, [&](const Request&, const Site* site) {
      ++pages_made_;
      served_ = site == nullptr ? "" : site->name;
      Response page;
      page.status = status_;
      if (!type_.empty()) page.headers.push_back({"content-type", type_});
      if (!caching_.empty()) page.headers.push_back({"cache-control", caching_});
      page.headers.push_back({"cdn-cache-control", "max-age=600"});
      page.body = std::string("page");
      return page;
    });
    Answer answer{response.status, {}, std::get<std::string>(response.body), response.after};
    for (const Header& header : response.headers) answer.headers.emplace(header.name, header.value);
    return answer;
  }
  // As a browser that keeps its cookies opens a page: with the redirect, if there is one.
  Answer open(std::string target, const Headers& headers = {}) {
    for (int redirects = 0;; ++redirects) {
      Answer answer = ask(target, headers);
      if (!answer.cookie().empty()) jar_ = answer.cookie();
      if (answer.status != 302) return answer;
      EXPECT_LT(redirects, 1) << "a loop";
      if (redirects == 1) return answer;
      target = answer.header("location");
    }
  }

  std::vector<Hit> hits() {
    reader_ = journal_.read_from(0);
    std::vector<Hit> hits;
    const auto entries = reader_->read(1'000);
    for (const JournalRecord& entry : *entries) hits.push_back(std::get<Hit>(*decode(entry.bytes)));
    return hits;
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile registry_file_, keys_file_;
  std::unique_ptr<Registry> registry_ = std::move(*Registry::open(registry_file_, crypto_, clock_));
  std::unique_ptr<SessionKeys> keys_ = std::move(*SessionKeys::open(keys_file_, crypto_, clock_));
  SessionCookies cookies_{*keys_, crypto_};
  PageTokens tokens_{*keys_, crypto_};
  PublicIds ids_{SipKey{1, 2}};
  MemoryJournal journal_{clock_};
  std::unique_ptr<JournalReader> reader_;
  std::unique_ptr<Collector> collector_ = std::move(*Collector::restore(journal_, clock_, SipKey{3, 4}, {}));
  std::unique_ptr<Edge> edge_ =
      std::make_unique<Edge>(*registry_, cookies_, tokens_, ids_, *collector_, clock_, nullptr);

  // What the browser and the server behind are like.
  std::string jar_;
  std::string_view host_ = "example.com";
  bool secure_ = false;
  int status_ = 200;
  std::string type_ = "text/html; charset=utf-8";
  std::string caching_ = "public, max-age=0, must-revalidate";
  int pages_made_ = 0;
  std::string served_;
};

// --- sessions: response ---

TEST_F(EdgeTest, GivesASessionOnTheFirstResponse) {
  const Answer first = ask("/a");
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(first.header("set-cookie").starts_with("footfall=1."));
  EXPECT_TRUE(first.header("set-cookie").ends_with("; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax"));
  jar_ = first.cookie();
  ask("/b");
  const auto recorded = hits();
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_TRUE(is_short_base64(recorded[0].session));
  EXPECT_EQ(recorded[1].session, recorded[0].session) << "the first page belongs to the session that it began";
}

TEST_F(EdgeTest, NamesTheCookieForItsHostAloneOverHttps) {
  secure_ = true;
  EXPECT_TRUE(ask("/").header("set-cookie").starts_with("__Host-footfall=1."));
  EXPECT_NE(ask("/").header("set-cookie").find("; Secure"), std::string::npos);
}

TEST_F(EdgeTest, RefreshesTheSessionWithEveryPage) {
  const std::string first = open("/").cookie();
  clock_.advance(minutes(29));
  const std::string second = open("/").cookie();
  EXPECT_NE(second, first);
  clock_.advance(minutes(29));
  open("/");
  const auto recorded = hits();
  ASSERT_EQ(recorded.size(), 3U);
  EXPECT_EQ(recorded[2].session, recorded[0].session) << "58 minutes, and no quiet of 30";
}

TEST_F(EdgeTest, EndsASessionAfterThirtyQuietMinutes) {
  open("/");
  clock_.advance(minutes(30));
  open("/");
  clock_.advance(minutes(30) + seconds(1));
  open("/");
  const auto recorded = hits();
  EXPECT_EQ(recorded[1].session, recorded[0].session);
  EXPECT_NE(recorded[2].session, recorded[0].session);
}

TEST_F(EdgeTest, EndsASessionAfterTwoHours) {
  open("/");
  for (int quarter = 0; quarter < 8; ++quarter) {
    clock_.advance(minutes(15));
    open("/");
  }
  clock_.advance(seconds(1));
  open("/");
  const auto recorded = hits();
  ASSERT_EQ(recorded.size(), 10U);
  EXPECT_EQ(recorded[8].session, recorded[0].session) << "two hours to the second";
  EXPECT_NE(recorded[9].session, recorded[0].session);
}

TEST_F(EdgeTest, EndsASessionByTheRulesOfTheSite) {
  put({"example.com", {seconds(10), seconds(20)}});
  EXPECT_NE(open("/").header("set-cookie").find("Max-Age=20;"), std::string::npos);
  clock_.advance(seconds(11));
  open("/");
  EXPECT_NE(hits()[1].session, hits()[0].session);
}

TEST_F(EdgeTest, TakesABrokenOrForgedCookieForNone) {
  open("/");
  const std::string good = jar_;
  for (const std::string& bad : {std::string("footfall="), std::string("footfall=x"), good + "x",
                                 "footfall=" + std::string(5'000, 'A'), good.substr(0, good.size() - 1)}) {
    jar_ = bad;
    EXPECT_EQ(ask("/").status, 200);
    EXPECT_NE(hits().back().session, hits().front().session);
  }
}

TEST_F(EdgeTest, BeginsNoSessionForWhatGoesAlongWithAPage) {
  for (const char* dest : {"iframe", "empty", "image", "script"}) {
    SCOPED_TRACE(dest);
    EXPECT_EQ(ask("/data.json", {{"Sec-Fetch-Dest", dest}}).cookie(), "");
    EXPECT_EQ(hits().back().session, "");
  }
  open("/", {{"Sec-Fetch-Dest", "document"}});
  EXPECT_NE(ask("/data.json", {{"Sec-Fetch-Dest", "empty"}}).cookie(), "") << "but one that is there goes on";
  EXPECT_EQ(hits().back().session, hits()[4].session);
}

TEST_F(EdgeTest, GivesNoCookieWithWhatIsNoPage) {
  EXPECT_EQ(ask("/style.css").cookie(), "");
  EXPECT_EQ(ask("/", {}, Method::head).cookie(), "");
  EXPECT_EQ(ask("/", {}, Method::post).cookie(), "");
  type_ = "image/png";
  EXPECT_EQ(ask("/photo").cookie(), "");
  type_ = "text/html";
  status_ = 404;
  EXPECT_EQ(ask("/gone").cookie(), "");
  EXPECT_TRUE(hits().empty());
}

TEST_F(EdgeTest, GivesNoSessionWhereTheSiteWantsNone) {
  mode(SessionMode::off);
  const Answer answer = ask("/");
  EXPECT_EQ(answer.cookie(), "");
  EXPECT_NE(answer.token(), "");
  EXPECT_EQ(hits().at(0).session, "");
}

// --- sessions: redirect ---

TEST_F(EdgeTest, RedirectsTheFirstVisitOnceAndLandsWithTheCookie) {
  mode(SessionMode::redirect);
  const Answer first = ask("/a?x=1&y=%20");
  EXPECT_EQ(first.status, 302);
  EXPECT_EQ(first.header("location"), "/a?x=1&y=%20&ff=1");
  EXPECT_EQ(first.header("cache-control"), "no-store");
  EXPECT_NE(first.cookie(), "");
  EXPECT_EQ(pages_made_, 0);
  EXPECT_TRUE(hits().empty()) << "a redirect shows nothing";
  jar_ = first.cookie();
  EXPECT_EQ(ask(first.header("location")).status, 200);
  EXPECT_EQ(ask("/b").status, 200) << "the second visit is not redirected";
  const auto recorded = hits();
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_EQ(recorded[0].path, "/a");
  EXPECT_EQ(recorded[0].query, "x=1&y=%20") << "the marker is never stored";
  EXPECT_EQ(recorded[1].session, recorded[0].session);
  EXPECT_TRUE(is_short_base64(recorded[0].session));
}

TEST_F(EdgeTest, ServesWithoutASessionWhoeverKeepsNoCookie) {
  mode(SessionMode::redirect);
  const Answer first = ask("/a");
  EXPECT_EQ(first.header("location"), "/a?ff=1");
  const Answer second = ask("/a?ff=1");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.cookie(), "");
  ASSERT_EQ(hits().size(), 1U);
  EXPECT_EQ(hits()[0].session, "");
  EXPECT_EQ(hits()[0].query, "");
}

TEST_F(EdgeTest, BeginsANewSessionByARedirectWhenOneHasEnded) {
  mode(SessionMode::redirect);
  open("/");
  clock_.advance(minutes(31));
  EXPECT_EQ(ask("/").status, 302);
  open("/");
  EXPECT_NE(hits()[1].session, hits()[0].session);
}

TEST_F(EdgeTest, RedirectsDocumentsAlone) {
  mode(SessionMode::redirect);
  EXPECT_EQ(ask("/", {}, Method::head).status, 200);
  EXPECT_EQ(ask("/", {}, Method::post).status, 200);
  EXPECT_EQ(ask("/style.css").status, 200);
  for (const char* dest : {"iframe", "empty", "image"}) EXPECT_EQ(ask("/", {{"Sec-Fetch-Dest", dest}}).status, 200);
  EXPECT_EQ(ask("/", {{"Sec-Purpose", "prefetch"}}).status, 200);
  EXPECT_EQ(ask("/", {{"Sec-Fetch-Dest", "document"}}).status, 302);
}

TEST_F(EdgeTest, NeverRedirectsToAnotherHost) {
  EXPECT_EQ(marked_target("/a", ""), "/a?ff=1");
  EXPECT_EQ(marked_target("/", "x=1"), "/?x=1&ff=1");
  EXPECT_EQ(marked_target("//evil.example/a", ""), "/.//evil.example/a?ff=1");
  EXPECT_EQ(marked_target("/\\evil.example", ""), "/./\\evil.example?ff=1");
}

// --- recording ---

TEST_F(EdgeTest, RecordsWhatThePageAndItsReaderAre) {
  const Answer answer = ask("/a%20b?q=1&ff=1", {{"Referer", "https://example.com/from?x=1&ff=1#part"}});
  const auto recorded = hits();
  ASSERT_EQ(recorded.size(), 1U);
  const Hit& hit = recorded[0];
  EXPECT_EQ(hit.site, "example.com");
  EXPECT_EQ(hit.path, "/a%20b") << "as sent";
  EXPECT_EQ(hit.query, "q=1");
  EXPECT_EQ(hit.referrer, "https://example.com/from?x=1#part");
  EXPECT_EQ(hit.user_agent, "Firefox");
  EXPECT_EQ(hit.ip.text(), "203.0.113.9");
  EXPECT_EQ(hit.kind, Kind::load);
  EXPECT_EQ(hit.source, Source::edge);
  EXPECT_EQ(hit.time, clock_.now());
  EXPECT_EQ(answer.after, 0U) << "the id is told when the hit is on disk";
}

TEST_F(EdgeTest, TellsThePageTheIdOfItsHitWithAToken) {
  ask("/");
  const std::string token = ask("/").token();
  const CheckedToken checked = tokens_.check("example.com", token, clock_.now());
  ASSERT_EQ(checked.verdict, TokenVerdict::good);
  EXPECT_EQ(ids_.visit_position(checked.subject), 1U);
}

// The rest of the rule stands in tests/vectors/recorded.json.
TEST_F(EdgeTest, RecordsNoAssetNoFaultAndNothingAheadOfTime) {
  for (const char* purpose : {"prefetch", "prefetch;prerender"}) {
    const Answer answer = ask("/", {{"Sec-Purpose", purpose}});
    EXPECT_EQ(answer.token(), "");
    EXPECT_EQ(answer.cookie(), "");
    EXPECT_EQ(answer.header("cache-control"), caching_) << "it stays as it was";
  }
  ask("/style.css");
  ask("/", {}, Method::head);
  ask("/" + std::string(path_bytes_max, 'a'));
  status_ = 500;
  ask("/");
  EXPECT_TRUE(hits().empty());
  status_ = 304;
  type_ = "";
  ask("/");
  EXPECT_EQ(hits().size(), 1U);
}

TEST_F(EdgeTest, HonoursWhatTheSiteSaysItHonours) {
  EXPECT_NE(ask("/", {{"DNT", "1"}, {"Sec-GPC", "1"}}).token(), "");
  Site site{"example.com", {}};
  site.honour_dnt = true;
  put(site);
  const Answer asked_not_to = ask("/", {{"DNT", "1"}});
  EXPECT_EQ(asked_not_to.status, 200);
  EXPECT_EQ(asked_not_to.token(), "");
  EXPECT_EQ(asked_not_to.cookie(), "");
  EXPECT_NE(ask("/", {{"DNT", "0"}, {"Sec-GPC", "1"}}).token(), "");
  site.honour_dnt = false;
  site.honour_gpc = true;
  put(site);
  EXPECT_EQ(ask("/", {{"Sec-GPC", "1"}}).token(), "");
}

TEST_F(EdgeTest, ServesThePageWithoutAnIdWhenTheJournalHasNoRoom) {
  journal_.refuse(JournalRefusal::disk_full);
  const Answer answer = ask("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "page");
  EXPECT_EQ(answer.token(), "");
  EXPECT_EQ(answer.after, std::nullopt);
  EXPECT_NE(answer.cookie(), "") << "the script records, in the same session";
  journal_.refuse(JournalRefusal::none);
  EXPECT_NE(ask("/").token(), "");
}

// --- caches ---

TEST_F(EdgeTest, KeepsOthersFromAPageThatCarriesAnId) {
  const Answer page = ask("/");
  EXPECT_EQ(page.header("cache-control"), "private, max-age=0, must-revalidate");
  EXPECT_EQ(page.header("cdn-cache-control"), "");
  caching_ = "";
  EXPECT_EQ(ask("/").header("cache-control"), "private");
  caching_ = "public, max-age=600";
  const Answer asset = ask("/style.css");
  EXPECT_EQ(asset.header("cache-control"), "public, max-age=600");
  EXPECT_EQ(asset.header("cdn-cache-control"), "max-age=600");
}

TEST(PrivateCaching, TakesAwayOnlyWhatSharedCachesMayDo) {
  EXPECT_EQ(private_caching(""), "private");
  EXPECT_EQ(private_caching("no-store"), "private, no-store");
  EXPECT_EQ(private_caching("Public , max-age=600,s-maxage=60, immutable"), "private, max-age=600, immutable");
  EXPECT_EQ(private_caching("private=\"x\", max-age=1"), "private, max-age=1");
  EXPECT_TRUE(is_for_shared_caches("CDN-Cache-Control"));
  EXPECT_TRUE(is_for_shared_caches("Cloudflare-CDN-Cache-Control"));
  EXPECT_TRUE(is_for_shared_caches("Surrogate-Control"));
  EXPECT_FALSE(is_for_shared_caches("cache-control"));
}

TEST(WithoutMarkerInUrl, LeavesTheRestAsItWas) {
  EXPECT_EQ(without_marker_in_url("https://a.example/b"), "https://a.example/b");
  EXPECT_EQ(without_marker_in_url("https://a.example/b?ff=1"), "https://a.example/b");
  EXPECT_EQ(without_marker_in_url("https://a.example/b?x&ff=1&y=2#ff=1"), "https://a.example/b?x&y=2#ff=1");
  EXPECT_EQ(without_marker_in_url("https://a.example/b#?ff=1"), "https://a.example/b#?ff=1");
}

// --- hosts ---

TEST_F(EdgeTest, TellsItsSitesApartByHost) {
  put({"example.org", {}});
  put({"www.example.net", {}});
  Site site{"example.com", {}};
  site.hosts = {"example.co.nz"};
  put(site);
  struct Row {
    const char* host;
    const char* site;
  };
  for (const Row& row : {Row{"example.com", "example.com"}, Row{"Example.COM:8080", "example.com"},
                         Row{"www.example.com", "example.com"}, Row{"example.org.", "example.org"},
                         Row{"example.net", "www.example.net"}, Row{"www.example.net", "www.example.net"},
                         Row{"example.co.nz", "example.com"}}) {
    SCOPED_TRACE(row.host);
    host_ = row.host;
    EXPECT_EQ(ask("/").status, 200);
    EXPECT_EQ(served_, row.site);
    EXPECT_EQ(hits().back().site, row.site);
  }
  for (const char* host : {"elsewhere.example", "127.0.0.1", "", "www.www.example.com", "a b"}) {
    SCOPED_TRACE(host);
    host_ = host;
    const std::size_t before = hits().size();
    EXPECT_EQ(ask("/").status, 421);
    EXPECT_EQ(hits().size(), before);
  }
}

TEST_F(EdgeTest, TakesAnyHostForTheOnlySite) {
  host_ = "127.0.0.1:8080";
  EXPECT_EQ(ask("/").status, 200);
  EXPECT_EQ(hits().at(0).site, "example.com");
}

TEST_F(EdgeTest, ServesOnlyTheSitesItIsGiven) {
  put({"example.org", {}});
  edge_ = std::make_unique<Edge>(*registry_, cookies_, tokens_, ids_, *collector_, clock_,
                                 [](std::string_view site) { return site == "example.com"; });
  host_ = "example.org";
  EXPECT_EQ(ask("/").status, 200);
  EXPECT_EQ(served_, "example.com") << "example.org is counted here by its script, and served elsewhere";
}

TEST_F(EdgeTest, ServesPagesOfNoSiteAndRecordsNone) {
  ASSERT_TRUE(registry_->remove_site("example.com"));
  EXPECT_EQ(ask("/").status, 200);
  EXPECT_EQ(served_, "");
  EXPECT_TRUE(hits().empty());
}

}  // namespace
}  // namespace footfall
