// The sites whose pages are served here: each request goes to what answers for the site that its Host names.
//
// The set of sites is replaced as a whole while requests are under way; each keeps what it began with.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/registry.h"
#include "base/guarded.h"
#include "base/result.h"
#include "main/site_config.h"
#include "ports/crypto.h"
#include "ports/http.h"

namespace footfall {

// What answers for one site: its files, or the server behind it. Shared: a request under way keeps it.
using Backend = std::shared_ptr<HttpHandler>;

// Sites that can be served: their folders are open. Changes nothing until it is used.
struct OpenedSites {
  std::vector<ConfiguredSite> sites;
  std::map<std::string, Backend, std::less<>> backends;  // by site; of those that have pages here
  Backend for_any_host;                                  // where pages are served without a site; may be null
};

// Errors: invalid (an address that is none), failed (a folder that cannot be opened), with the place that says so.
// `crypto` outlives them.
Result<std::shared_ptr<const OpenedSites>> open_sites(std::vector<ConfiguredSite> sites, const Crypto& crypto);

// Puts sites with the settings that were given into the registry. Others stay there as they are: they have been
// counted.
Result<Done> register_sites(Registry& registry, const OpenedSites& sites);

// Any thread. `use` before the first request.
class ServedSites final : public HttpHandler {
 public:
  void use(Registry& registry, std::shared_ptr<const OpenedSites> sites);

  Admission admit(const Request& request) override;
  // 421 for a host that is none of several sites, 404 where no pages are served.
  Response handle(const Request& request) override;

  // Whether the pages of a site are served here.
  [[nodiscard]] bool serves(std::string_view site) const { return backend_of(site) != nullptr; }
  // What answers for a site, or null.
  [[nodiscard]] Backend backend_of(std::string_view site) const;

 private:
  struct State {
    Registry* registry = nullptr;
    std::shared_ptr<const OpenedSites> sites = std::make_shared<const OpenedSites>();
  };
  struct Found {
    Backend backend;
    bool misdirected = false;
  };
  [[nodiscard]] Found find(const Request& request) const;

  Guarded<State> state_;
};

}  // namespace footfall
