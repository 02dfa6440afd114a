// The keys of the edge: how old they are, a new one, and what an app of a site makes page tokens with.

#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/edge/page_tokens.h"
#include "app/json.h"

namespace footfall {
namespace {

// After a rotation, tokens of the old key are believed for key_overlap: an app that asks this often never notices.
constexpr int page_key_seconds = 3'600;

// Ids and ages alone: the secrets leave the data folder by no route.
Response list_keys(const SessionKeys& keys) {
  json::array list;
  const SessionKeys::List all = keys.all();
  for (auto key = all->rbegin(); key != all->rend(); ++key) {
    json::object entry{{"id", key->id},
                       {"made", to_rfc3339(key->made)},
                       {"signs", !key->retired.has_value()},
                       {"verifies", keys.verifies(*key)}};
    if (key->retired) entry["retired"] = to_rfc3339(*key->retired);
    list.push_back(std::move(entry));
  }
  return json_response(200, json::serialize(json::object{{"keys", std::move(list)}}));
}

// One key serves every site: it takes an admin of all of them.
Response unless_of_some_sites(const Call& call, const std::function<Response()>& answer) {
  if (call.caller.token->sites.empty()) return answer();
  return problem({ErrorCode::forbidden, "this takes an admin token of every site"});
}

Response page_key(const Call& call, const Services& services) {
  const auto site = site_of(call, services.registry, Role::ingest);
  if (!site) return problem(site.error());
  return json_response(
      200, json::serialize(json::object{
               {"site", *site}, {"key", services.tokens.site_key(*site)}, {"ask_again_seconds", page_key_seconds}}));
}

}  // namespace

void add_key_routes(Router& router, const Services& services) {
  router.add({Method::get, "/api/keys", Access::admin, 0, true, [services](const Call& call) {
                return unless_of_some_sites(call, [&] { return list_keys(services.session_keys); });
              }});
  router.add({Method::post, "/api/keys/rotate", Access::admin, 0, true, [services](const Call& call) {
                return unless_of_some_sites(call, [&] {
                  if (const auto rotated = services.session_keys.rotate(); !rotated) return problem(rotated.error());
                  return list_keys(services.session_keys);
                });
              }});
  router.add({Method::get, "/api/page-key", Access::ingest, 0, false,
              [services](const Call& call) { return page_key(call, services); }});
}

}  // namespace footfall
