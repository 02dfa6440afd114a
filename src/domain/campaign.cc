#include "domain/campaign.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace footfall {
namespace {

struct Tag {
  std::string_view name;
  std::string Campaign::*part;
};
constexpr std::array tags{
    Tag{"utm_source", &Campaign::source},
    Tag{"utm_medium", &Campaign::medium},
    Tag{"utm_campaign", &Campaign::campaign},
    Tag{"utm_content", &Campaign::content},
    Tag{"utm_term", &Campaign::term},
    Tag{"source", &Campaign::ref},
    Tag{"ref", &Campaign::ref},
};

struct ClickId {
  std::string_view name;
  std::string_view source;
  bool paid;
};
constexpr std::array click_ids{
    ClickId{"gclid", "Google", true},       ClickId{"gbraid", "Google", true},
    ClickId{"wbraid", "Google", true},      ClickId{"msclkid", "Bing", true},
    ClickId{"yclid", "Yandex", true},       ClickId{"ttclid", "TikTok", true},
    ClickId{"twclid", "X (Twitter)", true}, ClickId{"li_fat_id", "LinkedIn", true},
    ClickId{"rdt_cid", "Reddit", true},     ClickId{"sccid", "Snapchat", true},
    ClickId{"fbclid", "Facebook", false},   ClickId{"igshid", "Instagram", false},
    ClickId{"igsh", "Instagram", false},
};

const auto* named(const auto& table, std::string_view name) {
  const auto* const found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return equals_ignoring_case(row.name, name); });
  return found == table.end() ? nullptr : found;
}

std::string decoded(std::string_view raw) {
  const auto text = percent_decode(raw, PlusMeans::space);
  const std::string clean = clean_utf8(text ? *text : std::string(raw));
  return std::string(trim(cut_utf8(trim(clean), campaign_bytes_max)));
}

}  // namespace

Campaign parse_campaign(std::string_view query) {
  Campaign campaign;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) {
    if (const Tag* tag = named(tags, name)) {
      std::string& part = campaign.*(tag->part);
      if (part.empty()) part = decoded(value);
    } else if (const ClickId* click = named(click_ids, name); click != nullptr && !value.empty()) {
      // A paid click may carry both kinds: an advertisement in a post.
      if (campaign.paid_click || (!click->paid && !campaign.click_source.empty())) return;
      campaign.click_source = click->source;
      campaign.paid_click = click->paid;
    }
  });
  return campaign;
}

std::string_view origin_of(std::string_view referrer, const Campaign& campaign) {
  if (!campaign.tag().empty()) return campaign.tag();
  return referrer.empty() ? campaign.click_source : referrer;
}

}  // namespace footfall
