// The hit-counter badge: /api/count/incr/badge.svg?url= counts and shows, /api/count/keep/badge.svg?url= only shows.
//
// A URL of a site that speaks the dialect is that site's page. Any other (a repository's, say) belongs to the one site
// that does, or to the one the request was sent to, as a counter named by host and path.

#include "app/api/badge_form.h"
#include "app/api/dialects/dialect.h"
#include "app/api/embeds.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view dialect = "hit-counter";

class HitCounterRoute {
 public:
  enum class Mode : std::uint8_t { incr, keep };
  HitCounterRoute(const Services& services, Mode mode) : services_(services), mode_(mode) {}

  Response operator()(const Call& call) const {
    const auto counter = counter_of(call);
    if (!counter) return embed_problem(counter.error());
    const auto& [site, key] = *counter;
    const std::string_view query = call.request.query;
    const auto title = read_label(query, "title");
    if (!title) return embed_problem(title.error());
    BadgeLook look;
    const auto edge_is_flat = Parameters(query).flag("edge_flat");
    if (!edge_is_flat) return embed_problem(edge_is_flat.error());
    if (*edge_is_flat) look.style = BadgeStyle::flat_square;
    const auto color = read_color(query, "count_bg");
    if (!color) return embed_problem(color.error());
    look.color = *color;
    const auto label_color = read_color(query, "title_bg");
    if (!label_color) return embed_problem(label_color.error());
    look.label_color = *label_color;
    if (mode_ == Mode::incr) {
      if (const auto counted = count_image_view(services_, call, site, key); !counted) {
        return embed_problem(counted.error());
      }
    }
    const ShownNumber number = shown_number(services_, site, key);
    const BadgeContent content{title->value_or("hits"), number.value, {}, {}};
    return badge_response(services_, call.request, draw_badge(content, look), BadgeFormat::svg, 1, number);
  }

 private:
  [[nodiscard]] Result<std::pair<std::string, std::string>> counter_of(const Call& call) const {
    const auto given = Parameters(call.request.query).text("url");
    if (!given) return given.error();
    if (!*given) return Error{ErrorCode::invalid, "'url' is missing", "url"};
    // A URL is often written without its scheme here.
    const std::string url = (**given).find("://") == std::string::npos ? "//" + **given : **given;
    const auto parts = split_url(url);
    if (!parts || parts->host.empty()) return Error{ErrorCode::invalid, "'url' is not the URL of a page", "url"};
    if (auto site = site_of_page(services_.registry, dialect, parts->host)) {
      if (parts->path.size() > path_bytes_max) return Error{ErrorCode::invalid, "the path is too long", "url"};
      return std::pair(std::move(*site), std::string(parts->path));
    }
    auto meant = site_meant(services_.registry, dialect, {}, call.request);
    if (!meant) return Error{ErrorCode::not_found, "the URL is of no site that speaks this dialect", "url"};
    std::string key = std::string(parts->host) + std::string(parts->path);
    if (key.size() > counter_key_bytes_max) return Error{ErrorCode::invalid, "the URL is too long", "url"};
    if (key.find_first_of("\r\n\t") != std::string::npos)
      return Error{ErrorCode::invalid, "'url' is not one line", "url"};
    return std::pair(std::move(meant->site), std::move(key));
  }

  Services services_;
  Mode mode_;
};

}  // namespace

void add_hit_counter_routes(Router& router, const Services& services) {
  const auto is_there = while_spoken(services.registry, dialect);
  using Mode = HitCounterRoute::Mode;
  router.add({Method::get, "/api/count/incr/badge.svg", Access::anyone, 0, false, HitCounterRoute(services, Mode::incr),
              false, is_there});
  router.add({Method::get, "/api/count/keep/badge.svg", Access::anyone, 0, false, HitCounterRoute(services, Mode::keep),
              false, is_there});
}

}  // namespace footfall
