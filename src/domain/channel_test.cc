#include "domain/channel.h"

#include <gtest/gtest.h>

#include <ostream>

namespace footfall {

void PrintTo(Channel channel, std::ostream* out) { *out << name_of(channel); }

namespace {

TEST(Channel, FollowsFromSourceMediumAndTags) {
  struct Row {
    const char* because;
    const char* source;
    const char* medium;
    const char* query;
    Channel channel;
  };
  for (const auto& row : {
           Row{"nothing is known", "", "", "", Channel::direct},
           Row{"a site", "example.org", "referral", "", Channel::referral},
           Row{"a tag without more", "partner", "", "utm_source=partner", Channel::referral},
           Row{"a tag that says so", "", "", "utm_medium=referral", Channel::referral},
           Row{"a search engine", "Google", "search", "", Channel::organic_search},
           Row{"a tag that says so", "", "", "utm_medium=organic", Channel::organic_search},
           Row{"a paid medium at a search engine", "Google", "search", "utm_source=google&utm_medium=cpc",
               Channel::paid_search},
           Row{"in any letter case", "Google", "search", "utm_source=Google&utm_medium=CPC", Channel::paid_search},
           Row{"an advertiser's click id", "Google", "search", "gclid=1", Channel::paid_search},
           Row{"a click id of someone else", "Facebook", "social", "gclid=1", Channel::organic_social},
           Row{"a source that names the advertisement", "Google", "search", "utm_source=adwords", Channel::paid_search},
           Row{"a social network", "Reddit", "social", "", Channel::organic_social},
           Row{"a tag that says so", "buffer", "", "utm_source=buffer&utm_medium=social", Channel::organic_social},
           Row{"a paid medium there", "Facebook", "social", "utm_medium=paid-social", Channel::paid_social},
           Row{"a source that names the advertisement", "Facebook", "social", "utm_source=facebook_ads",
               Channel::paid_social},
           Row{"what Facebook adds to every link is not paid", "Facebook", "social", "fbclid=1",
               Channel::organic_social},
           Row{"a video site", "YouTube", "video", "", Channel::organic_video},
           Row{"a tag that says so", "x", "", "utm_source=x&utm_medium=video", Channel::organic_video},
           Row{"a paid medium there", "YouTube", "video", "utm_medium=ppc", Channel::paid_video},
           Row{"a shop", "Amazon", "shopping", "", Channel::organic_shopping},
           Row{"a campaign for a shop", "x", "", "utm_source=x&utm_campaign=summer-shop", Channel::organic_shopping},
           Row{"a bishop is no shop", "x", "", "utm_source=x&utm_campaign=bishop", Channel::referral},
           Row{"a paid medium at a shop", "Amazon", "shopping", "utm_medium=cpc", Channel::paid_shopping},
           Row{"an assistant", "ChatGPT", "ai", "", Channel::ai_assistants},
           Row{"an assistant that tags its links", "ChatGPT", "ai", "utm_source=chatgpt.com", Channel::ai_assistants},
           Row{"a mailbox", "Gmail", "email", "", Channel::email},
           Row{"a letter by its medium", "june", "", "utm_source=june&utm_medium=email", Channel::email},
           Row{"a letter by its source", "newsletter", "", "utm_source=newsletter", Channel::email},
           Row{"a banner", "x", "", "utm_source=x&utm_medium=banner", Channel::display},
           Row{"paid by views, not at a known kind of source", "x", "", "utm_source=x&utm_medium=cpm",
               Channel::display},
           Row{"paid, but for what", "x", "", "utm_source=x&utm_medium=cpc", Channel::paid_other},
           Row{"a paid click without a referrer or a known kind", "", "", "gclid=1", Channel::paid_other},
           Row{"a partner", "x", "", "utm_source=x&utm_medium=affiliate", Channel::affiliates},
           Row{"a podcast", "x", "", "utm_source=x&utm_medium=audio", Channel::audio},
           Row{"a text message", "sms", "", "utm_source=sms", Channel::sms},
           Row{"a push message", "x", "", "utm_source=x&utm_medium=web_push", Channel::mobile_push_notifications},
           Row{"a campaign over several networks", "Google", "search", "utm_medium=cpc&utm_campaign=cross-network-1",
               Channel::cross_network},
       }) {
    SCOPED_TRACE(std::string(row.because) + ": " + row.query);
    EXPECT_EQ(channel_of(row.source, row.medium, parse_campaign(row.query)), row.channel);
  }
}

TEST(Channel, TellsAdvertisementsFromWordsThatEndLikeThem) {
  for (const char* paid : {"googleads", "google-ads", "google_ad", "fb ads", "adwords"}) {
    EXPECT_EQ(channel_of("x", "", parse_campaign("utm_source=" + std::string(paid))), Channel::paid_other) << paid;
  }
  for (const char* unpaid : {"ad", "ads", "download", "threads", "downloads", "squad", "ipad"}) {
    EXPECT_EQ(channel_of("x", "", parse_campaign("utm_source=" + std::string(unpaid))), Channel::referral) << unpaid;
  }
}

TEST(Channel, HasANameBothWays) {
  for (std::uint8_t i = 0; i < channels_count; ++i) {
    const auto channel = static_cast<Channel>(i);
    EXPECT_EQ(channel_named(name_of(channel)), channel);
  }
  EXPECT_EQ(channel_named("Carrier pigeon"), std::nullopt);
}

}  // namespace
}  // namespace footfall
