// POST /api/visits: one hit or an array of them, each with a verdict. GET /pixel.gif: a hit without JavaScript.

#include <map>
#include <set>

#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/pixel.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

Error wrong(std::string_view field, std::string what) {
  return {ErrorCode::invalid, std::move(what), std::string(field)};
}

bool is_given_id(std::string_view text) {
  return text.size() <= given_id_bytes_max &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") ==
             std::string_view::npos;
}

// With `late=true` the store is asked.
bool is_late(const Request& request) {
  const auto late = Parameters(request.query).flag("late");
  return late && *late;
}

// Fills a hit from one object of the body.
class VisitReading {
 public:
  VisitReading(const VisitServices& services, const Call& call) : services_(services), call_(call) {}

  // Nothing: the hit may be recorded. A reason: policy drops it.
  Result<std::optional<DropReason>> read(const json::value& value, HitForm& form) const {
    if (!value.is_object()) return wrong("body", "a hit must be a JSON object");
    const json::object& object = value.get_object();
    form.take_request(call_.request, services_.clock.now());
    form.hit.source = Source::api;
    const auto site = take_site(object, form);
    if (!site) return site.error();
    if (auto taken = take_page(object, form); !taken) return taken.error();
    if (auto taken = take_event(object, form); !taken) return taken.error();
    if (auto taken = take_texts(object, form); !taken) return taken.error();
    if (auto taken = take_trusted(object, form); !taken) return taken.error();
    return judge(object, **site, form);
  }

 private:
  Result<std::optional<DropReason>> judge(const json::object& object, const Site& site, HitForm& form) const {
    const auto token = text_member(object, "tk");
    if (!token) return token.error();
    const auto beacon = text_member(object, "b");
    if (!beacon) return beacon.error();
    const GuardVerdict verdict = guard(services_, call_, site, token->value_or(""));
    form.hit.beacon = form.keep(beacon_of(verdict.subject, beacon->value_or(""), form.hit));
    return verdict.drop;
  }

  Result<std::shared_ptr<const Site>> take_site(const json::object& object, HitForm& form) const {
    const auto text = text_member(object, "site");
    if (!text) return text.error();
    if (!*text) return wrong("site", "'site' is missing");
    auto site = parse_site(**text);
    if (!site) return site.error();
    auto registered = services_.registry.site(*site);
    if (!registered) {
      services_.recorder.count_dropped(DropReason::unknown_site);
      return Error{ErrorCode::not_found, "the site '" + *site + "' is not registered", "site"};
    }
    form.hit.site = form.keep(std::move(*site));
    return registered;
  }

  static Result<Done> take_page(const json::object& object, HitForm& form) {
    const auto url = text_member(object, "url");
    if (!url) return url.error();
    if (*url) return form.take_url(**url);
    const auto path = text_member(object, "path");
    if (!path) return path.error();
    if (!*path) return wrong("url", "one of 'url' and 'path' is needed");
    if (!(**path).starts_with('/')) return wrong("path", "'path' must begin with '/'");
    auto taken = form.take_path(**path);
    if (!taken) return Error{taken.error().code, taken.error().what, "path"};
    return taken;
  }

  static Result<Done> take_event(const json::object& object, HitForm& form) {
    const auto event = text_member(object, "event");
    if (!event) return event.error();
    const auto kind = text_member(object, "kind");
    if (!kind) return kind.error();
    if (*event && !(**event).empty() && **event != "pageview") {
      if ((**event).size() > event_name_bytes_max) return wrong("event", "'event' is longer than 120 bytes");
      form.hit.event = form.tidy(**event, event_name_bytes_max);
      form.hit.kind = Kind::event;
    }
    if (*kind) {
      const auto named = kind_named(**kind);
      if (!named || (*named == Kind::event) != (form.hit.kind == Kind::event)) {
        return wrong("kind", "'kind' is none of load, cached, restored, soft, prerendered (event goes with 'event')");
      }
      form.hit.kind = *named;
    }
    return Done{};
  }

  static Result<Done> take_texts(const json::object& object, HitForm& form) {
    const auto referrer = text_member(object, "referrer");
    if (!referrer) return referrer.error();
    const auto title = text_member(object, "title");
    if (!title) return title.error();
    const auto id = text_member(object, "id");
    if (!id) return id.error();
    form.hit.referrer = form.tidy(referrer->value_or(""), referrer_bytes_max);
    form.hit.title = form.tidy(title->value_or(""), title_bytes_max);
    if (*id) {
      auto uuid = canonical_uuid(**id);
      if (!uuid) return wrong("id", "'id' must be a UUID");
      form.hit.id = form.keep(std::move(*uuid));
    }
    const json::value* props = object.if_contains("props");
    if (props == nullptr || props->is_null()) return Done{};
    if (!props->is_object()) return wrong("props", "'props' must be an object");
    return form.take_props(props->get_object());
  }

  // What only a caller with an ingest token may say.
  Result<Done> take_trusted(const json::object& object, HitForm& form) const {
    const bool trusted = call_.caller.may(Role::ingest, form.hit.site);
    for (const std::string_view name : {"ip", "user_agent", "session", "visitor", "timestamp"}) {
      const auto text = text_member(object, name);
      if (!text) return text.error();
      if (!*text) continue;
      if (!trusted) {
        return Error{ErrorCode::forbidden, "'" + std::string(name) + "' needs an ingest token of the site",
                     std::string(name)};
      }
      if (auto taken = take_trusted_text(name, **text, form); !taken) return taken;
    }
    return Done{};
  }

  Result<Done> take_trusted_text(std::string_view name, std::string_view text, HitForm& form) const {
    if (name == "ip") {
      const auto address = Address::parse(text);
      if (!address) return wrong(name, "'ip' is not an IP address");
      form.hit.ip = *address;
    } else if (name == "user_agent") {
      form.hit.user_agent = form.tidy(text, user_agent_bytes_max);
    } else if (name == "timestamp") {
      return take_timestamp(text, form);
    } else {
      if (!is_given_id(text)) {
        return wrong(name, "'" + std::string(name) + "' must be at most 64 letters, digits, '-', '_', '.' or '~'");
      }
      (name == "session" ? form.hit.session : form.hit.visitor) = form.keep(std::string(text));
    }
    return Done{};
  }

  Result<Done> take_timestamp(std::string_view text, HitForm& form) const {
    const auto time = parse_time(text);
    if (!time) return wrong("timestamp", "'timestamp' is not an RFC 3339 time");
    const Instant now = services_.clock.now();
    if (*time > now + client_time_ahead_max) return wrong("timestamp", "'timestamp' is more than 5 minutes ahead");
    // Older times are history, and history is the owner's to write.
    if (*time < now - client_time_back_max && !call_.caller.may(Role::admin)) {
      return wrong("timestamp", "'timestamp' is more than 24 hours back, which takes the admin token");
    }
    form.hit.time = std::min(*time, now);
    return Done{};
  }

  const VisitServices& services_;
  const Call& call_;
};

class RecordRoute {
 public:
  explicit RecordRoute(const VisitServices& services) : services_(services) {}

  Response operator()(const Call& call) const {
    const auto body = parse_json(call.request.body);
    Response response = body ? record(call, *body) : problem({body.error().code, body.error().what, "body"});
    allow_any_origin(response);
    return response;
  }

 private:
  Response record(const Call& call, const json::value& body) const {
    const bool single = !body.is_array();
    const std::size_t count = single ? 1 : body.get_array().size();
    if (count == 0) return problem(wrong("body", "the array holds no hit"));
    if (count > batch_hits_max) {
      return problem({ErrorCode::too_large, "at most 100 hits a request", "body"});
    }
    const auto late = Parameters(call.request.query).flag("late");
    if (!late) return problem(late.error());
    const VisitReading reading(services_, call);
    std::vector<HitForm> forms(count);
    std::vector<Hit> hits;
    std::vector<std::size_t> index_of;  // of each hit in the body
    json::array refused;
    Response response;
    const auto drop_hit = [&](std::size_t index, const Hit& hit, DropReason reason) {
      const auto site = services_.registry.site(hit.site);
      if (site) response.after = std::max(response.after, drop(services_, *site, hit, reason));
      if (response.headers.empty()) response.headers.push_back({"x-footfall-dropped", std::string(name_of(reason))});
      refused.push_back({{"index", index}, {"code", "dropped"}, {"field", ""}, {"reason", name_of(reason)}});
    };
    for (std::size_t i = 0; i < count; ++i) {
      const auto read = reading.read(single ? body : body.get_array()[i], forms[i]);
      if (read && *read) {
        drop_hit(i, forms[i].hit, **read);
      } else if (read) {
        hits.push_back(forms[i].hit);
        index_of.push_back(i);
      } else if (single) {
        return problem(read.error());
      } else {
        refused.push_back({{"index", i},
                           {"code", name_of(read.error().code)},
                           {"field", read.error().field},
                           {"reason", read.error().what}});
      }
    }
    std::vector<bool> stored(hits.size());
    if (*late) {
      auto found = are_stored(call, hits);
      if (!found) return problem(found.error());
      stored = std::move(*found);
    }
    std::vector<Hit> fresh;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (!stored[i]) fresh.push_back(hits[i]);
    }
    json::array ids;
    std::vector<Recorded> recorded;
    if (!fresh.empty()) {
      auto made = services_.recorder.record(fresh);
      if (!made) return problem(made.error());
      recorded = std::move(*made);
    }
    auto one = recorded.begin();
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const Hit& hit = hits[i];
      if (stored[i]) {
        ids.emplace_back(hit.id);
        continue;
      }
      const Recorded& came_to = *one++;
      if (came_to.repeated && hit.id.empty()) {
        drop_hit(index_of[i], hit, DropReason::replayed);
        continue;
      }
      ids.emplace_back(hit.id.empty() ? services_.ids.visit_id(came_to.time, came_to.position) : std::string(hit.id));
      response.after = std::max(response.after, std::optional(came_to.position));
    }
    const std::size_t accepted = ids.size();
    response.status = 202;
    response.headers.push_back({"content-type", "application/json"});
    response.body =
        json::serialize(json::object{{"accepted", accepted}, {"ids", std::move(ids)}, {"refused", std::move(refused)}});
    return response;
  }

  // Which of the hits are in the store already, by their ids: what was recorded longer ago than the retry window
  // reaches. The processor has had minutes to store it, and is waited for all the same.
  [[nodiscard]] Result<std::vector<bool>> are_stored(const Call& call, const std::vector<Hit>& hits) const {
    struct OfSite {
      std::vector<std::string> ids;
      std::vector<std::size_t> hits;
      Instant earliest = Instant::max();
    };
    std::map<std::string_view, OfSite> sites;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const Hit& hit = hits[i];
      // It asks the store, and a stranger could ask for ever.
      if (!call.caller.may(Role::ingest, hit.site)) {
        return Error{ErrorCode::forbidden, "'late' needs an ingest token of the site", "late"};
      }
      if (hit.id.empty()) continue;
      OfSite& site = sites[hit.site];
      site.ids.emplace_back(hit.id);
      site.hits.push_back(i);
      site.earliest = std::min(site.earliest, hit.time);
    }
    std::vector<bool> stored(hits.size());
    if (sites.empty()) return stored;
    const auto waited = services_.catch_up();
    if (!waited) return waited.error();
    for (const auto& [name, site] : sites) {
      const auto known = services_.reader.known_ids(std::string(name), site.ids, site.earliest - late_slack);
      if (!known) return known.error();
      const std::set<std::string_view> ids(known->begin(), known->end());
      for (const std::size_t i : site.hits) stored[i] = ids.contains(hits[i].id);
    }
    return stored;
  }

  VisitServices services_;
};

class PixelRoute {
 public:
  explicit PixelRoute(const VisitServices& services) : services_(services) {}

  // The image is sent only for a hit that is on disk: a happy pixel over a lost hit is the worst answer.
  Response operator()(const Call& call) const {
    HitForm form;
    form.take_request(call.request, services_.clock.now());
    form.hit.source = Source::pixel;
    const Parameters parameters(call.request.query);
    const auto name = parameters.text("site");
    if (!name) return problem(name.error());
    auto site = parse_site(name->value_or(""));
    if (!site) return problem(site.error());
    const auto registered = services_.registry.site(*site);
    if (!registered) {
      services_.recorder.count_dropped(DropReason::unknown_site);
      return without_image(DropReason::unknown_site, std::nullopt);
    }
    form.hit.site = form.keep(std::move(*site));
    // Without `p` the page is the one that shows the image.
    const auto page = parameters.text("p");
    if (!page) return problem(page.error());
    if (auto taken = form.take_url(*page ? form.keep(**page) : call.request.header("referer")); !taken) {
      return problem({taken.error().code, taken.error().what, "p"});
    }
    const auto referrer = parameters.text("r");
    if (!referrer) return problem(referrer.error());
    const auto title = parameters.text("t");
    if (!title) return problem(title.error());
    form.hit.referrer = form.tidy(form.keep(referrer->value_or("")), referrer_bytes_max);
    form.hit.title = form.tidy(form.keep(title->value_or("")), title_bytes_max);
    if (registered->session != SessionMode::off) {
      const auto session = services_.cookies.read(call.request, *registered, form.hit.time);
      if (session) form.hit.session = form.keep(session->id);
    }
    const auto token = parameters.text("k");
    if (!token) return problem(token.error());
    const auto beacon = parameters.text("b");
    if (!beacon) return problem(beacon.error());
    const std::string page_token = token->value_or("");  // what the verdict points into
    const GuardVerdict verdict = guard(services_, call, *registered, page_token);
    if (verdict.drop) {
      return without_image(*verdict.drop, drop(services_, *registered, form.hit, *verdict.drop));
    }
    form.hit.beacon = form.keep(beacon_of(verdict.subject, beacon->value_or(""), form.hit));
    const auto recorded = services_.recorder.record_view(form.hit, std::nullopt);
    if (!recorded) return problem(recorded.error());
    if (recorded->repeated) {
      return without_image(DropReason::replayed, drop(services_, *registered, form.hit, DropReason::replayed));
    }
    Response response = pixel_response(200);
    response.after = recorded->position;
    return response;
  }

 private:
  static Response without_image(DropReason reason, std::optional<Position> kept) {
    Response response = dropped_response(name_of(reason));
    response.body = std::string();
    response.after = kept;
    return response;
  }

  VisitServices services_;
};

}  // namespace

void add_record_routes(Router& router, const VisitServices& services) {
  router.add({Method::get, "/pixel.gif", Access::anyone, 0, false, PixelRoute(services), true});
  Route record{Method::post, "/api/visits", Access::anyone, batch_body_bytes_max, false, RecordRoute(services), true};
  record.may_block_with = is_late;
  router.add(std::move(record));
  router.add(
      {Method::options, "/api/visits", Access::anyone, 0, false, [](const Call&) { return preflight_response(); }});
}

}  // namespace footfall
