#include "app/visit_source.h"

namespace footfall {

ReferrerFacts source_of(const Referrers& referrers, std::string_view referrer, std::string_view site,
                        const Campaign& campaign) {
  const std::string_view origin = origin_of(referrer, campaign);
  if (origin.empty()) return {};
  ReferrerFacts facts = referrers.classify(origin, site);
  // A tag that names nothing known stands for itself.
  if (origin != referrer && facts.source.empty()) facts.source = campaign.tag();
  return facts;
}

}  // namespace footfall
