// A stored visit as it is given back, and how to ask for visits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/drop_reason.h"
#include "domain/hit.h"

namespace footfall {

// Empty text: there is none.
struct VisitRow {
  Position position = 0;
  std::string id;
  Instant time;
  std::string site;
  std::string path;
  std::string query;
  std::string title;
  std::string session;
  std::string visitor;
  std::string ip;
  std::string user_agent;
  std::string referrer;
  std::string event;
  Kind kind = Kind::load;
  Source source = Source::script;
  std::string props;  // a JSON object, or empty
  std::string country, region, city;
  std::string browser, browser_version, os, os_version, device;
  std::string referrer_source, channel;
  std::string utm_source, utm_medium, utm_campaign, utm_content, utm_term;
  std::string bot;
  std::uint32_t engaged_ms = 0;
  std::optional<std::uint8_t> scroll_depth;
};

// All that is set must hold. Texts match exactly.
struct VisitFilter {
  std::string site;
  std::optional<std::string> ip;         // as rows show it
  std::optional<std::string> hashed_ip;  // the same address as a site shows it that hashes: either may match
  std::optional<std::string> path;
  std::optional<std::string> session;
  std::optional<std::string> visitor;
  std::optional<std::string> event;
  std::optional<Instant> from;  // inclusive
  std::optional<Instant> to;    // exclusive
};

enum class VisitOrder : std::uint8_t { newest_first, oldest_first };

// Where a page of visits ended. The order of (time, position) is total and never changes for a stored row, so a cursor
// stays good while rows are added.
struct VisitCursor {
  Instant time;
  Position position = 0;
};

// A dropped hit as it is given back: what it would have been, and why it is not. Empty text: there is none.
struct DroppedRow {
  Position position = 0;  // of its record
  Instant time;
  DropReason reason = DropReason::foreign_origin;
  std::uint32_t rules = 0;
  std::string site, path, query, title, referrer, event, props;
  std::string ip, user_agent, session, visitor;
  std::string id;  // that the caller gave
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;
  Mark mark = Mark::none;

  friend bool operator==(const DroppedRow&, const DroppedRow&) = default;
};

// All that is set must hold. Texts match exactly.
struct DroppedFilter {
  std::string site;
  std::optional<DropReason> reason;
  std::optional<std::string> ip;  // and hashed_ip: as of VisitFilter
  std::optional<std::string> hashed_ip;
  std::optional<std::string> path;
  std::optional<std::string> event;
  std::optional<std::string> session;  // and visitor: as the caller gave them; there are no others here
  std::optional<std::string> visitor;
  std::optional<Instant> from;  // inclusive
  std::optional<Instant> to;    // exclusive
  std::optional<std::vector<Position>> positions;
};

enum class TopBy : std::uint8_t {
  ip,
  path,
  session,
  visitor,
  referrer,
  user_agent,
  event,
  country,
  browser,
  os,
  device,
  source
};

// "user_agent" and back.
std::string_view name_of(TopBy by);
std::optional<TopBy> top_by_named(std::string_view name);

struct TopRow {
  std::string value;
  std::uint64_t visits = 0;
  Instant first;
  Instant last;
};

}  // namespace footfall
