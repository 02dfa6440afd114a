// GET /counter/{key}.svg|png|json|html: a counter to embed, anywhere. GET /api/counters/{key}/live: the same, live.
//
// A counter that nobody has counted yet is an image of 0 with status 200: image proxies turn every other status into a
// broken picture (GitHub's does), and a README is written before its first reader comes. Programs are told: 404.

#include "app/api/badge_form.h"
#include "app/api/counter_call.h"
#include "app/api/dialects/goatcounter.h"
#include "app/api/embeds.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

enum class Wanted : std::uint8_t { svg, png, html, json };

// How JSON is worded: Footfall's own, as shields.io reads it, or as GoatCounter writes it.
enum class Wording : std::uint8_t { footfall, shields, goatcounter };

Result<Wording> wording_of(const Call& call, bool is_goatcounter) {
  const auto given = Parameters(call.request.query).text("format");
  if (!given) return given.error();
  if (!*given) return is_goatcounter ? Wording::goatcounter : Wording::footfall;
  if (**given == "footfall") return Wording::footfall;
  if (**given == "shields") return Wording::shields;
  if (**given == "goatcounter") return Wording::goatcounter;
  return Error{ErrorCode::invalid, "'format' must be footfall, shields or goatcounter", "format"};
}

class BadgeRoute {
 public:
  BadgeRoute(const Services& services, Wanted wanted) : services_(services), wanted_(wanted) {}

  Response operator()(const Call& call) const {
    const auto site = site_of(call, services_.registry);
    if (!site) return embed_problem(site.error());
    const auto key = counter_key(call.key);
    if (!key) return embed_problem(key.error());
    const bool is_goatcounter = goatcounter::speaks(services_.registry, *site);
    auto form = read_badge_form(is_goatcounter ? goatcounter::without_its_style(call.request.query)
                                               : std::string(call.request.query));
    if (!form) return embed_problem(form.error());
    if (is_goatcounter) {
      if (auto taken = goatcounter::take_time(call.request.query, services_.clock.now(), *form); !taken) {
        return embed_problem(taken.error());
      }
    } else if (auto refused = refuse_time(call.request.query); !refused) {
      return embed_problem(refused.error());
    }
    const auto wording =
        wanted_ == Wanted::json ? wording_of(call, is_goatcounter) : Result<Wording>(Wording::footfall);
    if (!wording) return embed_problem(wording.error());
    if (form->count) {
      if (const auto counted = count_image_view(services_, call, *site, *key); !counted) {
        return embed_problem(counted.error());
      }
    }
    const bool says_visitors = *wording == Wording::goatcounter;
    auto number = form->asks_the_store() || says_visitors ? stored_number(services_, *site, *key, form->from, form->to)
                                                          : Result<ShownNumber>(shown_number(services_, *site, *key));
    if (!number) return embed_problem(number.error());
    // GoatCounter does not know a page that never was, also not that it had no visits in a time.
    if (is_goatcounter) number->is_known = services_.collector.counter(*site, *key).has_value();
    if (wanted_ == Wanted::json) return as_json(*wording, *site, *key, *form, *number);
    if (is_goatcounter && !form->style) return goatcounter::card(services_, call, *key, *form, *number, format());
    if (!number->is_known && wanted_ == Wanted::html) return unknown();
    const BadgeContent content{label_of(*form), value_of(*form, *number), {}, {}};
    return badge_response(services_, call.request, draw_badge(content, form->look), format(), form->scale, *number);
  }

  // Whether the answer may take the store: so it is with visitors, which GoatCounter's JSON always tells, and with a
  // time.
  static bool asks(const Services& services, Wanted wanted, const Request& request) {
    if (asks_the_store(request.query)) return true;
    if (!goatcounter::may_be_spoken(services.registry, request.query)) return false;
    for (const std::string_view name : {"start", "end"}) {
      if (find_parameter(request.query, name)) return true;
    }
    return wanted == Wanted::json;
  }

 private:
  // GoatCounter's names for a time: not to be answered with the number of another.
  static Result<Done> refuse_time(std::string_view query) {
    for (const std::string_view name : {"start", "end"}) {
      if (find_parameter(query, name).value_or("").empty()) continue;
      return Error{ErrorCode::unsupported, "a time is told by 'from' and 'to'", std::string(name)};
    }
    return Done{};
  }
  static std::string label_of(const BadgeForm& form) {
    return form.label.value_or(form.unique ? "visitors" : "visits");
  }
  static std::uint64_t value_of(const BadgeForm& form, const ShownNumber& number) {
    return form.unique ? number.visitors : number.value;
  }
  static Response unknown() {
    return embed_problem({ErrorCode::not_found, "there is no counter of this key yet", "key"});
  }

  [[nodiscard]] BadgeFormat format() const {
    return wanted_ == Wanted::svg ? BadgeFormat::svg : wanted_ == Wanted::png ? BadgeFormat::png : BadgeFormat::html;
  }

  static Response as_json(Wording wording, const std::string& site, const std::string& key, const BadgeForm& form,
                          const ShownNumber& number) {
    if (wording == Wording::goatcounter) return goatcounter::counts(number);
    json::object body;
    if (wording == Wording::shields) {
      const std::uint64_t value = value_of(form, number);
      // shields.io draws an error for any other status: a counter that is still to come is 0, as for our own images.
      body = {{"schemaVersion", 1},
              {"label", label_of(form)},
              {"message", form.look.digits > 0 ? padded(value, form.look.digits) : grouped(value)},
              {"color", hex_text(form.look.color.value_or(*parse_color("teal")))}};
      if (form.look.label_color) body["labelColor"] = hex_text(*form.look.label_color);
    } else {
      if (!number.is_known) return unknown();
      body = {{"site", site}, {"key", key}, {"value", number.value}};
      if (form.unique) body["visitors"] = number.visitors;
    }
    Response response = json_response(200, json::serialize(body));
    allow_embedding(response);
    response.after = number.includes;
    return response;
  }

  static std::string padded(std::uint64_t value, unsigned digits) {
    std::string text = std::to_string(value);
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    return text;
  }

  Services services_;
  Wanted wanted_;
};

Response follow(const Services& services, const Call& call) {
  auto site = site_of(call, services.registry);
  if (!site) return embed_problem(site.error());
  auto key = counter_key(call.key);
  if (!key) return embed_problem(key.error());
  return live_response(services, std::move(*site), std::move(*key), CounterFeed::Words::footfall);
}

}  // namespace

void add_embed_routes(Router& router, const Services& services) {
  const auto add = [&](std::string_view pattern, Wanted wanted) {
    Route route{Method::get, pattern, Access::anyone, 0, false, BadgeRoute(services, wanted)};
    // A long label at four times its size takes tens of milliseconds to compress: nothing for a network thread.
    route.may_block = wanted == Wanted::png;
    route.may_block_with = [services, wanted](const Request& request) {
      return BadgeRoute::asks(services, wanted, request);
    };
    router.add(std::move(route));
  };
  add("/counter/{key}.svg", Wanted::svg);
  add("/counter/{key}.png", Wanted::png);
  add("/counter/{key}.json", Wanted::json);
  add("/counter/{key}.html", Wanted::html);
  router.add({Method::get, "/api/counters/{key}/live", Access::anyone, 0, false,
              [services](const Call& call) { return follow(services, call); }});
}

}  // namespace footfall
