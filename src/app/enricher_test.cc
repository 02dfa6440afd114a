#include "app/enricher.h"

#include <gtest/gtest.h>

#include "testing/fake_knowledge.h"

namespace footfall {
namespace {

class EnricherTest : public testing::Test {
 protected:
  EnrichedHit enrich(std::string_view user_agent, const char* ip = "203.0.113.9", std::string_view referrer = {},
                     std::string_view query = {}) {
    EnrichedHit enriched;
    enriched.hit.site = "example.com";
    enriched.hit.user_agent = user_agent;
    enriched.hit.ip = *Address::parse(ip);
    enriched.hit.referrer = referrer;
    enriched.hit.query = query;
    enricher_.enrich(enriched);
    return enriched;
  }

  FakeUserAgents user_agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  Enricher enricher_{{user_agents_, places_, referrers_}, SipKey{1, 2}};
};

TEST_F(EnricherTest, SaysWhatIsKnownOfAHit) {
  const EnrichedHit hit = enrich("Firefox", "203.0.113.9", "https://search.example/", "utm_campaign=spring");
  EXPECT_EQ(hit.user_agent->browser, "Firefox");
  EXPECT_EQ(hit.place->country, "NZ");
  EXPECT_EQ(hit.referrer->source, "Search");
  EXPECT_EQ(hit.campaign->campaign, "spring");
  EXPECT_EQ(hit.channel, Channel::organic_search);
}

TEST_F(EnricherTest, TakesTheSourceThatTheLinkNamesBeforeTheReferrer) {
  const EnrichedHit hit =
      enrich("Firefox", "203.0.113.9", "https://search.example/", "utm_source=other&utm_medium=email");
  EXPECT_EQ(hit.referrer->source, "elsewhere.example");
  EXPECT_EQ(hit.channel, Channel::email);
}

TEST_F(EnricherTest, LeavesNothingOutThatIsNotKnown) {
  const EnrichedHit hit = enrich("", "10.0.0.1");
  EXPECT_EQ(*hit.user_agent, UserAgentFacts{});
  EXPECT_EQ(*hit.place, Place{});
  EXPECT_EQ(hit.referrer->source, "");
  EXPECT_EQ(*hit.campaign, Campaign{});
  EXPECT_EQ(hit.channel, Channel::direct);
}

TEST_F(EnricherTest, JudgesEachDistinctTextOnce) {
  for (int i = 0; i < 3; ++i) {
    enrich("Firefox", "203.0.113.9", "https://search.example/");
    enricher_.batch_stored();
  }
  EXPECT_EQ(user_agents_.asked, 1);
  EXPECT_EQ(places_.asked, 1);
  EXPECT_EQ(referrers_.asked, 1);
  enrich("Chromium", "203.0.113.10", "https://other.example/");
  EXPECT_EQ(user_agents_.asked, 2);
  EXPECT_EQ(places_.asked, 2);
  EXPECT_EQ(referrers_.asked, 2);
}

TEST_F(EnricherTest, JudgesAReferrerForEachSiteAnew) {
  EnrichedHit hit = enrich("", "203.0.113.9", "https://example.org/");
  EXPECT_EQ(hit.referrer->medium, "referral");
  hit.hit.site = "example.org";
  enricher_.enrich(hit);
  EXPECT_EQ(hit.referrer->medium, "") << "its own pages are no source";
}

TEST_F(EnricherTest, ForgetsOnlyBetweenBatches) {
  const EnrichedHit first = enrich("Firefox");
  for (int i = 0; i < 60'000; ++i) enrich("agent " + std::to_string(i));
  EXPECT_EQ(first.user_agent->browser, "Firefox") << "pointers stay good until the batch is stored";
  enricher_.batch_stored();
  const int asked = user_agents_.asked;
  enrich("Firefox");
  EXPECT_EQ(user_agents_.asked, asked + 1);
}

}  // namespace
}  // namespace footfall
