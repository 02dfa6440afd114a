#include "app/api/dialects/dialect.h"

#include <algorithm>

#include "app/api/services.h"
#include "domain/page.h"

namespace footfall {

bool speaks(const Site& site, std::string_view dialect) {
  return std::find(site.dialects.begin(), site.dialects.end(), dialect) != site.dialects.end();
}

std::function<bool()> while_spoken(const Registry& registry, std::string_view dialect) {
  return [&registry, dialect] {
    const auto registered = registry.now();
    return std::any_of(registered->sites.begin(), registered->sites.end(),
                       [&](const auto& entry) { return speaks(entry.second, dialect); });
  };
}

std::optional<Meant> site_meant(const Registry& registry, std::string_view dialect, std::string_view named,
                                const Request& request) {
  const auto registered = registry.now();
  const auto speaking = [&](std::string_view name) -> std::optional<std::string> {
    // A Host header has a port, and may be written in any case.
    const auto parsed = parse_site(name);
    if (!parsed) return std::nullopt;
    const auto found = registered->sites.find(*parsed);
    if (found == registered->sites.end() || !speaks(found->second, dialect)) return std::nullopt;
    return found->first;
  };
  if (auto site = speaking(named)) return Meant{std::move(*site), true};
  if (auto site = speaking(request.host())) return Meant{std::move(*site), false};
  std::optional<Meant> only;
  for (const auto& [name, site] : registered->sites) {
    if (!speaks(site, dialect)) continue;
    if (only) return std::nullopt;
    only = Meant{name, false};
  }
  return only;
}

std::optional<std::string> site_of_page(const Registry& registry, std::string_view dialect, std::string_view host) {
  constexpr std::string_view www = "www.";
  const auto parsed = parse_site(host);
  if (!parsed) return std::nullopt;
  const auto registered = registry.now();
  for (const auto& [name, site] : registered->sites) {
    if (!speaks(site, dialect)) continue;
    if (name == *parsed || (parsed->starts_with(www) && parsed->substr(www.size()) == name) ||
        std::find(site.hosts.begin(), site.hosts.end(), *parsed) != site.hosts.end()) {
      return name;
    }
  }
  return std::nullopt;
}

void add_dialect_routes(Router& router, const Services& services) {
  add_countapi_routes(router, services);
  add_goatcounter_routes(router, services);
  add_busuanzi_routes(router, services);
  add_hit_counter_routes(router, services);
  add_moe_routes(router, services);
}

}  // namespace footfall
