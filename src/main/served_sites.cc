#include "main/served_sites.h"

#include <utility>

#include "adapters/local_files/local_site_files.h"
#include "app/api/media_type.h"
#include "app/api/problem.h"
#include "app/api/site_pages.h"
#include "app/edge/upstream.h"
#include "app/site_hosts.h"
#include "app/site_json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A folder of files.
class FilesBackend final : public HttpHandler {
 public:
  explicit FilesBackend(std::unique_ptr<SiteFiles> files) : files_(std::move(files)) {}
  Admission admit(const Request& request) override { return admit_site_page(*files_, request); }
  Response handle(const Request& request) override { return site_page(*files_, request); }

 private:
  const std::unique_ptr<SiteFiles> files_;
};

// An application.
class UpstreamBackend final : public HttpHandler {
 public:
  UpstreamBackend(Origin origin, const Crypto& crypto) : upstream_(std::move(origin), crypto) {}
  Admission admit(const Request&) override { return Upstream::admit(); }
  Response handle(const Request& request) override { return upstream_.forward(request); }

 private:
  const Upstream upstream_;
};

Error at(const ConfiguredSite& site, const std::string& what, ErrorCode code = ErrorCode::invalid) {
  return {code, site.where.empty() ? what : site.where + ": " + what};
}

Result<Backend> open_backend(const ConfiguredSite& site, const Crypto& crypto) {
  if (!site.upstream.empty()) {
    auto origin = parse_upstream(site.upstream);
    if (!origin) return at(site, origin.error().what);
    return Backend(std::make_shared<UpstreamBackend>(*std::move(origin), crypto));
  }
  if (site.root.empty()) return Backend();
  auto files = LocalSiteFiles::open(site.root, media_type);
  if (!files) return at(site, files.error().what, files.error().code);
  return Backend(std::make_shared<FilesBackend>(*std::move(files)));
}

}  // namespace

Result<std::shared_ptr<const OpenedSites>> open_sites(std::vector<ConfiguredSite> sites, const Crypto& crypto) {
  auto opened = std::make_shared<OpenedSites>();
  for (const ConfiguredSite& site : sites) {
    auto backend = open_backend(site, crypto);
    if (!backend) return backend.error();
    if (*backend == nullptr) continue;
    if (site.name.empty()) {
      opened->for_any_host = *std::move(backend);
    } else {
      opened->backends.emplace(site.name, *std::move(backend));
    }
  }
  opened->sites = std::move(sites);
  return std::shared_ptr<const OpenedSites>(std::move(opened));
}

Result<Done> register_sites(Registry& registry, const OpenedSites& sites) {
  for (const ConfiguredSite& configured : sites.sites) {
    if (configured.name.empty()) continue;
    Site site;
    if (const auto known = registry.site(configured.name)) {
      if (configured.settings.empty()) continue;
      site = *known;
    }
    site.name = configured.name;
    if (auto taken = take_settings(configured.settings, site); !taken) return at(configured, taken.error().what);
    if (auto put = registry.put_site(std::move(site)); !put) {
      return put.error().code == ErrorCode::invalid ? at(configured, put.error().what) : put.error();
    }
  }
  return Done{};
}

void ServedSites::use(Registry& registry, std::shared_ptr<const OpenedSites> sites) {
  state_.with([&](State& state) { state = {&registry, std::move(sites)}; });
}

ServedSites::Found ServedSites::find(const Request& request) const {
  const State state = state_.with([](const State& held) { return held; });
  if (state.registry == nullptr) return {};
  const auto& backends = state.sites->backends;
  const auto site = site_of_host(state.registry->now(), host_named(request),
                                 [&](std::string_view name) { return backends.contains(name); });
  if (!site) return {state.sites->for_any_host, true};
  if (*site == nullptr) return {state.sites->for_any_host, false};
  return {backends.find((*site)->name)->second, false};
}

Admission ServedSites::admit(const Request& request) {
  const Found found = find(request);
  if (found.backend == nullptr) return {api_body_bytes_max, false, 0};
  return found.backend->admit(request);
}

Response ServedSites::handle(const Request& request) {
  const Found found = find(request);
  if (found.backend != nullptr) return found.backend->handle(request);
  if (found.misdirected) return problem(421, {ErrorCode::not_found, "no site of this name is served here"});
  return problem({ErrorCode::not_found, "no site is served here"});
}

Backend ServedSites::backend_of(std::string_view site) const {
  const auto sites = state_.with([](const State& held) { return held.sites; });
  const auto found = sites->backends.find(site);
  return found == sites->backends.end() ? nullptr : found->second;
}

}  // namespace footfall
