#include "app/api/dialects/goatcounter.h"

#include <algorithm>
#include <array>

#include "app/api/dialects/dialect.h"
#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/pixel.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view dialect = "goatcounter";

// What a browser that is driven by a program says of itself: phantom, nightmare, selenium, webdriver.
constexpr std::array<std::uint64_t, 4> driven_browsers{150, 151, 152, 153};

// GET and POST /count: a view, or an event, reported by an image or a beacon. Always a GIF; what was wrong is said in a
// header.
class CountRoute {
 public:
  explicit CountRoute(const Services& services) : services_(services) {}

  Response operator()(const Call& call) const {
    HitForm form;
    form.take_request(call.request, services_.clock.now());
    form.hit.source = Source::pixel;
    const Parameters parameters(call.request.query);
    const auto bot = parameters.number("b", 0, 1'000);
    if (!bot) return refused(bot.error().what);
    const std::uint64_t code = bot->value_or(0);
    const bool is_driven = std::find(driven_browsers.begin(), driven_browsers.end(), code) != driven_browsers.end();
    if (code != 0 && !is_driven) return refused("wrong value: b=" + std::to_string(code));
    auto site = site_of_count(call, parameters);
    if (!site) return refused("no site that speaks this dialect is meant");
    form.hit.site = form.keep(std::move(*site));
    if (const auto taken = take_page(parameters, form); !taken) return refused(taken.error().what);
    if (is_driven) return ignored("the browser is driven by a program");
    if (const auto dropped = hit_dropped(services_, call, form.hit)) {
      return ignored("policy of the site", name_of(*dropped));
    }
    const auto recorded = services_.collector.record(form.hit);
    if (!recorded) return problem(recorded.error());
    Response response = pixel_response(200);
    response.after = recorded->position;
    return response;
  }

 private:
  static Response refused(std::string what) {
    Response response = pixel_response(400);
    response.headers.push_back({"x-goatcounter", std::move(what)});
    return response;
  }
  static Response ignored(std::string what, std::string_view reason = "bot") {
    Response response = pixel_response(202);
    response.headers.push_back({"x-goatcounter", std::move(what)});
    response.headers.push_back({"x-footfall-dropped", std::string(reason)});
    return response;
  }

  [[nodiscard]] std::optional<std::string> site_of_count(const Call& call, const Parameters& parameters) const {
    const auto named = parameters.text("site");
    if (!named) return std::nullopt;
    if (!*named) {
      // The script is loaded from the counter's host: the page it stands in is told by the browser.
      for (const std::string_view header : {"referer", "origin"}) {
        const auto page = split_url(call.request.header(header));
        if (!page || page->host.empty()) continue;
        if (auto site = site_of_page(services_.registry, dialect, page->host)) return site;
      }
    }
    auto meant = site_meant(services_.registry, dialect, named->value_or(""), call.request);
    if (!meant || (*named && !meant->is_named)) return std::nullopt;
    return std::move(meant->site);
  }

  static Result<Done> take_page(const Parameters& parameters, HitForm& form) {
    const auto path = parameters.text("p");
    if (!path) return path.error();
    if (!*path) return Error{ErrorCode::invalid, "p is missing", "p"};
    const auto is_event = parameters.flag("e");
    if (!is_event) return is_event.error();
    if (*is_event) {
      if ((**path).size() > event_name_bytes_max) return Error{ErrorCode::too_large, "the event's name is too long"};
      form.hit.kind = Kind::event;
      form.hit.event = form.tidy(form.keep(**path), event_name_bytes_max);
      form.hit.path = "/";
    } else {
      const std::string_view page = form.keep(((**path).starts_with('/') ? "" : "/") + **path);
      if (auto taken = form.take_path(page); !taken) return taken;
    }
    const auto title = parameters.text("t");
    if (!title) return title.error();
    const auto referrer = parameters.text("r");
    if (!referrer) return referrer.error();
    const auto query = parameters.text("q");
    if (!query) return query.error();
    form.hit.title = form.tidy(form.keep(title->value_or("")), title_bytes_max);
    form.hit.referrer = form.tidy(form.keep(referrer->value_or("")), referrer_bytes_max);
    if (*query) {
      std::string_view text = form.keep(**query);
      if (text.starts_with('?')) text.remove_prefix(1);
      form.hit.query = form.tidy(text, query_bytes_max);
    }
    return Done{};
  }

  Services services_;
};

}  // namespace

namespace goatcounter {

bool speaks(const Registry& registry, std::string_view site) {
  const auto found = registry.site(site);
  return found != nullptr && footfall::speaks(*found, dialect);
}

bool may_be_spoken(const Registry& registry, std::string_view query) {
  const auto named = Parameters(query).text("site");
  const auto site = named && *named ? parse_site(**named) : Result<std::string>(std::string());
  if (!site) return false;
  if (!site->empty()) return speaks(registry, *site);
  const auto registered = registry.now();
  return registered->sites.size() == 1 && footfall::speaks(registered->sites.begin()->second, dialect);
}

Result<Done> take_time(std::string_view query, Instant now, BadgeForm& form) {
  const Parameters parameters(query);
  const auto word = parameters.text("start");
  if (!word) return word.error();
  if (*word) {
    // From the beginning of that day, so that who asks again asks the same.
    const Day today = day_of(now);
    const std::chrono::year_month_day date(today);
    // The 31st of a month that has none is its last day.
    const auto back = [](std::chrono::year_month_day day) {
      if (!day.ok()) day = day.year() / day.month() / std::chrono::last;
      return Instant(Day(day));
    };
    if (**word == "week") {
      form.from = today - std::chrono::days(7);
    } else if (**word == "month") {
      form.from = back(date - std::chrono::months(1));
    } else if (**word == "year") {
      form.from = back(date - std::chrono::years(1));
    } else {
      const auto from = parameters.from("start");
      if (!from) return from.error();
      form.from = *from;
    }
  }
  const auto end = parameters.to("end");
  if (!end) return end.error();
  if (*end) form.to = *end;
  return Done{};
}

std::string without_its_style(std::string_view query) {
  std::string kept;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) {
    if (name == "style" && !badge_style_named(value)) return;
    kept += (kept.empty() ? "" : "&") + std::string(name) + "=" + std::string(value);
  });
  return kept;
}

Response counts(const ShownNumber& number) {
  Response response = json_response(
      number.is_known ? 200 : 404,
      json::serialize(json::object{{"count", grouped(number.value)}, {"count_unique", grouped(number.visitors)}}));
  allow_embedding(response);
  response.after = number.includes;
  return response;
}

Response card(const Services& services, const Call& call, std::string_view key, const BadgeForm& form,
              const ShownNumber& number, BadgeFormat format) {
  BadgeLook look = form.look;
  look.style = BadgeStyle::card;
  const bool is_bare = !find_parameter(call.request.query, "no_branding").value_or("").empty();
  const BadgeContent content{form.label.value_or(std::string(form.unique ? "Visitors" : "Views") + " of this " +
                                                 (key == total_key ? "site" : "page")),
                             form.unique ? number.visitors : number.value,
                             is_bare ? "" : "counted by Footfall",
                             {}};
  Response response = badge_response(services, call.request, draw_badge(content, look), format, form.scale, number);
  if (!number.is_known && response.status == 200) response.status = 404;
  return response;
}

}  // namespace goatcounter

void add_goatcounter_routes(Router& router, const Services& services) {
  const auto is_there = while_spoken(services.registry, dialect);
  router.add({Method::get, "/count", Access::anyone, 0, false, CountRoute(services), true, is_there});
  router.add(
      {Method::post, "/count", Access::anyone, collect_body_bytes_max, false, CountRoute(services), true, is_there});
}

}  // namespace footfall
