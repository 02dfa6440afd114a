// GoatCounter's visitor counter, which has the same addresses as our own badges: a site that speaks this dialect
// answers there as GoatCounter does (docs/embeds.md), and as we do where `style` or `format` asks for what is ours.
#pragma once

#include <string>
#include <string_view>

#include "app/api/badge_form.h"
#include "app/api/embeds.h"
#include "app/registry.h"

namespace footfall::goatcounter {

bool speaks(const Registry& registry, std::string_view site);

// The query without a `style` that is not one of ours: there, it is CSS for the counter's own frame, which we do not
// take from strangers.
std::string without_its_style(std::string_view query);

// Whether a request for a counter may be of a site that speaks it. Cheap.
bool may_be_spoken(const Registry& registry, std::string_view query);

// Takes `start` (a date, or a week, month or year back) and `end` (a date, which is in it) as the form's time.
//   errors  invalid
Result<Done> take_time(std::string_view query, Instant now, BadgeForm& form);

// {"count":"1 234","count_unique":"987"}, views and visitors; 404 with zeros for what is not known.
Response counts(const ShownNumber& number);

// The panel of 200 by 80, or by 60 with `no_branding`; 404 with a zero for what is not known.
Response card(const Services& services, const Call& call, std::string_view key, const BadgeForm& form,
              const ShownNumber& number, BadgeFormat format);

}  // namespace footfall::goatcounter
