// One recorded request of a page, or one custom event: the unit of everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "domain/address.h"

namespace footfall {

// How a hit came about. The numbers are kept on disk; new kinds go to the end.
enum class Kind : std::uint8_t { load = 0, cached = 1, restored = 2, soft = 3, prerendered = 4, event = 5 };
// Who reported it. The numbers are kept on disk.
enum class Source : std::uint8_t { edge = 0, script = 1, pixel = 2, api = 3, log = 4 };

std::string_view name_of(Kind kind);
std::string_view name_of(Source source);
std::optional<Kind> kind_named(std::string_view name);
std::optional<Source> source_named(std::string_view name);

// What policy noticed without refusing; a bit set.
enum class Mark : std::uint8_t {
  none = 0,
  no_origin = 1,  // neither Origin nor Referer nor Sec-Fetch-Site came with it: not a browser
};

// A position in the journal: the number of a record. Numbers grow from 0, have no gaps, and are never given twice.
using Position = std::uint64_t;

// A hit as it is collected: already checked and within limits, not yet enriched.
//
// Texts are views into the request, the log line or the journal frame it came from, and live as long as that does.
// Empty text means there is none.
struct Hit {
  Instant time;
  std::string_view site;   // a registered host name, lower case
  std::string_view path;   // starts with '/', no query, not percent-decoded
  std::string_view query;  // without '?'
  std::string_view title;
  std::string_view referrer;
  std::string_view event;  // the name of a custom event; empty for a page view
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;  // a custom event that ends a bounce
  Mark mark = Mark::none;
  Address ip;
  std::string_view user_agent;
  std::string_view session;  // given by the edge cookie or by a caller with an ingest token
  std::string_view visitor;  // likewise
  std::string_view props;    // a JSON object of strings
  std::string_view id;       // a UUID given by the caller; empty: made from the position (domain/public_id.h)
  std::string_view beacon;   // by which the same message is known when it comes again; empty: by nothing. Not stored

  [[nodiscard]] bool is_pageview() const { return kind != Kind::event; }
};

}  // namespace footfall
