// Counters over HTTP: read one or all, increment and answer the new value with a receipt, change what they are.
//
// A number is answered only when all it includes is on disk (Response::after), also to a reader: no number that was
// ever shown can go back.

#include "app/api/counter_call.h"
#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/winner_routes.h"
#include "app/counter_settings.h"
#include "app/receipt.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class CounterRoutes {
 public:
  explicit CounterRoutes(const Services& services) : services_(services) {}

  Response read(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    if (asks_the_store(call.request.query)) return read_stored(call, *name);
    const auto reading = services_.collector.counter(name->site, name->key);
    if (!reading) return counter_refusal({ErrorCode::not_found, "there is no counter of this key yet", "key"});
    return counter_answer({{"site", name->site}, {"key", name->key}, {"value", reading->value}}, reading->includes);
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
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    const bool trusted = call.caller.may(Role::ingest, name->site);
    const auto reason = counting_dropped(services_, call, name->site, counter_token(call));
    if (reason) return not_counted(*name, *reason);
    const auto by = counter_amount(call, trusted);
    if (!by) return counter_refusal(by.error());
    const std::string_view idempotency_key = call.request.header("idempotency-key");
    if (idempotency_key.size() > idempotency_key_bytes_max) {
      return counter_refusal({ErrorCode::invalid, "the Idempotency-Key is over 255 bytes", "idempotency-key"});
    }
    Increment increment;
    increment.time = services_.clock.now();
    increment.site = name->site;
    increment.key = name->key;
    increment.by = *by;
    increment.idempotency_key = idempotency_key;
    // A token speaks for many visitors: they are told apart by whoever has it.
    const OncePer once_per = trusted ? OncePer::request : services_.collector.once_per(name->site, name->key);
    const std::string id = services_.session_id(call.request);
    const std::string session = session_hash(name->site, id, services_.crypto);
    increment.session = session;
    increment.who = who_counts(once_per, name->site, id, call.request, services_.salts, increment.time);
    const auto done = services_.collector.increment(increment);
    if (!done) return counter_refusal(done.error());
    // Neighbours behind one address may be one visitor of the day: the number of the first is not for the second to
    // prove.
    const bool own_number = done->counted || (once_per == OncePer::session && !id.empty());
    return incremented(*name, *done, own_number ? std::optional(session) : std::nullopt);
  }

  Response change(const Call& call) const {
    const auto name = counter_of(call, services_.registry, Role::ingest);
    if (!name) return counter_refusal(name.error());
    const auto body = parse_json(call.request.body);
    if (!body) return counter_refusal({ErrorCode::invalid, body.error().what, "body"});
    if (!body->is_object()) return counter_refusal({ErrorCode::invalid, "the body must be a JSON object", "body"});
    const auto wanted = read_settings_change(body->get_object());
    if (!wanted) return counter_refusal(wanted.error());
    if (const auto fits = check_settings_change(name->key, *wanted); !fits) return counter_refusal(fits.error());
    const auto done = services_.collector.change(
        name->site, name->key, [&](const CounterState& now) { return changed(now, *wanted, services_.crypto); });
    if (!done) return counter_refusal(done.error());
    const CounterSettings& settings = done->entry.settings;
    return counter_answer({{"site", name->site},
                           {"key", name->key},
                           {"value", done->value},
                           {"initial", settings.initial},
                           {"once_per", name_of(settings.once_per)},
                           {"winners", rules_json(settings, Audience::owner, services_.crypto)}},
                          done->includes);
  }

 private:
  // The number as it is. An increment is no hit: it is counted as dropped, and not kept.
  Response not_counted(const CounterName& name, DropReason reason) const {
    const auto reading = services_.collector.counter(name.site, name.key);
    Response response =
        counter_answer({{"site", name.site}, {"key", name.key}, {"value", reading ? reading->value : 0}},
                       reading ? reading->includes : std::nullopt);
    response.status = 202;
    response.headers.push_back({"x-footfall-dropped", std::string(name_of(reason))});
    return response;
  }

  Response read_stored(const Call& call, const CounterName& name) const {
    const Parameters parameters(call.request.query);
    const auto unique = parameters.flag("unique");
    if (!unique) return counter_refusal(unique.error());
    const auto from = parameters.from();
    if (!from) return counter_refusal(from.error());
    const auto to = parameters.to();
    if (!to) return counter_refusal(to.error());
    const auto fresh = parameters.flag("fresh");
    if (!fresh) return counter_refusal(fresh.error());
    // Strangers may look as often as they like, but not make the store work as often.
    if (*fresh && !call.caller.may(Role::read, name.site)) {
      const ErrorCode code = call.caller.token ? ErrorCode::forbidden : ErrorCode::unauthorized;
      return counter_refusal({code, "'fresh' takes a read token of the site", "fresh"});
    }
    const auto numbers =
        services_.numbers.read(name.site, name.key, *from, *to, *fresh ? Freshness::now : Freshness::about_now);
    if (!numbers) return counter_refusal(numbers.error());
    json::object body{{"site", name.site}, {"key", name.key}, {"value", numbers->value}};
    if (*unique) body["visitors"] = numbers->visitors;
    return counter_answer(body, numbers->includes);
  }

  // Put together by hand: this is asked some 50,000 times a second.
  Response incremented(const CounterName& name, const Incremented& done,
                       const std::optional<std::string>& session) const {
    std::string body;
    body.reserve(640);
    body += R"({"site":")";
    body += name.site;  // a host name
    body += R"(","key":)";
    body += json::serialize(json::string_view(name.key));
    body += R"(,"value":)";
    body += std::to_string(done.value);
    if (!done.counted) body += R"(,"counted":false)";
    if (!session) body += '}';
    Response response = json_response(200, std::move(body));
    allow_any_origin(response);
    response.after = done.position;
    if (session) {
      services_.receipts.seal(response, statement_bytes(name.site, name.key, done.value, done.time, *session));
    }
    return response;
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
  add_winner_routes(router, services);
  Route read{Method::get,    "/api/counters/{key}",
             Access::anyone, 0,
             false,          [routes](const Call& call) { return routes.read(call); }};
  read.may_block_with = [](const Request& request) { return asks_the_store(request.query); };
  router.add(std::move(read));
  router.add({Method::put, "/api/counters/{key}", Access::ingest, counter_settings_bytes_max, false,
              [routes](const Call& call) { return routes.change(call); }});
  router.add({Method::get, "/api/counters", Access::read, 0, false,
              [routes](const Call& call) { return routes.read_all(call); }});
}

}  // namespace footfall
