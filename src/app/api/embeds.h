// What counters that are shown elsewhere share: badges, live numbers and the dialects of other counters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/api/router.h"
#include "app/api/services.h"
#include "app/counter_feed.h"
#include "app/image_views.h"
#include "base/result.h"
#include "domain/badge.h"
#include "ports/badge_painter.h"

namespace footfall {

// Each outlives the router.
struct Embeds {
  CounterFeed& feed;
  ImageViews& image_views;
  const BadgePainter& painter;
};

// A number to be shown, and what must be on disk before.
struct ShownNumber {
  std::uint64_t value = 0;
  std::optional<Position> includes;
  bool is_known = false;  // false: there is no such counter, which is shown as 0
  // How many different visitors made the page views; only `stored_number` knows.
  std::uint64_t visitors = 0;
};
// The number now, from memory.
ShownNumber shown_number(const Services& services, std::string_view site, std::string_view key);
// The number, with visitors, now or of a time, from the store: for a thread that may wait.
//   errors  those of CounterReader, but that an unknown counter is none
Result<ShownNumber> stored_number(const Services& services, const std::string& site, const std::string& key,
                                  std::optional<Instant> from = {}, std::optional<Instant> to = {});

// Counts the view of an image that counts: a hit from `pixel` for a key that is a page's path, one more for any other
// key. Not counted, and no error: a HEAD, a repetition (app/image_views.h), and what the limit of recording refuses.
//   errors  invalid  the key is TOTAL; those of Collector
Result<Done> count_image_view(const Services& services, const Call& call, std::string_view site, std::string_view key);

// One more of a named counter; the new value and the position to wait for.
Result<Incremented> count_up(const Services& services, std::string_view site, std::string_view key, std::uint64_t by,
                             Collector::IfUnknown if_unknown = Collector::IfUnknown::begin);

enum class BadgeFormat : std::uint8_t { svg, png, html };
// The badge as an answer that image proxies ask for again each time, and that can do nothing where it is shown; 304 to
// whoever has it already. `scale` is for PNG.
Response badge_response(const Services& services, const Request& request, const BadgeDrawing& drawing,
                        BadgeFormat format, unsigned scale, const ShownNumber& number);

// Server-sent events of one counter, or why not.
Response live_response(const Services& services, std::string site, std::string key, CounterFeed::Words words);

// Headers of every answer that another site's page may read or show.
void allow_embedding(Response& response);
// The problem, readable for pages of any origin.
Response embed_problem(const Error& error);

}  // namespace footfall
