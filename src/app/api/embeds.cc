#include "app/api/embeds.h"

#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/problem.h"
#include "base/siphash.h"
#include "base/text.h"
#include "domain/badge_svg.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// GitHub's proxy and its like keep an image for as long as they may: not at all. (`no-store` would forbid them, and
// browsers, to ask whether it has changed.)
constexpr std::string_view always_ask = "no-cache, max-age=0, s-maxage=0";
// Nothing is loaded and nothing runs, whatever was written into it.
constexpr std::string_view badge_policy = "default-src 'none'; style-src 'unsafe-inline'";

bool has_it_already(const Request& request, std::string_view etag) {
  const std::string_view given = request.header("if-none-match");
  return !given.empty() && (given == "*" || given.find(etag) != std::string_view::npos);
}

std::string_view type_of(BadgeFormat format) {
  switch (format) {
    case BadgeFormat::svg:
      return "image/svg+xml; charset=utf-8";
    case BadgeFormat::png:
      return "image/png";
    case BadgeFormat::html:
      return "text/html; charset=utf-8";
  }
  return "";
}

}  // namespace

ShownNumber shown_number(const Services& services, std::string_view site, std::string_view key) {
  const auto reading = services.collector.counter(site, key);
  if (!reading) return {};
  return {reading->value, reading->includes, true, 0};
}

Result<ShownNumber> stored_number(const Services& services, const std::string& site, const std::string& key,
                                  std::optional<Instant> from, std::optional<Instant> to) {
  const auto numbers = services.numbers.read(site, key, from, to);
  if (!numbers && numbers.error().code == ErrorCode::not_found) return ShownNumber{};
  if (!numbers) return numbers.error();
  return ShownNumber{numbers->value, numbers->includes, true, numbers->visitors};
}

Result<Incremented> count_up(const Services& services, std::string_view site, std::string_view key, std::uint64_t by,
                             Collector::IfUnknown if_unknown) {
  Increment increment;
  increment.time = services.clock.now();
  increment.site = site;
  increment.key = key;
  increment.by = by;
  return services.collector.increment(increment, if_unknown);
}

Result<Done> count_image_view(const Services& services, const Call& call, std::string_view site, std::string_view key) {
  if (key == total_key) {
    return Error{ErrorCode::invalid, "TOTAL counts the page views of the site; name a path or a counter", "count"};
  }
  if (call.request.method != Method::get || !call.may_record()) return Done{};
  // The image is shown all the same, with the number as it is.
  if (counting_dropped(services, call, site)) return Done{};
  ImageViews& views = services.embeds.image_views;
  const ImageViews::Fetch fetch = views.fetch(site, key, call.request.peer, call.request.header("user-agent"));
  if (!views.take(fetch)) return Done{};
  auto counted = [&]() -> Result<Done> {
    if (key.starts_with('/')) {
      HitForm form;
      form.take_request(call.request, services.clock.now());
      form.hit.source = Source::pixel;
      form.hit.site = site;
      form.hit.referrer = form.tidy(call.request.header("referer"), referrer_bytes_max);
      // A key with a query is no page's path: its hit would count for another.
      if (form.take_path(key) && form.hit.path == key) {
        if (auto recorded = services.collector.record(form.hit); !recorded) return recorded.error();
        return Done{};
      }
    }
    if (auto grown = count_up(services, site, key, 1); !grown) return grown.error();
    return Done{};
  }();
  if (!counted) views.give_back(fetch);
  return counted;
}

Response badge_response(const Services& services, const Request& request, const BadgeDrawing& drawing,
                        BadgeFormat format, unsigned scale, const ShownNumber& number) {
  std::string body;
  if (format == BadgeFormat::png) {
    auto painted = services.embeds.painter.png(drawing, scale);
    if (!painted) return embed_problem(painted.error());
    body = std::move(*painted);
  } else {
    body = format == BadgeFormat::svg ? to_svg(drawing) : to_html(drawing);
  }
  Response response;
  const std::string etag = "\"" + std::to_string(siphash({}, body)) + "\"";
  response.headers.push_back({"etag", etag});
  response.headers.push_back({"cache-control", std::string(always_ask)});
  allow_embedding(response);
  response.after = number.includes;
  if (has_it_already(request, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"content-type", std::string(type_of(format))});
  if (format != BadgeFormat::png) {
    response.headers.push_back({"content-security-policy", std::string(badge_policy)});
  }
  response.body = std::move(body);
  return response;
}

Response live_response(const Services& services, std::string site, std::string key, CounterFeed::Words words) {
  auto body = services.embeds.feed.watch(std::move(site), std::move(key), words);
  if (!body) return embed_problem(body.error());
  Response response;
  response.headers.push_back({"content-type", "text/event-stream"});
  response.headers.push_back({"cache-control", "no-store"});
  response.headers.push_back({"x-accel-buffering", "no"});
  allow_embedding(response);
  response.body = std::move(*body);
  return response;
}

void allow_embedding(Response& response) {
  allow_any_origin(response);
  response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
  response.headers.push_back({"x-content-type-options", "nosniff"});
}

Response embed_problem(const Error& error) {
  Response response = error.code == ErrorCode::too_large ? problem(409, error) : problem(error);
  allow_embedding(response);
  return response;
}

}  // namespace footfall
