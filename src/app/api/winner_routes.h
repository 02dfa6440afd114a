// The routes of winners; a part of those of counters, as they stand before the route of any key.
#pragma once

#include "app/api/router.h"
#include "app/api/services.h"

namespace footfall {

void add_winner_routes(Router& router, const Services& services);

}  // namespace footfall
