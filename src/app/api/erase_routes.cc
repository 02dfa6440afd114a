// DELETE /api/visits: erasing visits for good. POST /api/prune: letting go what has been kept for long enough.

#include <algorithm>
#include <array>
#include <set>

#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/api/visit_filter.h"
#include "app/eraser.h"
#include "app/json.h"

namespace footfall {
namespace {

// A filter that was misspelled, left empty or given twice would erase more than was meant: here it is an error.
Result<Done> check_names(std::string_view query, std::span<const std::string_view> names) {
  std::set<std::string_view> seen;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error{ErrorCode::invalid, "'" + std::string(name) + "' is no parameter of this", std::string(name)};
    }
    if (equals == std::string_view::npos || equals + 1 == pair.size()) {
      return Error{ErrorCode::invalid, "'" + std::string(name) + "' is empty", std::string(name)};
    }
    if (!seen.insert(name).second) {
      return Error{ErrorCode::invalid, "'" + std::string(name) + "' is there twice", std::string(name)};
    }
  }
  return Done{};
}

Response erase(const Services& services, const Call& call) {
  constexpr std::array<std::string_view, 9> names{"site",  "ip",   "path", "session", "visitor",
                                                  "event", "from", "to",   "preview"};
  if (const auto checked = check_names(call.request.query, names); !checked) return problem(checked.error());
  const auto filter = read_visit_filter(call, services, Role::admin);
  if (!filter) return problem(filter.error());
  const bool narrowed =
      filter->ip || filter->path || filter->session || filter->visitor || filter->event || filter->from || filter->to;
  if (!narrowed) {
    return problem({ErrorCode::invalid, "one of ip, path, session, visitor, event, from and to is needed", "site"});
  }
  const auto preview = Parameters(call.request.query).flag("preview");
  if (!preview) return problem(preview.error());
  const auto visits = *preview ? services.eraser.count(*filter) : services.eraser.erase(*filter);
  if (!visits) return problem(visits.error());
  return json_response(200, json::serialize(json::object{{*preview ? "visits" : "deleted", *visits}}));
}

Response prune(const Services& services, const Call& call) {
  constexpr std::array<std::string_view, 2> names{"site", "dry_run"};
  if (const auto checked = check_names(call.request.query, names); !checked) return problem(checked.error());
  const Parameters parameters(call.request.query);
  const auto given = parameters.text("site");
  if (!given) return problem(given.error());
  std::optional<std::string> site;
  if (*given || !call.caller.token->sites.empty()) {
    auto named = site_of(call, services.registry, Role::admin);
    if (!named) return problem(named.error());
    site = std::move(*named);
  }
  const auto dry_run = parameters.flag("dry_run");
  if (!dry_run) return problem(dry_run.error());
  const auto pruned = services.eraser.prune(site, *dry_run ? Processor::Pruning::counts_only : Processor::Pruning::now);
  if (!pruned) return problem(pruned.error());
  json::array sites;
  for (const Pruned& one : *pruned) {
    sites.push_back(
        {{"site", one.site}, {"visits", one.visits}, {"addresses", one.addresses}, {"user_agents", one.user_agents}});
  }
  return json_response(200, json::serialize(json::object{{"dry_run", *dry_run}, {"sites", std::move(sites)}}));
}

}  // namespace

void add_erase_routes(Router& router, const Services& services) {
  router.add({Method::del, "/api/visits", Access::admin, 0, true,
              [services](const Call& call) { return erase(services, call); }});
  router.add({Method::post, "/api/prune", Access::admin, 0, true,
              [services](const Call& call) { return prune(services, call); }});
}

}  // namespace footfall
