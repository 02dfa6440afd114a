// Counters over HTTP: read one or all, increment and answer the new value.
//
// A number is answered only when all it includes is on disk (Response::after), also to a reader: no number that was
// ever shown can go back.

#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

Result<std::string> key_of(const Call& call) {
  auto key = percent_decode(call.key);
  if (!key) return Error{ErrorCode::invalid, key.error().what, "key"};
  if (!is_utf8(*key) || key->find_first_of(std::string_view("\0\r\n\t", 4)) != std::string::npos) {
    return Error{ErrorCode::invalid, "the key is not UTF-8 text of one line", "key"};
  }
  if (key->size() > counter_key_bytes_max) return Error{ErrorCode::invalid, "the key is over 2,000 bytes", "key"};
  return key;
}

Response answer(json::object body, std::optional<Position> includes) {
  Response response = json_response(200, json::serialize(body));
  allow_any_origin(response);
  response.after = includes;
  return response;
}

Response refused(const Error& error) {
  Response response = error.code == ErrorCode::too_large ? problem(409, error) : problem(error);
  allow_any_origin(response);
  return response;
}

class CounterRoutes {
 public:
  explicit CounterRoutes(const Services& services) : services_(services) {}

  Response read(const Call& call) const {
    const auto site = site_of(call, services_.registry);
    if (!site) return refused(site.error());
    const auto key = key_of(call);
    if (!key) return refused(key.error());
    const auto reading = services_.collector.counter(*site, *key);
    if (!reading) return refused({ErrorCode::not_found, "there is no counter of this key yet", "key"});
    return answer({{"site", *site}, {"key", *key}, {"value", reading->value}}, reading->includes);
  }

  Response read_all(const Call& call) const {
    const auto site = site_of(call, services_.registry, Role::read);
    if (!site) return problem(site.error());
    std::optional<Position> includes;
    json::array counters;
    for (const CounterValue& counter : services_.collector.counters(*site, includes)) {
      counters.push_back({{"key", counter.key}, {"value", counter.value}});
    }
    Response response =
        json_response(200, json::serialize(json::object{{"site", *site}, {"counters", std::move(counters)}}));
    response.after = includes;
    return response;
  }

  Response increment(const Call& call) const {
    const auto site = site_of(call, services_.registry);
    if (!site) return refused(site.error());
    const auto key = key_of(call);
    if (!key) return refused(key.error());
    const auto by = amount(call, *site);
    if (!by) return refused(by.error());
    const std::string_view idempotency_key = call.request.header("idempotency-key");
    if (idempotency_key.size() > idempotency_key_bytes_max) {
      return refused({ErrorCode::invalid, "the Idempotency-Key is over 255 bytes", "idempotency-key"});
    }
    const auto done = services_.collector.increment({services_.clock.now(), *site, *key, *by, 0, idempotency_key});
    if (!done) return refused(done.error());
    return answer({{"site", *site}, {"key", *key}, {"value", done->value}}, done->position);
  }

 private:
  static Result<std::uint64_t> amount(const Call& call, const std::string& site) {
    if (call.request.body.empty()) return std::uint64_t{1};
    const auto body = parse_json(call.request.body);
    if (!body) return Error{ErrorCode::invalid, body.error().what, "body"};
    if (!body->is_object()) return Error{ErrorCode::invalid, "the body must be a JSON object", "body"};
    const json::value* by = body->get_object().if_contains("by");
    if (by == nullptr) return std::uint64_t{1};
    boost::system::error_code problem;
    const auto number = by->to_number<std::uint64_t>(problem);
    if (problem || number == 0 || number > counter_value_max) {
      return Error{ErrorCode::invalid, "'by' must be a whole number from 1 to 2^53 - 1", "by"};
    }
    if (number != 1 && !call.caller.may(Role::ingest, site)) {
      return Error{ErrorCode::forbidden, "to count more than one at a time takes an ingest token of the site", "by"};
    }
    return number;
  }

  Services services_;
};

}  // namespace

void add_counter_routes(Router& router, const Services& services) {
  const CounterRoutes routes(services);
  const auto increment = [routes](const Call& call) { return routes.increment(call); };
  const auto preflight = [](const Call&) { return preflight_response(); };
  router.add(
      {Method::post, "/api/counters/{key}/increment", Access::anyone, collect_body_bytes_max, false, increment, true});
  router.add({Method::get, "/api/counters/{key}/increment", Access::anyone, 0, false, increment, true});
  router.add({Method::options, "/api/counters/{key}/increment", Access::anyone, 0, false, preflight});
  router.add({Method::get, "/api/counters/{key}", Access::anyone, 0, false,
              [routes](const Call& call) { return routes.read(call); }});
  router.add({Method::get, "/api/counters", Access::read, 0, false,
              [routes](const Call& call) { return routes.read_all(call); }});
}

}  // namespace footfall
