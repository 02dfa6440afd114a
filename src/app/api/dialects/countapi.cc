// CountAPI, and Abacus, which took over from it: /hit, /get, /create, /set, /update, /info, /stream and the shields.
//
// A name space is a site that speaks the dialect; any other belongs to the one site that does (or to the one the
// request was sent to), and then it is a part of the counter's key: "ns/key". Numbers here only grow and are never
// forgotten: there is no reset, no expiry, and /set and /update take a token of the site but for one more.

#include <algorithm>

#include "app/api/badge_form.h"
#include "app/api/dialects/dialect.h"
#include "app/api/embeds.h"
#include "app/api/guarded.h"
#include "app/api/parameters.h"
#include "app/api/pixel.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view dialect = "countapi";
constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
constexpr std::size_t name_bytes_min = 3;
constexpr std::size_t name_bytes_max = 64;
constexpr std::string_view callback_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$.";
constexpr std::size_t callback_bytes_max = 64;

bool is_name(std::string_view text) {
  return text.size() >= name_bytes_min && text.size() <= name_bytes_max &&
         text.find_first_not_of(name_characters) == std::string_view::npos;
}

// The counter that a path or a query names.
struct Counter {
  std::string name_space;
  std::string name;
  std::string site;
  std::string key;
};

// JSON, or a script that calls back where a page asks for one (JSONP).
Response reply(const Call& call, int status, const json::object& body, std::optional<Position> includes = {}) {
  std::string text = json::serialize(body);
  const auto callback = find_parameter(call.request.query, "callback");
  Response response;
  if (!callback || callback->empty()) {
    response = json_response(status, std::move(text));
  } else if (callback->size() > callback_bytes_max ||
             callback->find_first_not_of(callback_characters) != std::string_view::npos) {
    response = json_response(400, R"({"error":"'callback' is no name of a function"})");
  } else {
    // A browser does not run a script that came with an error's status.
    response =
        text_response(200, "/**/" + std::string(*callback) + "(" + text + ");", "text/javascript; charset=utf-8");
    response.headers.push_back({"cache-control", "no-store"});
  }
  allow_embedding(response);
  response.after = includes;
  return response;
}

Response refusal(const Call& call, int status, std::string what) {
  return reply(call, status, {{"value", nullptr}, {"error", std::move(what)}});
}

class CountapiRoutes {
 public:
  explicit CountapiRoutes(const Services& services) : services_(services) {}

  Response hit(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      if (const auto dropped = counting_dropped(services_, call, counter.site)) {
        return not_counted(call, counter.site, counter.key, *dropped);
      }
      const auto grown = count_up(services_, counter.site, counter.key, 1);
      if (!grown) return embed_problem(grown.error());
      if (find_parameter(call.request.query, "img")) {
        Response response = pixel_response(200);
        response.after = grown->position;
        return response;
      }
      return reply(call, 200, {{"value", grown->value}}, grown->position);
    });
  }

  Response get(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      const ShownNumber number = shown_number(services_, counter.site, counter.key);
      if (!number.is_known) return refusal(call, 404, "there is no such key");
      return reply(call, 200, {{"value", number.value}}, number.includes);
    });
  }

  Response info(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      const ShownNumber number = shown_number(services_, counter.site, counter.key);
      json::object body{{"namespace", counter.name_space},
                        {"key", counter.name},
                        {"full_key", counter.name_space + ":" + counter.name},
                        {"value", nullptr},
                        {"exists", number.is_known},
                        {"is_genuine", true},
                        {"enable_reset", false},
                        {"update_lowerbound", 0},
                        {"update_upperbound", 1},
                        {"ttl", -1},
                        {"expires_in", -1},
                        {"expires_str", "Never"}};
      if (!number.is_known) return reply(call, 404, body);
      body["value"] = number.value;
      return reply(call, 200, body, number.includes);
    });
  }

  Response update(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      const Parameters parameters(call.request.query);
      // CountAPI says `amount`, Abacus says `value`.
      auto amount = parameters.text("amount");
      if (amount && !*amount) amount = parameters.text("value");
      if (!amount) return refusal(call, 400, amount.error().what);
      const std::string text = amount->value_or("1");
      if (text.starts_with('-')) return refusal(call, 403, "the numbers of this counter only grow");
      const auto by = parse_unsigned(text);
      if (!by || *by > counter_value_max) return refusal(call, 400, "'amount' must be a whole number");
      if (*by > 1 && !call.caller.may(Role::ingest, counter.site)) {
        return refusal(call, 403, "to count more than one at a time takes an ingest token of the site");
      }
      if (*by == 0) return get(call);
      if (const auto dropped = counting_dropped(services_, call, counter.site)) {
        return not_counted(call, counter.site, counter.key, *dropped);
      }
      const auto grown = count_up(services_, counter.site, counter.key, *by, Collector::IfUnknown::refuse);
      if (!grown) return refused(call, grown.error());
      return reply(call, 200, {{"value", grown->value}}, grown->position);
    });
  }

  Response set(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      const auto wanted = Parameters(call.request.query).number("value", 0, counter_value_max);
      if (!wanted) return refusal(call, 400, wanted.error().what);
      if (!*wanted) return refusal(call, 400, "'value' is missing");
      if (!call.caller.may(Role::ingest, counter.site)) {
        return not_set(call, counter, "to set a counter takes an ingest token of the site");
      }
      std::uint64_t before = 0;
      const auto moved = [&](const CounterState& now) -> Result<CounterSettings> {
        if (!now.value) return Error{ErrorCode::not_found, "there is no such key"};
        before = *now.value;
        if (**wanted < before) return Error{ErrorCode::exists, "the numbers of this counter only grow"};
        return begun_later(now.settings, **wanted - before);
      };
      const auto done = services_.collector.change(counter.site, counter.key, moved);
      if (!done && done.error().code == ErrorCode::exists) return not_set(call, counter, done.error().what);
      if (!done) return refused(call, done.error());
      return reply(call, 200, {{"old_value", before}, {"value", done->value}}, done->includes);
    });
  }

  Response create(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      const Parameters parameters(call.request.query);
      // CountAPI says `value`, Abacus says `initializer`.
      auto initial = parameters.number("initializer", 0, counter_value_max);
      if (initial && !*initial) initial = parameters.number("value", 0, counter_value_max);
      if (!initial) return refusal(call, 400, initial.error().what);
      if (!call.caller.may(Role::ingest, counter.site)) {
        return refusal(call, 403, "a counter is made by its first hit; to make one with a value takes an ingest token");
      }
      const auto made = [&](const CounterState& now) -> Result<CounterSettings> {
        if (now.value) return Error{ErrorCode::exists, "this key is there already"};
        return begun_later(now.settings, initial->value_or(0));
      };
      const auto done = services_.collector.change(counter.site, counter.key, made);
      if (!done) return refused(call, done.error());
      return reply(
          call, 201,
          {{"namespace", counter.name_space}, {"key", counter.name}, {"value", done->value}, {"admin_key", nullptr}},
          done->includes);
    });
  }

  Response stream(const Call& call) const {
    return with_counter(call, [&](const Counter& counter) {
      return live_response(services_, counter.site, counter.key, CounterFeed::Words::countapi);
    });
  }

  enum class Shield : std::uint8_t { get, hit };
  Response shield(const Call& call, Shield kind) const {
    return with_counter(call, [&](const Counter& counter) {
      if (kind == Shield::hit) {
        if (const auto counted = count_image_view(services_, call, counter.site, counter.key); !counted) {
          return embed_problem(counted.error());
        }
      }
      const std::string_view query = call.request.query;
      const auto label = read_label(query, "text");
      if (!label) return refusal(call, 400, label.error().what);
      const auto color = read_color(query, "bgcolor");
      if (!color) return refusal(call, 400, color.error().what);
      const auto text_color = read_color(query, "textcolor");
      if (!text_color) return refusal(call, 400, text_color.error().what);
      BadgeLook look;
      look.style = badge_style_named(find_parameter(query, "style").value_or("flat")).value_or(BadgeStyle::flat);
      look.color = *color;
      look.text_color = *text_color;
      const ShownNumber number = shown_number(services_, counter.site, counter.key);
      const BadgeContent content{label->value_or("hits"), number.value, {}, {}};
      return badge_response(services_, call.request, draw_badge(content, look), BadgeFormat::svg, 1, number);
    });
  }

 private:
  // A number that is set was counted by somebody else: it moves where the counter begins, and is nobody's visit.
  static CounterSettings begun_later(CounterSettings settings, std::uint64_t by) {
    settings.initial += by;
    return settings;
  }

  // What is said in the dialect's own words; the rest as everywhere.
  static Response refused(const Call& call, const Error& error) {
    if (error.code == ErrorCode::not_found) return refusal(call, 404, "there is no such key");
    if (error.code == ErrorCode::exists) return refusal(call, 409, error.what);
    return embed_problem(error);
  }

  [[nodiscard]] Response not_set(const Call& call, const Counter& counter, std::string_view why) const {
    const ShownNumber number = shown_number(services_, counter.site, counter.key);
    if (!number.is_known) return refusal(call, 404, "there is no such key");
    return reply(call, 403, {{"old_value", number.value}, {"value", number.value}, {"error", why}}, number.includes);
  }

  // The number as it is, and why it did not grow.
  [[nodiscard]] Response not_counted(const Call& call, std::string_view site, std::string_view key,
                                     DropReason reason) const {
    const ShownNumber number = shown_number(services_, site, key);
    Response response = reply(call, 202, {{"value", number.value}}, number.includes);
    response.headers.push_back({"x-footfall-dropped", std::string(name_of(reason))});
    return response;
  }

  // "ns/key", or "key" of the name space "default"; for /create also in the query.
  static Result<std::pair<std::string, std::string>> names(const Call& call) {
    std::string_view text = call.key;
    std::string from_query;
    if (text.empty()) {
      const Parameters parameters(call.request.query);
      const auto name_space = parameters.text("namespace");
      if (!name_space) return name_space.error();
      const auto key = parameters.text("key");
      if (!key) return key.error();
      from_query = name_space->value_or("default") + "/" + key->value_or("");
      text = from_query;
    }
    const std::size_t slash = text.find('/');
    std::string name_space(slash == std::string_view::npos ? "default" : text.substr(0, slash));
    std::string key(slash == std::string_view::npos ? text : text.substr(slash + 1));
    if (!is_name(name_space) || !is_name(key)) {
      return Error{ErrorCode::invalid, "name space and key must be 3 to 64 letters, digits, '_', '.' or '-'"};
    }
    return std::pair(std::move(name_space), std::move(key));
  }

  template <typename Use>
  Response with_counter(const Call& call, Use&& use) const {
    const auto named = names(call);
    if (!named) return refusal(call, 400, named.error().what);
    const auto& [name_space, name] = *named;
    const auto meant = site_meant(services_.registry, dialect, name_space, call.request);
    if (!meant) return refusal(call, 404, "the name space is no site that speaks this dialect");
    const Counter counter{name_space, name, meant->site, meant->is_named ? name : name_space + "/" + name};
    return use(counter);
  }

  Services services_;
};

}  // namespace

void add_countapi_routes(Router& router, const Services& services) {
  const CountapiRoutes routes(services);
  const auto is_there = while_spoken(services.registry, dialect);
  using Member = Response (CountapiRoutes::*)(const Call&) const;
  const auto add = [&](Method method, std::string_view pattern, Member member, bool records) {
    router.add({method, pattern, Access::anyone, method == Method::post ? collect_body_bytes_max : 0, false,
                [routes, member](const Call& call) { return (routes.*member)(call); }, records, is_there});
  };
  // Shields first: "/shield" would be the end of a key.
  router.add({Method::get, "/hit/{key}/shield", Access::anyone, 0, false,
              [routes](const Call& call) { return routes.shield(call, CountapiRoutes::Shield::hit); }, false,
              is_there});
  router.add({Method::get, "/get/{key}/shield", Access::anyone, 0, false,
              [routes](const Call& call) { return routes.shield(call, CountapiRoutes::Shield::get); }, false,
              is_there});
  add(Method::get, "/hit/{key}", &CountapiRoutes::hit, true);
  add(Method::get, "/get/{key}", &CountapiRoutes::get, false);
  add(Method::get, "/info/{key}", &CountapiRoutes::info, false);
  add(Method::get, "/stream/{key}", &CountapiRoutes::stream, false);
  for (const Method method : {Method::get, Method::post}) {
    add(method, "/set/{key}", &CountapiRoutes::set, true);
    add(method, "/update/{key}", &CountapiRoutes::update, true);
    add(method, "/create/{key}", &CountapiRoutes::create, true);
  }
  add(Method::get, "/create", &CountapiRoutes::create, true);
}

}  // namespace footfall
