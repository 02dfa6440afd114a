// Moe-Counter: /@name is an odometer that counts its own views, /record/@name the number as JSON.
//
// `padding`, `num`, `prefix` and `darkmode` are understood; its themes are drawings of others, and here all digits are
// ours. The name is a counter of the site meant by `site`, by the host, or the only one that speaks the dialect.

#include "app/api/counter_call.h"
#include "app/api/dialects/dialect.h"
#include "app/api/embeds.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view dialect = "moe";
constexpr std::string_view sample_name = "demo";
constexpr std::uint64_t sample_value = 123'456'789;
constexpr unsigned sample_digits = 10;
constexpr unsigned digits_usual = 7;
constexpr std::uint64_t prefix_max = 999'999;

struct Named {
  std::string site;
  std::string name;
};

Result<Named> named(const Services& services, const Call& call) {
  auto name = counter_key(call.key);
  if (!name) return name.error();
  const auto site = Parameters(call.request.query).text("site");
  if (!site) return site.error();
  auto meant = site_meant(services.registry, dialect, site->value_or(""), call.request);
  if (!meant || (*site && !meant->is_named)) {
    return Error{ErrorCode::not_found, "no site that speaks this dialect is meant", "site"};
  }
  return Named{std::move(meant->site), std::move(*name)};
}

Response show(const Services& services, const Call& call) {
  const auto counter = named(services, call);
  if (!counter) return embed_problem(counter.error());
  const Parameters parameters(call.request.query);
  const auto padding = parameters.number("padding", 0, badge_digits_max);
  if (!padding) return embed_problem(padding.error());
  const auto fixed = parameters.number("num", 0, counter_value_max);
  if (!fixed) return embed_problem(fixed.error());
  const auto prefix = parameters.number("prefix", 0, prefix_max);
  if (!prefix) return embed_problem(prefix.error());
  const auto darkmode = parameters.text("darkmode");
  if (!darkmode) return embed_problem(darkmode.error());

  BadgeLook look;
  look.style = BadgeStyle::digits;
  // 0 is "no padding": a number always has one digit.
  look.digits = std::max(1U, static_cast<unsigned>(padding->value_or(digits_usual)));
  if (*darkmode == "1") look.theme = BadgeTheme::dark;
  if (*darkmode == "0") look.theme = BadgeTheme::light;
  BadgeContent content;
  if (*prefix) content.prefix = std::to_string(**prefix);
  ShownNumber number;
  if (counter->name == sample_name) {
    content.value = sample_value;
    look.digits = sample_digits;
  } else if (fixed->value_or(0) > 0) {
    content.value = **fixed;
  } else {
    if (const auto counted = count_image_view(services, call, counter->site, counter->name); !counted) {
      return embed_problem(counted.error());
    }
    number = shown_number(services, counter->site, counter->name);
    content.value = number.value;
  }
  return badge_response(services, call.request, draw_badge(content, look), BadgeFormat::svg, 1, number);
}

Response record(const Services& services, const Call& call) {
  const auto counter = named(services, call);
  if (!counter) return embed_problem(counter.error());
  const ShownNumber number = shown_number(services, counter->site, counter->name);
  Response response = json_response(200, json::serialize(json::object{{"name", counter->name}, {"num", number.value}}));
  allow_embedding(response);
  response.after = number.includes;
  return response;
}

}  // namespace

void add_moe_routes(Router& router, const Services& services) {
  const auto is_there = while_spoken(services.registry, dialect);
  router.add({Method::get, "/@{key}", Access::anyone, 0, false,
              [services](const Call& call) { return show(services, call); }, false, is_there});
  router.add({Method::get, "/record/@{key}", Access::anyone, 0, false,
              [services](const Call& call) { return record(services, call); }, false, is_there});
}

}  // namespace footfall
