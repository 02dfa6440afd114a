// What the address of a landing page says about why it was visited: utm tags and the click ids of advertisers.
//
// Pure. Strangers write these: each part is decoded, valid UTF-8 without control characters, and bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace footfall {

// Advertising systems cut their tags near 100 to 250 characters; longer text is no tag.
inline constexpr std::size_t campaign_bytes_max = 256;

struct Campaign {
  std::string source{};  // utm_source, and so on
  std::string medium{};
  std::string campaign{};
  std::string content{};
  std::string term{};
  // `source` or `ref`, which blogs and launch sites use instead of utm_source.
  std::string ref{};
  // Whose click id is there, by the name that source has in reports: "Google" for gclid, "Facebook" for fbclid.
  std::string_view click_source{};
  // The click id is one that only paid clicks get: gclid and msclkid are, fbclid goes on every link in a post.
  bool paid_click = false;

  // The source that the link itself names; empty: none.
  [[nodiscard]] std::string_view tag() const { return source.empty() ? ref : source; }

  friend bool operator==(const Campaign&, const Campaign&) = default;
};

// Reads a query string without its '?'. The first of repeated names counts; names may have any letter case. A value
// with a broken percent sign is taken as it was sent.
Campaign parse_campaign(std::string_view query);

// What tells the source of a visit: the tag in the link goes before where the link stood, and a click id speaks only
// when there is neither, which is how apps open links. Empty: the visit is direct.
std::string_view origin_of(std::string_view referrer, const Campaign& campaign);

}  // namespace footfall
