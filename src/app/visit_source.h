// Where a visit came from: what its link says goes before the page it stood on; a click id speaks when neither does.
#pragma once

#include <string_view>

#include "domain/campaign.h"
#include "ports/referrers.h"

namespace footfall {

// `campaign` is that of the hit's query; `site` is no source of its own visits.
ReferrerFacts source_of(const Referrers& referrers, std::string_view referrer, std::string_view site,
                        const Campaign& campaign);

}  // namespace footfall
