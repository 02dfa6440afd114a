// POST /api/event: Plausible's event dialect, and what Footfall's own script speaks.
//
// Body, names and replies are Plausible's (docs/api.md), with additions of the script: `t` (title), `k` (kind), `tk`
// (the page token that came with the page) and `b` (what the page calls this message).

#include <algorithm>
#include <array>

#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/edge/page_tokens.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"
#include "domain/public_id.h"

namespace footfall {
namespace {

// Parsing a usual event allocates nothing beyond this.
constexpr std::size_t parse_arena_bytes = 4'096;
// More than a month of looking at one page is a broken clock.
constexpr double engaged_ms_max = 30.0 * 24 * 3'600 * 1'000;
constexpr std::uint8_t not_measured = 255;
// A site list fans out to at most this many sites.
constexpr std::size_t sites_at_once_max = 10;
constexpr std::string_view www = "www.";

// What an event's body said, before it is a hit. Texts and props may point into the event itself: it stays where it is.
struct Event {
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  std::string_view name;
  std::string_view url;
  std::string_view domain;
  std::string_view referrer;
  std::string_view title;
  std::string_view kind;
  std::string_view token;
  std::string_view beacon;
  const json::object* props = nullptr;
  json::value parsed_props;  // where they came as text
  bool interactive = true;
  bool hash = false;
  std::optional<double> engaged_ms;
  std::optional<double> scroll_depth;
  std::string number_name;  // where the name came as a number
};

Error wrong(std::string_view field, const char* must) {
  return {ErrorCode::invalid, "'" + std::string(field) + "' " + must, std::string(field)};
}

Result<Done> take_text(std::string_view field, const json::value& value, std::string_view& into) {
  if (value.is_null()) return Done{};
  if (!value.is_string()) return wrong(field, "must be text");
  into = value.get_string();
  return Done{};
}

Result<Done> take_props(const json::value& value, Event& event) {
  event.props = nullptr;
  const json::value* props = &value;
  if (value.is_string()) {
    auto parsed = parse_json(value.get_string());
    if (!parsed) return wrong("props", "is text, but not JSON");
    event.parsed_props = std::move(*parsed);
    props = &event.parsed_props;
  }
  if (props->is_null()) return Done{};
  if (!props->is_object()) return wrong("props", "must be an object");
  event.props = &props->get_object();
  return Done{};
}

Result<Done> take_number(std::string_view field, const json::value& value, std::optional<double>& into) {
  if (value.is_null()) return Done{};
  boost::system::error_code problem;
  const auto number = value.to_number<double>(problem);
  if (problem) return wrong(field, "must be a number");
  into = number;
  return Done{};
}

// One pass over the members: short and long names alike.
Result<Done> take_member(std::string_view name, const json::value& value, Event& event) {
  if (name == "n" || name == "name") {
    if (value.is_int64() || value.is_uint64()) {
      event.number_name = json::serialize(value);
      event.name = event.number_name;
      return Done{};
    }
    return take_text("name", value, event.name);
  }
  if (name == "u" || name == "url") return take_text("url", value, event.url);
  if (name == "d" || name == "domain") return take_text("domain", value, event.domain);
  if (name == "r" || name == "referrer") return take_text("referrer", value, event.referrer);
  if (name == "t" || name == "title") return take_text("title", value, event.title);
  if (name == "tk" || name == "token") return take_text("token", value, event.token);
  if (name == "k" || name == "kind") return take_text("kind", value, event.kind);
  if (name == "b") return take_text("b", value, event.beacon);
  if (name == "p" || name == "props" || name == "m" || name == "meta") return take_props(value, event);
  if (name == "i" || name == "interactive") {
    if (value.is_bool()) event.interactive = value.get_bool();
    return Done{};
  }
  if (name == "h" || name == "hashMode") {
    event.hash = (value.is_bool() && value.get_bool()) || (value.is_int64() && value.get_int64() == 1);
    return Done{};
  }
  if (name == "e") return take_number("e", value, event.engaged_ms);
  if (name == "sd") return take_number("sd", value, event.scroll_depth);
  return Done{};  // unknown members are another version's
}

Result<Done> read_event(const json::value& body, Event& event) {
  if (!body.is_object()) return Error{ErrorCode::invalid, "the body must be a JSON object", "body"};
  for (const auto& [name, value] : body.get_object()) {
    if (auto taken = take_member(name, value, event); !taken) return taken.error();
  }
  if (event.name.empty()) return wrong("name", "is missing");
  if (event.name.size() > event_name_bytes_max) return wrong("name", "is longer than 120 bytes");
  if (event.url.empty()) return wrong("url", "is missing");
  if (event.url.size() > url_bytes_max + site_bytes_max) return wrong("url", "is too long");
  return Done{};
}

// Plausible's clients read `errors`; everyone else the problem document around it.
Response refused(const Error& error) {
  Response response = problem(error.code == ErrorCode::too_large ? 400 : status_of(error.code), error);
  if (response.status == 400) {
    auto document = json::parse(std::get<std::string>(response.body)).as_object();
    document["errors"] = {{error.field.empty() ? "body" : error.field, json::array{error.what}}};
    response.body = json::serialize(document);
  }
  allow_any_origin(response);
  return response;
}

// What became of an event at the sites it names.
struct Outcome {
  std::optional<Position> newest;  // record that the answer speaks of
  std::size_t dropped = 0;
  std::string_view reason;  // of the first drop
  std::string cookie;       // the session's, refreshed

  void drop(DropReason why, std::optional<Position> kept = std::nullopt) {
    if (dropped++ == 0) reason = name_of(why);
    newest = std::max(newest, kept);
  }
};

Response answer_of(Outcome&& outcome) {
  Response response;
  if (outcome.dropped > 0) {
    response = dropped_response(outcome.reason, outcome.dropped);
  } else {
    response.status = 202;
    response.headers.reserve(2);
    response.headers.push_back({"content-type", "text/plain"});
    response.body = std::string("ok");
    allow_any_origin(response);
  }
  if (!outcome.cookie.empty()) response.headers.push_back({"set-cookie", std::move(outcome.cookie)});
  response.after = outcome.newest;
  return response;
}

// The sites the event names: the list in `domain`, or else the host of the URL, with or without "www.".
Result<std::vector<std::string>> sites_of(const Event& event, const Registry& registry) {
  std::vector<std::string> sites;
  std::string_view rest = event.domain;
  if (rest.empty()) {
    const auto parts = split_url(event.url);
    if (!parts) return parts.error();
    if (parts->host.empty()) return wrong("domain", "is missing, and the URL has no host");
    rest = parts->host;
    if (equals_ignoring_case(rest.substr(0, www.size()), www) && !registry.site(to_lower(rest))) {
      rest.remove_prefix(www.size());
    }
  }
  while (!rest.empty() && sites.size() < sites_at_once_max) {
    const std::size_t comma = rest.find(',');
    auto site = parse_site(rest.substr(0, comma));
    if (!site) return Error{ErrorCode::invalid, site.error().what, "domain"};
    sites.push_back(std::move(*site));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return sites;
}

class EventRoute {
 public:
  explicit EventRoute(const VisitServices& services) : services_(services) {}

  Response operator()(const Call& call) const {
    std::array<unsigned char, parse_arena_bytes> arena;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    json::monotonic_resource memory(arena.data(), arena.size());
    const auto body = parse_json(call.request.body, &memory);
    if (!body) return refused({body.error().code, body.error().what, "body"});
    Event event;
    if (const auto read = read_event(*body, event); !read) return refused(read.error());
    HitForm form;
    if (const auto filled = fill(form, event, call.request); !filled) return refused(filled.error());
    if (call.request.header("x-debug-request") == "true") return text_response(200, call.request.peer.text());
    const auto sites = sites_of(event, services_.registry);
    if (!sites) return refused(sites.error());
    return record(call, form, event, *sites);
  }

 private:
  Result<Done> fill(HitForm& form, const Event& event, const Request& request) const {
    form.take_request(request, services_.clock.now());
    Hit& hit = form.hit;
    hit.source = Source::script;
    if (auto taken = form.take_url(event.url, event.hash ? HitForm::Fragment::is_path : HitForm::Fragment::drop);
        !taken) {
      return taken;
    }
    hit.referrer = form.tidy(event.referrer, referrer_bytes_max);
    hit.title = form.tidy(event.title, title_bytes_max);
    if (event.name == "pageview") {
      if (!event.kind.empty()) {
        const auto kind = kind_named(event.kind);
        if (!kind || *kind == Kind::event) return wrong("kind", "is none of load, cached, restored, soft, prerendered");
        hit.kind = *kind;
      }
    } else if (event.name == "engagement") {
      const bool engaged = event.engaged_ms && *event.engaged_ms >= 0 && *event.engaged_ms < engaged_ms_max;
      const bool scrolled = event.scroll_depth && *event.scroll_depth >= 0;
      if (!engaged && !scrolled) return wrong("e", "or 'sd' must say something in an engagement event");
    } else {
      hit.kind = Kind::event;
      hit.event = form.tidy(event.name, event_name_bytes_max);
      hit.interactive = event.interactive;
    }
    if (event.props != nullptr) return form.take_props(*event.props);
    return Done{};
  }

  Response record(const Call& call, HitForm& form, const Event& event, const std::vector<std::string>& sites) const {
    Outcome outcome;
    for (const std::string& name : sites) {
      const auto site = services_.registry.site(name);
      if (!site) {
        services_.recorder.count_dropped(DropReason::unknown_site);
        outcome.drop(DropReason::unknown_site);
        continue;
      }
      form.hit.site = name;
      const auto session =
          site->session == SessionMode::off ? std::nullopt : services_.cookies.read(call.request, *site, form.hit.time);
      form.hit.session = session ? form.keep(session->id) : std::string_view{};
      const GuardVerdict verdict = guard(services_, call, *site, event.token);
      const ToldView told = told_view(event, *site, verdict);
      if (!told.session.empty()) form.hit.session = told.session;
      if (verdict.drop) {
        outcome.drop(*verdict.drop, drop(form.hit, event, *site, *verdict.drop));
        continue;
      }
      const auto recorded = record(form, event, verdict, told);
      if (!recorded) return refused(recorded.error());
      form.hit.id = {};  // it is spoken for, whatever becomes of what was said again
      if (recorded->repeated) {
        outcome.drop(DropReason::replayed, drop(form.hit, event, *site, DropReason::replayed));
      }
      outcome.newest = std::max(outcome.newest, std::optional(recorded->position));
      if (session && event.name != "engagement") {
        outcome.cookie = refreshed(call.request, *site, *session, form.hit.time);
      }
    }
    return answer_of(std::move(outcome));
  }

  // What the page was told about itself: which hit its view is, and by an app, which session its visitor has.
  struct ToldView {
    std::optional<Position> edge_hit;  // of the edge
    std::string id;                    // of an app; "" where there is none
    IdProof proof = IdProof::none;
    std::string_view session;  // a view into the token
  };
  [[nodiscard]] ToldView told_view(const Event& event, const Site& site, const GuardVerdict& verdict) const {
    ToldView told;
    if (verdict.drop) return told;
    if (verdict.subject.empty()) {
      // An app that has no key yet tells the id alone. Where tokens are needed, the guard has dropped it.
      if (auto id = canonical_uuid(event.token); id && site.protect != Protect::strict) told.id = std::move(*id);
    } else {
      ViewSubject subject = read_subject(verdict.subject);
      told.proof = IdProof::token;
      told.id = std::move(subject.hit);
      told.session = subject.session;
    }
    // An id of the edge is a position of the journal. Of those that an app makes some look like one, far beyond it.
    const auto position = services_.ids.visit_position(told.id);
    if (position && services_.recorder.may_have(*position)) {
      if (told.proof == IdProof::token) told.edge_hit = position;
      told.id.clear();
    }
    return told;
  }

  [[nodiscard]] Result<Recorded> record(HitForm& form, const Event& event, const GuardVerdict& verdict,
                                        const ToldView& told) const {
    Hit& hit = form.hit;
    const bool is_engagement = event.name == "engagement";
    // Only a `load` is the view that was told of; other views of the same document bring the token along for what it
    // says about the page.
    const bool is_load = !is_engagement && hit.kind == Kind::load;
    const auto edge_hit = is_load ? told.edge_hit : std::nullopt;
    const bool is_told = is_load && !told.id.empty();
    // Without a name: that hit is completed once for each visitor, and what others say of it may be the same word for
    // word; engagement says more of the same each time.
    const bool needs_name = is_engagement || edge_hit || is_told;
    hit.beacon = needs_name && event.beacon.empty() ? std::string_view{}
                                                    : form.keep(beacon_of(verdict.subject, event.beacon, hit));
    hit.id = is_told ? form.keep(told.id) : std::string_view{};
    if (is_engagement) return services_.recorder.record(engagement_of(hit, event));
    if (!hit.is_pageview()) return services_.recorder.record(hit);
    return is_told ? services_.recorder.record_told_view(hit, told.proof)
                   : services_.recorder.record_view(hit, edge_hit);
  }

  // Engagement is only counted: it completes a page view, and without one it is nothing to take back.
  std::optional<Position> drop(const Hit& hit, const Event& event, const Site& site, DropReason reason) const {
    if (event.name != "engagement") return footfall::drop(services_, site, hit, reason);
    services_.recorder.count_dropped(reason);
    return std::nullopt;
  }

  // A session ends by its hits, whoever reports them: one that a script reports keeps it alive as a page of the edge
  // does. It begins none: that is the edge's to do. Engagement is no hit.
  [[nodiscard]] std::string refreshed(const Request& request, const Site& site, EdgeSession session,
                                      Instant now) const {
    session.seen = std::max(session.seen, std::chrono::floor<std::chrono::seconds>(now));
    return services_.cookies.header(request, site, session);
  }

  static Engagement engagement_of(const Hit& hit, const Event& event) {
    Engagement engagement;
    engagement.time = hit.time;
    engagement.site = hit.site;
    engagement.path = hit.path;
    engagement.ip = hit.ip;
    engagement.user_agent = hit.user_agent;
    engagement.session = hit.session;
    engagement.beacon = hit.beacon;
    const double engaged = event.engaged_ms.value_or(0);
    engagement.engaged_ms = engaged > 0 && engaged < engaged_ms_max ? static_cast<std::uint32_t>(engaged) : 0;
    const double depth = event.scroll_depth.value_or(not_measured);
    engagement.scroll_depth =
        event.scroll_depth && depth >= 0 ? static_cast<std::uint8_t>(std::min(depth, 100.0)) : not_measured;
    return engagement;
  }

  VisitServices services_;
};

}  // namespace

void add_event_routes(Router& router, const VisitServices& services) {
  router.add({Method::post, "/api/event", Access::anyone, collect_body_bytes_max, false, EventRoute(services), true});
  router.add(
      {Method::options, "/api/event", Access::anyone, 0, false, [](const Call&) { return preflight_response(); }});
}

}  // namespace footfall
