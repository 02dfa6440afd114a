#include "app/cloud/table_layout.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::size_t cut_bytes = 600;
// Stands between what is kept of a long text and its digest, and in no text that is kept whole: those are one line of
// a request.
constexpr char digest_mark = '\x1f';
constexpr std::size_t digest_digits = 32;

std::string sort_time(Instant time) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%013lld", static_cast<long long>(milliseconds_of(time)));
  return text.data();
}

std::string sort_number(Position number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

// Empty texts are left out: most visits have few of them.
void put(ItemValues& values, std::string_view name, std::string_view text) {
  if (!text.empty()) values.emplace(name, std::string(text));
}

}  // namespace

std::string key_part(std::string_view text, const Crypto& crypto) {
  if (text.empty()) return "-";
  if (text.size() <= item_name_bytes_max && text.find(digest_mark) == std::string_view::npos) return std::string(text);
  return std::string(cut_utf8(text, cut_bytes)) + digest_mark + to_hex(crypto.sha256(text)).substr(0, digest_digits);
}

std::string session_partition(std::string_view site, std::string_view session) {
  return "V#" + std::string(site) + "#" + std::string(session);
}
std::string ip_value(std::string_view site, std::string_view ip) {
  return std::string(site) + "#" + std::string(ip.empty() ? "-" : ip);
}
std::string path_value(std::string_view site, std::string_view path, const Crypto& crypto) {
  return std::string(site) + "#" + key_part(path, crypto);
}
std::string session_value(std::string_view site, std::string_view session) {
  return std::string(site) + "#" + std::string(session);
}

std::string key_part(Day day) {
  const std::chrono::year_month_day date(day);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string pack_partition(std::string_view site, Day day) { return "P#" + std::string(site) + "#" + key_part(day); }
std::string mark_partition(std::string_view site) { return "D#" + std::string(site); }
std::string sums_partition(std::string_view site, std::string_view panel) {
  return "R#" + std::string(site) + "#" + std::string(panel);
}
std::string pack_time(Instant arrived) { return sort_time(arrived); }

ItemKey increments_key(std::string_view site, std::string_view key, const Crypto& crypto) {
  return {"C#" + std::string(site) + "#i", key_part(key, crypto)};
}

Item item_of(const NumberedHit& visit, const TableLayout& layout, const Crypto& crypto) {
  const Hit& hit = visit.hit;
  const std::string ip = visit.address.text();
  Item item;
  item.key.pk = session_partition(hit.site, hit.session);
  item.key.sk = sort_time(hit.time) + "#" + (ip.empty() ? "-" : ip) + "#" + key_part(hit.path, crypto) + "#" +
                sort_number(visit.number);
  ItemValues& values = item.values;
  values["ts"] = milliseconds_of(hit.time);
  values["num"] = static_cast<std::int64_t>(visit.number);
  values["g1"] = ip_value(hit.site, ip);
  values["g2"] = path_value(hit.site, hit.path, crypto);
  values["g3"] = session_value(hit.site, hit.session);
  put(values, "site", hit.site);
  put(values, "session", hit.session);
  put(values, "path", hit.path);
  put(values, "ip", ip);
  put(values, "query", hit.query);
  put(values, "title", hit.title);
  put(values, "ref", hit.referrer);
  put(values, "event", hit.event);
  put(values, "ua", hit.user_agent);
  put(values, "visitor", hit.visitor);
  put(values, "props", hit.props);
  put(values, "id", hit.id);
  put(values, "kind", name_of(hit.kind));
  put(values, "source", name_of(hit.source));
  if (const auto leaves = leaves_at(hit.time, layout)) values["ttl"] = *leaves;
  return item;
}

std::optional<std::int64_t> leaves_at(Instant time, const TableLayout& layout) {
  if (!layout.row_days) return std::nullopt;
  return milliseconds_of(time + std::chrono::days(*layout.row_days)) / 1'000;
}

VisitRow row_of(const NumberedHit& visit) {
  const Hit& hit = visit.hit;
  VisitRow row;
  row.position = visit.number;
  row.time = hit.time;
  row.kind = hit.kind;
  row.source = hit.source;
  row.id = hit.id;
  row.site = hit.site;
  row.session = hit.session;
  row.path = hit.path;
  row.ip = visit.address.text();
  row.query = hit.query;
  row.title = hit.title;
  row.referrer = hit.referrer;
  row.event = hit.event;
  row.user_agent = hit.user_agent;
  row.visitor = hit.visitor;
  row.props = hit.props;
  return row;
}

std::optional<VisitRow> row_of(const Item& item) {
  const auto time = item.number("ts");
  const auto number = item.number("num");
  const auto kind = kind_named(item.text("kind"));
  const auto source = source_named(item.text("source"));
  if (!item.key.pk.starts_with("V#") || !time || !number || !kind || !source) return std::nullopt;
  VisitRow row;
  row.position = static_cast<Position>(*number);
  row.time = instant_of(*time);
  row.kind = *kind;
  row.source = *source;
  row.id = item.text("id");
  row.site = item.text("site");
  row.session = item.text("session");
  row.path = item.text("path");
  row.ip = item.text("ip");
  row.query = item.text("query");
  row.title = item.text("title");
  row.referrer = item.text("ref");
  row.event = item.text("event");
  row.user_agent = item.text("ua");
  row.visitor = item.text("visitor");
  row.props = item.text("props");
  return row;
}

}  // namespace footfall
