#include "app/cloud/cloud_routes.h"

#include <array>

#include "app/api/counter_call.h"
#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::array<RouteName, 29> not_here{{
    {Method::get, "/counter/{key}.svg"},
    {Method::get, "/counter/{key}.png"},
    {Method::get, "/counter/{key}.html"},
    {Method::get, "/counter/{key}.json"},
    {Method::get, "/api/counters/{key}/live"},
    {Method::get, "/api/counters/{key}/winner"},
    {Method::options, "/api/counters/{key}/winner"},
    {Method::post, "/api/counters/{key}/claim"},
    {Method::options, "/api/counters/{key}/claim"},
    {Method::get, "/api/counters/{key}/draw"},
    {Method::post, "/api/counters/{key}/draw/reveal"},
    {Method::get, "/api/counters/{key}/wins"},
    {Method::put, "/api/counters/{key}"},
    {Method::get, "/api/receipts/key"},
    {Method::post, "/api/receipts/verify"},
    {Method::options, "/api/receipts/verify"},
    {Method::post, "/api/receipts/rotate"},
    {Method::del, "/api/visits"},
    {Method::get, "/api/dropped"},
    {Method::post, "/api/dropped/readmit"},
    {Method::get, "/api/live"},
    {Method::get, "/api/keys"},
    {Method::post, "/api/keys/rotate"},
    {Method::get, "/api/page-key"},
    {Method::post, "/api/import"},
    {Method::post, "/api/prune"},
    {Method::get, "/readyz"},
    {Method::get, "/metrics"},
    {Method::get, "/api/openapi.json"},
}};

class TableCounterRoutes {
 public:
  TableCounterRoutes(const VisitServices& services, TableCounters& counters)
      : services_(services), counters_(counters) {}

  Response read(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    const Parameters parameters(call.request.query);
    for (const char* cut : {"unique", "from", "to"}) {
      const auto given = parameters.text(cut);
      if (!given) return counter_refusal(given.error());
      if (!*given) continue;
      return counter_refusal(
          {ErrorCode::unsupported, "a counter's number is not cut where visits rest in DynamoDB", cut});
    }
    const auto value = counters_.value(name->site, name->key);
    if (!value) return counter_refusal(value.error());
    if (!*value) return counter_refusal({ErrorCode::not_found, "there is no counter of this key yet", "key"});
    return counter_answer({{"site", name->site}, {"key", name->key}, {"value", **value}}, std::nullopt);
  }

  Response read_all(const Call& call) const {
    const auto site = site_of(call, services_.registry, Role::read);
    if (!site) return problem(site.error());
    const auto all = counters_.all(*site);
    if (!all) return problem(all.error());
    json::array counters;
    for (const CounterValue& counter : *all) counters.push_back({{"key", counter.key}, {"value", counter.value}});
    return json_response(200, json::serialize(json::object{{"site", *site}, {"counters", std::move(counters)}}));
  }

  Response increment(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    // Whoever asks for that relies on it.
    if (call.request.has_header("idempotency-key")) {
      return counter_refusal({ErrorCode::unsupported,
                              "an increment is not known again by an Idempotency-Key where counters rest in DynamoDB",
                              "idempotency-key"});
    }
    const auto reason = counting_dropped(services_, call, name->site, counter_token(call));
    if (reason) return not_counted(*name, *reason);
    const auto by = counter_amount(call, call.caller.may(Role::ingest, name->site));
    if (!by) return counter_refusal(by.error());
    const auto value = counters_.increment(name->site, name->key, *by);
    if (!value) return counter_refusal(value.error());
    return counter_answer({{"site", name->site}, {"key", name->key}, {"value", *value}}, std::nullopt);
  }

 private:
  // The number as it is.
  Response not_counted(const CounterName& name, DropReason reason) const {
    const auto value = counters_.value(name.site, name.key);
    if (!value) return counter_refusal(value.error());
    Response response =
        counter_answer({{"site", name.site}, {"key", name.key}, {"value", value->value_or(0)}}, std::nullopt);
    response.status = 202;
    response.headers.push_back({"x-footfall-dropped", std::string(name_of(reason))});
    return response;
  }

  VisitServices services_;
  TableCounters& counters_;
};

}  // namespace

std::span<const RouteName> routes_not_here() { return not_here; }

void add_cloud_routes(Router& router, const VisitServices& services, TableCounters& counters) {
  add_event_routes(router, services);
  add_record_routes(router, services);
  // Before the counters' own: a key may hold anything, also "/live".
  for (const RouteName& route : not_here) {
    router.add({route.method, route.pattern, Access::anyone, api_body_bytes_max, false, [](const Call&) {
                  Response response = problem(
                      {ErrorCode::unsupported, "this is not answered where visits rest in DynamoDB: docs/cloud.md"});
                  allow_any_origin(response);
                  return response;
                }});
  }
  const TableCounterRoutes routes(services, counters);
  const auto increment = [routes](const Call& call) { return routes.increment(call); };
  router.add(
      {Method::post, "/api/counters/{key}/increment", Access::anyone, collect_body_bytes_max, true, increment, true});
  router.add({Method::get, "/api/counters/{key}/increment", Access::anyone, 0, true, increment, true});
  router.add({Method::options, "/api/counters/{key}/increment", Access::anyone, 0, false,
              [](const Call&) { return preflight_response(); }});
  router.add({Method::get, "/api/counters/{key}", Access::anyone, 0, true,
              [routes](const Call& call) { return routes.read(call); }});
  router.add({Method::get, "/api/counters", Access::read, 0, true,
              [routes](const Call& call) { return routes.read_all(call); }});
  add_visit_routes(router, services);
  add_stats_routes(router, services);
  add_owner_routes(router, services);
  router.add({Method::get, "/livez", Access::anyone, 0, false, [](const Call&) { return text_response(200, "ok\n"); }});
}

}  // namespace footfall
