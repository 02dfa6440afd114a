#include "domain/channel.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_one_of(std::string_view text, const auto& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool contains_one_of(std::string_view text, const auto& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(text, part); });
}

constexpr std::array<std::string_view, 5> display_mediums{"display", "banner", "expandable", "interstitial", "cpm"};
constexpr std::array<std::string_view, 6> social_mediums{"social", "social-network", "social-media",
                                                         "sm",     "social network", "social media"};
constexpr std::array<std::string_view, 5> email_words{"email", "e-mail", "e_mail", "e mail", "newsletter"};
constexpr std::array<std::string_view, 2> affiliate_mediums{"affiliate", "affiliates"};
constexpr std::array<std::string_view, 2> push_words{"mobile", "notification"};
constexpr std::array<std::string_view, 3> referral_mediums{"referral", "app", "link"};

bool is_paid_medium(std::string_view medium) {
  return contains(medium, "cp") || medium == "ppc" || medium == "retargeting" || medium.starts_with("paid");
}

constexpr std::array<std::string_view, 16> paid_sources{
    "adwords",      "bingads",     "facebookads", "fbad",         "fbads",     "gads",      "googleads",  "igads",
    "instagramads", "linkedinads", "metaads",     "microsoftads", "redditads", "tiktokads", "twitterads", "youtubeads"};

// "googleads", "fb-ads", "facebook_ad": sources that name the advertisement.
bool is_paid_source(std::string_view source) {
  if (is_one_of(source, paid_sources)) return true;
  const std::string_view stem = source.ends_with('s') ? source.substr(0, source.size() - 1) : source;
  return stem.ends_with("-ad") || stem.ends_with("_ad") || stem.ends_with(" ad");
}

// "shop" as a word or after an e ("eshop"), or "shopping": not "bishop" or "photoshop".
bool is_shopping_campaign(std::string_view campaign) {
  if (contains(campaign, "shopping")) return true;
  for (std::size_t at = campaign.find("shop"); at != std::string_view::npos; at = campaign.find("shop", at + 1)) {
    const char before = at == 0 ? ' ' : campaign[at - 1];
    if (before == 'e' || before < 'a' || before > 'z') return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(Channel channel) {
  switch (channel) {
    case Channel::direct:
      return "Direct";
    case Channel::organic_search:
      return "Organic Search";
    case Channel::paid_search:
      return "Paid Search";
    case Channel::organic_social:
      return "Organic Social";
    case Channel::paid_social:
      return "Paid Social";
    case Channel::organic_video:
      return "Organic Video";
    case Channel::paid_video:
      return "Paid Video";
    case Channel::organic_shopping:
      return "Organic Shopping";
    case Channel::paid_shopping:
      return "Paid Shopping";
    case Channel::ai_assistants:
      return "AI Assistants";
    case Channel::email:
      return "Email";
    case Channel::referral:
      return "Referral";
    case Channel::display:
      return "Display";
    case Channel::affiliates:
      return "Affiliates";
    case Channel::audio:
      return "Audio";
    case Channel::sms:
      return "SMS";
    case Channel::mobile_push_notifications:
      return "Mobile Push Notifications";
    case Channel::cross_network:
      return "Cross-network";
    case Channel::paid_other:
      return "Paid Other";
  }
  FOOTFALL_ASSERT(false);
  return "";
}

std::optional<Channel> channel_named(std::string_view name) {
  for (std::uint8_t i = 0; i < channels_count; ++i) {
    if (name_of(static_cast<Channel>(i)) == name) return static_cast<Channel>(i);
  }
  return std::nullopt;
}

Channel channel_of(std::string_view source, std::string_view medium, const Campaign& campaign) {
  const std::string tagged_medium = to_lower(campaign.medium);
  const std::string tagged_source = to_lower(campaign.tag());
  const std::string tagged_campaign = to_lower(campaign.campaign);

  const bool paid_medium = is_paid_medium(tagged_medium);
  const bool paid_click = campaign.paid_click && (source.empty() || source == campaign.click_source);
  const bool paid = paid_medium || paid_click || is_paid_source(tagged_source);
  const bool shopping = medium == "shopping" || is_shopping_campaign(tagged_campaign);

  if (contains(tagged_campaign, "cross-network")) return Channel::cross_network;
  if (shopping && paid_medium) return Channel::paid_shopping;
  if (medium == "search" && paid) return Channel::paid_search;
  if (medium == "social" && paid) return Channel::paid_social;
  if (medium == "video" && paid) return Channel::paid_video;
  if (is_one_of(tagged_medium, display_mediums)) return Channel::display;
  if (paid) return Channel::paid_other;
  if (shopping) return Channel::organic_shopping;
  if (medium == "social" || is_one_of(tagged_medium, social_mediums)) return Channel::organic_social;
  if (medium == "video" || contains(tagged_medium, "video")) return Channel::organic_video;
  if (medium == "ai") return Channel::ai_assistants;
  if (medium == "search" || tagged_medium == "organic") return Channel::organic_search;
  const bool says_email = contains_one_of(tagged_source, email_words) || contains_one_of(tagged_medium, email_words);
  if (medium == "email" || says_email) return Channel::email;
  if (is_one_of(tagged_medium, affiliate_mediums)) return Channel::affiliates;
  if (tagged_medium == "audio") return Channel::audio;
  if (tagged_source == "sms" || tagged_medium == "sms") return Channel::sms;
  const bool says_push = tagged_medium.ends_with("push") || contains_one_of(tagged_medium, push_words);
  if (says_push || tagged_source == "firebase") return Channel::mobile_push_notifications;
  if (!source.empty() || is_one_of(tagged_medium, referral_mediums)) return Channel::referral;
  return Channel::direct;
}

}  // namespace footfall
