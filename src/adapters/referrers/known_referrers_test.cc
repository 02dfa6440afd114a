#include "adapters/referrers/known_referrers.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <sstream>

#include "adapters/referrers/sources.h"
#include "domain/campaign.h"
#include "domain/channel.h"
#include "domain/limits.h"

namespace footfall {
namespace {

const KnownReferrers referrers;

boost::json::array read_rows(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

std::string field(const boost::json::value& row, const char* name) { return std::string(row.at(name).as_string()); }

TEST(KnownReferrers, TellWhichSourceAReferrerStandsFor) {
  for (const auto& row : read_rows("tests/vectors/referrers.json")) {
    SCOPED_TRACE(field(row, "because") + ": " + field(row, "referrer"));
    const auto facts = referrers.classify(field(row, "referrer"), field(row, "site"));
    EXPECT_EQ(facts.source, field(row, "source"));
    EXPECT_EQ(facts.medium, field(row, "medium"));
  }
}

// From a landing to its channel, the way the processor goes.
TEST(KnownReferrers, LeadToTheChannelOfALanding) {
  for (const auto& row : read_rows("tests/vectors/channels.json")) {
    SCOPED_TRACE(field(row, "because"));
    const auto campaign = parse_campaign(field(row, "query"));
    auto facts = referrers.classify(origin_of(field(row, "referrer"), campaign), field(row, "site"));
    // A tag nobody knows is the source itself.
    if (facts.source.empty()) facts.source = campaign.tag();
    EXPECT_EQ(facts.source, field(row, "source"));
    EXPECT_EQ(name_of(channel_of(facts.source, facts.medium, campaign)), field(row, "channel"));
  }
}

TEST(KnownReferrers, HaveASourceForEveryClickId) {
  for (const char* id :
       {"gclid", "msclkid", "yclid", "ttclid", "twclid", "li_fat_id", "rdt_cid", "sccid", "fbclid", "igshid"}) {
    const auto campaign = parse_campaign(std::string(id) + "=1");
    EXPECT_EQ(referrers.classify(campaign.click_source, "example.com").source, campaign.click_source) << id;
  }
}

TEST(KnownReferrers, TakeAHostOfAnyAllowedLengthAndNoLonger) {
  std::string host;
  while (host.size() < site_bytes_max - 2) host += "a.";
  host += "bcd";
  host = host.substr(host.size() - site_bytes_max);
  ASSERT_EQ(host.size(), site_bytes_max);
  EXPECT_EQ(referrers.classify("https://" + host + "/", "example.com").source, host);
  EXPECT_EQ(referrers.classify("https://a" + host + "/", "example.com").source, "");
}

TEST(KnownReferrers, TakeBoundedTimeWhateverTheText) {
  for (const std::string_view piece : {"a.", "google.", "com.", "@", "//", "[", ":", "%", "android-app://", "\xFF"}) {
    std::string text = "https://";
    while (text.size() < referrer_bytes_max) text += piece;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) (void)referrers.classify(text, "example.com");
    const auto each = (std::chrono::steady_clock::now() - start) / 100;
    // Some 20 µs; the rest is for sanitizers.
    EXPECT_LT(each, std::chrono::milliseconds(2)) << piece;
  }
}

TEST(Sources, AreKnownByTheNameReportsShow) {
  EXPECT_EQ(source_of_name("hacker news")->source, "Hacker News");
  EXPECT_EQ(source_of_name("x (twitter)")->source, "X (Twitter)");
  EXPECT_EQ(source_of_name("hn")->source, "Hacker News");
  EXPECT_EQ(source_of_name("nobody"), nullptr);
}

TEST(Sources, AreFoundByHostAndByApp) {
  EXPECT_EQ(source_of_host("reddit.com")->source, "Reddit");
  EXPECT_EQ(source_of_host("google.*")->medium, "search");
  EXPECT_EQ(source_of_host("old.reddit.com"), nullptr) << "looking above a host is the caller's part";
  EXPECT_EQ(source_of_host(""), nullptr);
  EXPECT_EQ(source_of_app("com.reddit.frontpage")->source, "Reddit");
  EXPECT_EQ(source_of_app("com.reddit"), nullptr);
}

}  // namespace
}  // namespace footfall
