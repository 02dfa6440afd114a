#include "app/site_hosts.h"

#include <algorithm>

#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view www = "www.";

}  // namespace

std::string host_named(const Request& request) {
  auto host = parse_site(request.host());
  return host ? *std::move(host) : std::string();
}

std::optional<std::shared_ptr<const Site>> site_of_host(const std::shared_ptr<const Registered>& registered,
                                                        std::string_view host,
                                                        const std::function<bool(std::string_view site)>& serves) {
  const auto named = [&](std::string_view name) -> std::shared_ptr<const Site> {
    const auto found = registered->sites.find(name);
    if (found == registered->sites.end() || !serves(found->first)) return nullptr;
    return {registered, &found->second};
  };
  if (auto site = named(host)) return site;
  if (host.starts_with(www)) {
    if (auto site = named(host.substr(www.size()))) return site;
  } else if (auto site = named(std::string(www) + std::string(host))) {
    return site;
  }
  std::size_t served = 0;
  std::shared_ptr<const Site> last;
  for (const auto& [name, site] : registered->sites) {
    if (!serves(name)) continue;
    ++served;
    last = {registered, &site};
    if (std::find(site.hosts.begin(), site.hosts.end(), host) != site.hosts.end()) return last;
  }
  if (served > 1) return std::nullopt;
  return last;
}

}  // namespace footfall
