#include "app/api/visit_text.h"

#include "domain/hit.h"

namespace footfall {
namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value props_of(const VisitRow& row) {
  if (row.props.empty()) return nullptr;
  auto props = parse_json(row.props);
  return props ? std::move(*props) : json::value(nullptr);
}

// Calls `use(name, value)` for every text column in the order of the row.
template <typename F>
void for_each_text(const VisitRow& row, F&& use) {
  use("path", row.path);
  use("query", row.query);
  use("title", row.title);
  use("session", row.session);
  use("visitor", row.visitor);
  use("ip", row.ip);
  use("user_agent", row.user_agent);
  use("referrer", row.referrer);
  use("event", row.event);
}

template <typename F>
void for_each_enriched(const VisitRow& row, F&& use) {
  use("country", row.country);
  use("region", row.region);
  use("city", row.city);
  use("browser", row.browser);
  use("browser_version", row.browser_version);
  use("os", row.os);
  use("os_version", row.os_version);
  use("device", row.device);
  use("referrer_source", row.referrer_source);
  use("channel", row.channel);
  use("utm_source", row.utm_source);
  use("utm_medium", row.utm_medium);
  use("utm_campaign", row.utm_campaign);
  use("utm_content", row.utm_content);
  use("utm_term", row.utm_term);
  use("bot", row.bot);
}

void add_cell(std::string& line, std::string_view value) {
  if (!line.empty()) line.push_back(',');
  const bool formula = !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
  if (!formula && value.find_first_of(",\"\r\n") == std::string_view::npos) {
    line.append(value);
    return;
  }
  line.push_back('"');
  if (formula) line.push_back('\'');
  for (const char c : value) {
    if (c == '"') line.push_back('"');
    line.push_back(c);
  }
  line.push_back('"');
}

}  // namespace

json::object to_json(const VisitRow& row) {
  json::object object{{"id", row.id}, {"time", to_rfc3339(row.time)}, {"site", row.site}};
  for_each_text(row, [&](std::string_view name, const std::string& value) { object[name] = text_or_null(value); });
  object["kind"] = name_of(row.kind);
  object["source"] = name_of(row.source);
  object["props"] = props_of(row);
  for_each_enriched(row, [&](std::string_view name, const std::string& value) { object[name] = text_or_null(value); });
  object["engaged_ms"] = row.engaged_ms;
  object["scroll_depth"] = row.scroll_depth ? json::value(*row.scroll_depth) : json::value(nullptr);
  return object;
}

std::string csv_head() {
  const VisitRow none;
  std::string line = "id,time,site";
  for_each_text(none, [&](std::string_view name, const std::string&) { add_cell(line, name); });
  line += ",kind,source,props";
  for_each_enriched(none, [&](std::string_view name, const std::string&) { add_cell(line, name); });
  return line + ",engaged_ms,scroll_depth\r\n";
}

std::string to_csv(const VisitRow& row) {
  std::string line = row.id;
  add_cell(line, to_rfc3339(row.time));
  add_cell(line, row.site);
  for_each_text(row, [&](std::string_view, const std::string& value) { add_cell(line, value); });
  add_cell(line, name_of(row.kind));
  add_cell(line, name_of(row.source));
  add_cell(line, row.props);
  for_each_enriched(row, [&](std::string_view, const std::string& value) { add_cell(line, value); });
  add_cell(line, std::to_string(row.engaged_ms));
  add_cell(line, row.scroll_depth ? std::to_string(*row.scroll_depth) : "");
  return line + "\r\n";
}

}  // namespace footfall
