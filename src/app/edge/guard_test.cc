#include "app/edge/guard.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

using Headers = std::vector<HeaderView>;
using std::chrono::hours;

constexpr const char* hit_id = "01a1fd58-39a0-7a4c-9d7e-5c0f3b1a2d4e";

Site site_of(Protect protect) {
  Site site;
  site.name = "example.com";
  site.protect = protect;
  site.hosts = {"shop.example.net"};
  return site;
}

std::string text_of(const std::optional<DropReason>& reason) { return reason ? std::string(name_of(*reason)) : ""; }

class GuardTest : public testing::Test {
 protected:
  // The reason why a request with these headers may not record; "" when it may.
  std::string reason(const Headers& headers, Protect protect = Protect::origin, std::string_view token = {}) {
    return reason(headers, site_of(protect), token);
  }
  std::string reason(const Headers& headers, const Site& site, std::string_view token = {}) {
    Request request;
    request.headers = headers;
    return text_of(guard_.check(request, site, false, token, clock_.now()).drop);
  }
  std::string token(std::string_view subject = subject_site, std::string_view site = "example.com") {
    return tokens_.mint(site, subject, clock_.now());
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<SessionKeys> keys_ = std::move(*SessionKeys::open(file_, crypto_, clock_));
  PageTokens tokens_{*keys_, crypto_};
  Guard guard_{tokens_};
};

// --- protect: origin ---

struct OriginRow {
  const char* because;
  Headers headers;
  const char* reason;
};

const std::vector<OriginRow>& origin_table() {
  static const std::vector<OriginRow> table{
      {"nothing says where it is from: no browser", {}, ""},
      {"the site itself", {{"Origin", "https://example.com"}}, ""},
      {"www. before it", {{"Origin", "https://www.example.com"}}, ""},
      {"a host of the settings", {{"Origin", "https://shop.example.net"}}, ""},
      {"any port", {{"Origin", "http://example.com:8443"}}, ""},
      {"any letter case", {{"ORIGIN", "HTTPS://Example.COM"}}, ""},
      {"blanks around", {{"Origin", " https://example.com "}}, ""},
      {"another site", {{"Origin", "https://evil.example"}}, "foreign_origin"},
      {"a page that hides where it is from", {{"Origin", "null"}}, "foreign_origin"},
      {"an origin that says nothing", {{"Origin", ""}}, "foreign_origin"},
      {"another host below the site", {{"Origin", "https://blog.example.com"}}, "foreign_origin"},
      {"www. before a host of the settings", {{"Origin", "https://www.shop.example.net"}}, "foreign_origin"},
      {"the site's name in front", {{"Origin", "https://example.com.evil.example"}}, "foreign_origin"},
      {"the site's name at the end", {{"Origin", "https://evilexample.com"}}, "foreign_origin"},
      {"the site as a user", {{"Origin", "https://example.com@evil.example"}}, "foreign_origin"},
      {"the host as a user of the site", {{"Origin", "https://evil.example@example.com"}}, "foreign_origin"},
      {"a backslash that browsers read as a slash",
       {{"Origin", "https://evil.example\\@example.com"}},
       "foreign_origin"},
      {"another scheme", {{"Origin", "chrome-extension://example.com"}}, "foreign_origin"},
      {"no scheme", {{"Origin", "example.com"}}, "foreign_origin"},
      {"two origins", {{"Origin", "https://example.com https://evil.example"}}, "foreign_origin"},
      {"the header twice, once foreign",
       {{"Origin", "https://example.com"}, {"Origin", "https://evil.example"}},
       "foreign_origin"},
      {"Origin goes before Referer, to refuse",
       {{"Referer", "https://example.com/"}, {"Origin", "https://evil.example"}},
       "foreign_origin"},
      {"Origin goes before Referer, to accept",
       {{"Referer", "https://evil.example/"}, {"Origin", "https://example.com"}},
       ""},
      {"Origin goes before Sec-Fetch-Site: Footfall may have a host of its own",
       {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://example.com"}},
       ""},
      {"a page of the site", {{"Referer", "https://example.com/about?x=1"}}, ""},
      {"the origin alone, as browsers cut it", {{"Referer", "https://www.example.com/"}}, ""},
      {"a page of another site", {{"Referer", "https://evil.example/example.com/"}}, "foreign_referrer"},
      {"the site in the query", {{"Referer", "https://evil.example?https://example.com/"}}, "foreign_referrer"},
      {"the site in the fragment", {{"Referer", "https://evil.example#@example.com/"}}, "foreign_referrer"},
      {"a referrer that says nothing", {{"Referer", ""}}, "foreign_referrer"},
      {"a file", {{"Referer", "file:///example.com/"}}, "foreign_referrer"},
      {"Referer goes before Sec-Fetch-Site",
       {{"Sec-Fetch-Site", "cross-site"}, {"Referer", "https://example.com/"}},
       ""},
      {"the browser says: the same origin", {{"Sec-Fetch-Site", "same-origin"}}, ""},
      {"the browser says: the same site", {{"Sec-Fetch-Site", "same-site"}}, ""},
      {"the browser says: the user typed it", {{"Sec-Fetch-Site", "none"}}, ""},
      {"the browser says: another site", {{"Sec-Fetch-Site", "cross-site"}}, "cross_site"},
      {"a word that no browser says", {{"Sec-Fetch-Site", "Same-Origin"}}, "cross_site"},
      {"an empty word", {{"Sec-Fetch-Site", ""}}, "cross_site"},
  };
  return table;
}

TEST_F(GuardTest, AskedByOriginTakesWhatSpeaksForAPageOfTheSiteAndNothingThatSpeaksAgainstIt) {
  for (const OriginRow& row : origin_table()) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(reason(row.headers), row.reason);
  }
}

TEST_F(GuardTest, AskedForNothingTakesEverything) {
  for (const OriginRow& row : origin_table()) EXPECT_EQ(reason(row.headers, Protect::off), "") << row.because;
}

TEST_F(GuardTest, AskedForATokenRefusesAllTheSameAndWhatHasNone) {
  for (const OriginRow& row : origin_table()) {
    SCOPED_TRACE(row.because);
    const std::string refused = row.reason;
    EXPECT_EQ(reason(row.headers, Protect::strict), refused.empty() ? "no_token" : refused);
    EXPECT_EQ(reason(row.headers, Protect::strict, token()), refused) << "a token does not make a foreign page own";
  }
}

TEST_F(GuardTest, AllNamesOfThisMachineAreOneSite) {
  Site site = site_of(Protect::origin);
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) {
    site.name = name;
    for (const char* origin :
         {"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://[0:0::1]"}) {
      EXPECT_EQ(reason({{"Origin", origin}}, site), "") << name << ' ' << origin;
    }
    for (const char* origin : {"http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://10.0.0.1"}) {
      EXPECT_EQ(reason({{"Origin", origin}}, site), "foreign_origin") << name << ' ' << origin;
    }
  }
  EXPECT_EQ(reason({{"Origin", "http://localhost"}}), "foreign_origin") << "no other site is this machine";
}

TEST_F(GuardTest, APageFromTheAddressThatIsAskedIsOneOfOurs) {
  struct Row {
    const char* because;
    Headers headers;
    const char* reason;
  };
  for (const Row& row : {
           Row{"tried out at an address", {{"Host", "127.0.0.1:8080"}, {"Origin", "http://127.0.0.1:8080"}}, ""},
           Row{"by its Referer", {{"Host", "192.0.2.1"}, {"Referer", "http://192.0.2.1/about"}}, ""},
           Row{"IPv6", {{"Host", "[2001:db8::1]:80"}, {"Origin", "http://[2001:DB8::1]:80"}}, ""},
           Row{"by the name of this machine", {{"Host", "localhost:8080"}, {"Origin", "http://localhost:8080"}}, ""},
           Row{"another server of the same machine",
               {{"Host", "127.0.0.1:8080"}, {"Origin", "http://127.0.0.1:9090"}},
               "foreign_origin"},
           Row{"another name of it",
               {{"Host", "127.0.0.1:8080"}, {"Origin", "http://localhost:8080"}},
               "foreign_origin"},
           Row{"a name that was made to lead here",
               {{"Host", "evil.example"}, {"Origin", "http://evil.example"}},
               "foreign_origin"},
           Row{"nothing at all", {{"Host", ""}, {"Origin", "http://"}}, "foreign_origin"},
       }) {
    EXPECT_EQ(reason(row.headers), row.reason) << row.because;
  }
}

TEST_F(GuardTest, NeverAcceptsAHostThatIsNotOfTheSiteHoweverTheUrlIsPutTogether) {
  // Pieces that lead parsers astray, in any order; whatever is taken must name the site as its host beyond doubt.
  const std::vector<std::string> pieces{
      "https://", "http://", "//",   "example.com", "evil.example", "@",  "\\", ":", "443", "/",    "?",
      "#",        ".",       "www.", "%40",         "%2F",          "\t", " ",  ",", ";",   "[::1]"};
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::size_t accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string url = round % 2 == 0 ? "https://" : "";
    for (unsigned i = 0; i < 1 + random() % 5; ++i) url += pieces[random() % pieces.size()];
    for (const char* header : {"Origin", "Referer"}) {
      if (!reason({{header, url}}).empty()) continue;
      ++accepted;
      std::string rest = url.substr(url.find("//") + 2);
      while (!rest.empty() && rest.back() == ' ') rest.pop_back();
      if (rest.starts_with("www.")) rest.erase(0, 4);
      ASSERT_TRUE(rest.starts_with("example.com")) << url;
      const std::string behind = rest.substr(std::string("example.com").size());
      ASSERT_TRUE(behind.empty() || behind.find_first_of(":/?#. \t") == 0) << url;
      ASSERT_TRUE(behind.substr(0, behind.find_first_of("/?#")).find_first_of("@\\e") == std::string::npos) << url;
    }
  }
  EXPECT_GT(accepted, 100U) << "the pieces make good ones, too";
}

// --- protect: strict ---

TEST_F(GuardTest, TakesATokenOfTheSiteFromABodyOrAHeader) {
  for (const std::string_view subject :
       {subject_site, std::string_view(hit_id), std::string_view("abcdefghijklmnopqrstuv")}) {
    const std::string good = token(subject);
    EXPECT_EQ(reason({}, Protect::strict, good), "");
    EXPECT_EQ(reason({{"X-Footfall-Token", good}}, Protect::strict), "");
    Request request;
    EXPECT_EQ(guard_.check(request, site_of(Protect::strict), false, good, clock_.now()).subject, subject);
  }
}

TEST_F(GuardTest, TellsWhatIsWrongWithAToken) {
  const std::string good = token(hit_id);
  std::string forged = good;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  struct Row {
    const char* because;
    std::string token;
    const char* reason;
  };
  for (const Row& row :
       {Row{"none", "", "no_token"}, Row{"no token", "hello", "bad_token"}, Row{"forged", forged, "bad_token"},
        Row{"of another site", token(hit_id, "example.org"), "bad_token"},
        Row{"far too long", std::string(10'000, 'a'), "bad_token"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(reason({}, Protect::strict, row.token), row.reason);
    EXPECT_EQ(reason({}, Protect::origin, row.token), "") << "nobody asked for one";
  }
  clock_.advance(hours(3));
  EXPECT_EQ(reason({}, Protect::strict, good), "expired_token");
}

TEST_F(GuardTest, ATokenHoldsThroughItsHourAndTheNextAndNeverLongerThanTwo) {
  const std::string made = token();
  clock_.advance(hours(1));
  EXPECT_EQ(reason({}, Protect::strict, made), "");
  clock_.advance(hours(1));
  EXPECT_EQ(reason({}, Protect::strict, made), "expired_token");
}

TEST_F(GuardTest, AsksNothingOfACallerThatSpeaksForTheSite) {
  Site site = site_of(Protect::strict);
  site.honour_dnt = true;
  Request request;
  const Headers headers{{"Origin", "https://evil.example"}, {"DNT", "1"}};
  request.headers = headers;
  EXPECT_FALSE(guard_.check(request, site, true, "", clock_.now()).drop);
}

// --- who asks not to be counted ---

TEST_F(GuardTest, HonoursDoNotTrackAndGlobalPrivacyControlWhereTheSiteDoes) {
  struct Row {
    Headers headers;
    bool dnt;
    bool gpc;
    const char* reason;
  };
  for (const Row& row :
       {Row{{{"DNT", "1"}}, true, false, "dnt"}, Row{{{"DNT", "1"}}, false, true, ""},
        Row{{{"DNT", "0"}}, true, true, ""}, Row{{{"Sec-GPC", "1"}}, false, true, "gpc"},
        Row{{{"Sec-GPC", "1"}}, true, false, ""}, Row{{{"Sec-GPC", "1"}, {"DNT", "1"}}, true, true, "dnt"}}) {
    for (const Protect protect : {Protect::off, Protect::origin}) {
      Site site = site_of(protect);
      site.honour_dnt = row.dnt;
      site.honour_gpc = row.gpc;
      EXPECT_EQ(reason(row.headers, site), row.reason);
    }
  }
}

// --- versions and beacons ---

TEST(RulesVersion, ChangesWithTheSettingsThatJudgeAndWithNoOthers) {
  const Site site = site_of(Protect::origin);
  Site other = site;
  other.address_days = 7;
  EXPECT_EQ(rules_version(site), rules_version(other));
  other.protect = Protect::strict;
  EXPECT_NE(rules_version(site), rules_version(other));
  other = site;
  other.hosts.emplace_back("another.example");
  EXPECT_NE(rules_version(site), rules_version(other));
}

TEST(Beacon, IsKnownByItsTokenAndItsNameOrByAllThatItSays) {
  Hit hit;
  hit.path = "/about";
  EXPECT_EQ(beacon_of("", "name", hit), "") << "without a token it says nothing that others cannot say";
  EXPECT_EQ(beacon_of(hit_id, "Q2x8", hit), std::string(hit_id) + "/Q2x8");
  EXPECT_EQ(beacon_of("-", "Q2x8", hit), "-/Q2x8");
  const std::string long_subject(page_token_bytes_max - 40, 's'), long_name(beacon_name_bytes_max, 'n');
  const std::string shortened = beacon_of(long_subject, long_name, hit);
  EXPECT_LE(shortened.size(), beacon_bytes_max);
  EXPECT_NE(shortened, beacon_of(long_subject + "t", long_name, hit)) << "and still tells one from another";
  EXPECT_EQ(beacon_of("-", "", hit), "") << "others have the same token, and may say the same";
  EXPECT_EQ(beacon_of("abcdefghijklmnopqrstuv", "", hit), "") << "a reload is another view";
  EXPECT_EQ(beacon_of(std::string(hit_id) + "_session", "Q2x8", hit), std::string(hit_id) + "/Q2x8");
  const std::string said = beacon_of(hit_id, "", hit);
  EXPECT_FALSE(said.empty());
  EXPECT_EQ(beacon_of(hit_id, "", hit), said);
  EXPECT_EQ(beacon_of(hit_id, "no name!", hit), said) << "what is no name counts as none";
  EXPECT_EQ(beacon_of(hit_id, std::string(65, 'n'), hit), said);
  for (auto member : {&Hit::path, &Hit::query, &Hit::title, &Hit::referrer, &Hit::event, &Hit::props}) {
    Hit other = hit;
    other.*member = "/other";
    EXPECT_NE(beacon_of(hit_id, "", other), said);
  }
  Hit other = hit;
  other.kind = Kind::restored;
  EXPECT_NE(beacon_of(hit_id, "", other), said);
}

}  // namespace
}  // namespace footfall
