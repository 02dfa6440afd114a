// What every route that records asks before it records, and what it does with what may not be recorded.
#pragma once

#include <optional>
#include <string_view>

#include "app/api/router.h"
#include "app/api/services.h"
#include "app/edge/guard.h"

namespace footfall {

// Whether the call may record for the site; `token` is the page token that came in its body or query.
inline GuardVerdict guard(const VisitServices& services, const Call& call, const Site& site, std::string_view token) {
  return services.guard.check(call.request, site, call.caller.may(Role::ingest, site.name), token,
                              services.clock.now());
}

// Drops a hit; the position of its record, if it is kept.
inline std::optional<Position> drop(const VisitServices& services, const Site& site, const Hit& hit,
                                    DropReason reason) {
  return services.recorder.drop({hit, reason, rules_version(site)});
}

// Why policy does not let the call count on the site, where it counts no hit: it is counted as dropped, and not kept.
// The page token is `token`, or the parameter `k`.
std::optional<DropReason> counting_dropped(const VisitServices& services, const Call& call, std::string_view site,
                                           std::string token = {});
// The same for a hit, which is kept.
std::optional<DropReason> hit_dropped(const VisitServices& services, const Call& call, const Hit& hit);

}  // namespace footfall
