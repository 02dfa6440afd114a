// Through which channel a visit came: "Organic Search", "Paid Social", "Email", "AI Assistants", …
//
// The channels, and the order in which they are tried, are those of Google Analytics' default channel group with
// Plausible's additions, so that numbers can be compared: AI assistants are a channel, and advertisers' click ids and
// sources that name an advertisement ("facebook_ads") count as paid. Pure.
//
// Source: https://support.google.com/analytics/answer/9756891
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/campaign.h"

namespace footfall {

// The numbers are kept on disk; new channels go to the end.
enum class Channel : std::uint8_t {
  direct = 0,
  organic_search = 1,
  paid_search = 2,
  organic_social = 3,
  paid_social = 4,
  organic_video = 5,
  paid_video = 6,
  organic_shopping = 7,
  paid_shopping = 8,
  ai_assistants = 9,
  email = 10,
  referral = 11,
  display = 12,
  affiliates = 13,
  audio = 14,
  sms = 15,
  mobile_push_notifications = 16,
  cross_network = 17,
  paid_other = 18,
};
inline constexpr std::uint8_t channels_count = 19;

// "Organic Search"; the names are Google Analytics'.
std::string_view name_of(Channel channel);
std::optional<Channel> channel_named(std::string_view name);

// source   as reports name it ("Google", "example.org"); empty: none
// medium   what the source is: search, social, email, ai, video, shopping, referral; empty: not known
Channel channel_of(std::string_view source, std::string_view medium, const Campaign& campaign);

}  // namespace footfall
