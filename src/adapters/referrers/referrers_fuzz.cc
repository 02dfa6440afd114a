// Any bytes are a referrer and a query: source, medium and channel are clean text, and both or neither of source and
// medium are there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/referrers/known_referrers.h"
#include "base/check.h"
#include "base/text.h"
#include "domain/campaign.h"
#include "domain/channel.h"
#include "domain/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const KnownReferrers referrers;

  const auto facts = referrers.classify(text, "example.com");
  FOOTFALL_ASSERT(facts.source.empty() == facts.medium.empty());
  FOOTFALL_ASSERT(is_utf8(facts.source) && facts.source.size() <= site_bytes_max);
  FOOTFALL_ASSERT(std::all_of(facts.source.begin(), facts.source.end(), [](char c) { return c >= ' ' && c < 0x7F; }));

  const auto campaign = parse_campaign(text);
  for (const auto* part :
       {&campaign.source, &campaign.medium, &campaign.campaign, &campaign.content, &campaign.term, &campaign.ref}) {
    FOOTFALL_ASSERT(is_utf8(*part) && part->size() <= campaign_bytes_max);
    FOOTFALL_ASSERT(part->find('\n') == std::string::npos && part->find('\0') == std::string::npos);
  }
  FOOTFALL_ASSERT(!name_of(channel_of(facts.source, facts.medium, campaign)).empty());
  return 0;
}
