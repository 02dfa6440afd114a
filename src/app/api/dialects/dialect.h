// What all dialects of counters share: which site a request means, and when its route is there.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/api/router.h"
#include "app/api/services.h"
#include "app/registry.h"
#include "domain/site.h"

namespace footfall {

bool speaks(const Site& site, std::string_view dialect);

// For Route::is_there: some site speaks the dialect. Without one, the site's own pages keep the path.
std::function<bool()> while_spoken(const Registry& registry, std::string_view dialect);

// The site that a request in a dialect means, of those that speak it: the one `named` in the request's own way (a name
// space, the host of a URL; "": none), or the one whose host name the request was sent to, or the only one there is.
// Nothing: none of these.
struct Meant {
  std::string site;
  bool is_named = false;  // it is the one named
};
std::optional<Meant> site_meant(const Registry& registry, std::string_view dialect, std::string_view named,
                                const Request& request);

// The site whose page stands at `host`, of those that speak the dialect: its name, with or without "www.", or one of
// its further hosts. Nothing: none.
std::optional<std::string> site_of_page(const Registry& registry, std::string_view dialect, std::string_view host);

// The routes of each, in a file of its own.
void add_countapi_routes(Router& router, const Services& services);
void add_goatcounter_routes(Router& router, const Services& services);
void add_busuanzi_routes(Router& router, const Services& services);
void add_hit_counter_routes(Router& router, const Services& services);
void add_moe_routes(Router& router, const Services& services);

}  // namespace footfall
