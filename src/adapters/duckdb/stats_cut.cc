#include "adapters/duckdb/stats_cut.h"

namespace footfall::duckdb {
namespace {

Cut worded(Cut::Of of, std::string number, std::string words, std::string text) {
  Cut cut;
  cut.of = of;
  cut.number = std::move(number);
  cut.text = std::move(text);
  cut.words = std::move(words);
  return cut;
}

Cut of_first_hit(const std::string& column, const std::string& table, const std::string& text) {
  return worded(Cut::Of::visit, "s." + column, table, "d." + text);
}

Cut wordless(Cut::Of of, std::string number, std::string type, std::string text, std::string all_numbers = "") {
  Cut cut;
  cut.of = of;
  cut.number = std::move(number);
  cut.type = std::move(type);
  cut.text = std::move(text);
  cut.all_numbers = std::move(all_numbers);
  return cut;
}

// Numbered by themselves; their ids are given by callers or made from the number.
Cut numbered(const std::string& column, const std::string& words, const std::string& text) {
  Cut cut = worded(Cut::Of::visit, "s." + column, words, text);
  cut.word = "number";
  return cut;
}

// A JSON pointer (RFC 6901) can name every key.
std::string pointer_to(const std::string& key) {
  std::string pointer = "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

}  // namespace

std::string filled(std::string sql, std::string_view place, std::string_view what) {
  for (std::size_t at = sql.find(place); at != std::string::npos; at = sql.find(place, at + what.size())) {
    sql.replace(at, place.size(), what);
  }
  return sql;
}

namespace {

Cut described(const DimensionName& name, Sql& sql) {
  using Of = Cut::Of;
  switch (name.dimension) {
    case Dimension::event_page:
      return worded(Of::hit, "h.path", "paths", "d.path");
    case Dimension::event_name:
      return worded(Of::hit, "h.event", "events", "d.event");
    case Dimension::event_kind:
      return wordless(Of::hit, "h.kind", "UTINYINT", kind_text("{number}"), "range(256)");
    case Dimension::event_source:
      return wordless(Of::hit, "h.source", "UTINYINT", source_text("{number}"), "range(256)");
    case Dimension::event_props:
      return worded(Of::hit, "h.properties", "properties",
                    "json_extract_string(d.props, " + sql.bind(pointer_to(name.property)) + ")");
    case Dimension::visit_entry_page:
      return of_first_hit("entry", "paths", "path");
    case Dimension::visit_exit_page:
      return of_first_hit("exit", "paths", "path");
    case Dimension::visit_source:
      return of_first_hit("referrer", "referrers", "source");
    case Dimension::visit_referrer:
      return of_first_hit("referrer", "referrers", "referrer");
    case Dimension::visit_channel:
      return wordless(Of::visit, "s.channel", "UTINYINT", channel_text("{number}"), "range(256)");
    case Dimension::visit_utm_source:
      return of_first_hit("campaign", "campaigns", "source");
    case Dimension::visit_utm_medium:
      return of_first_hit("campaign", "campaigns", "medium");
    case Dimension::visit_utm_campaign:
      return of_first_hit("campaign", "campaigns", "campaign");
    case Dimension::visit_utm_content:
      return of_first_hit("campaign", "campaigns", "content");
    case Dimension::visit_utm_term:
      return of_first_hit("campaign", "campaigns", "term");
    case Dimension::visit_device:
      return of_first_hit("user_agent", "user_agents", "device");
    case Dimension::visit_browser:
      return of_first_hit("user_agent", "user_agents", "browser");
    case Dimension::visit_browser_version:
      return of_first_hit("user_agent", "user_agents", "browser_version");
    case Dimension::visit_os:
      return of_first_hit("user_agent", "user_agents", "os");
    case Dimension::visit_os_version:
      return of_first_hit("user_agent", "user_agents", "os_version");
    case Dimension::visit_country:
      // None, and AA to ZZ.
      return wordless(Of::visit, "s.country", "USMALLINT", country_text("{number}"),
                      "list_prepend(0, range(16705, 23131))");
    case Dimension::visit_region:
      return of_first_hit("address", "addresses", "region");
    case Dimension::visit_city:
      return of_first_hit("address", "addresses", "city");
    case Dimension::visit_ip:
      return worded(Of::visit, "s.address", "addresses", "footfall_ip(d.address, d.form::UINTEGER)");
    case Dimension::visit_session:
      return numbered("session", "given_sessions", "coalesce(d.session, footfall_session_id({number}))");
    case Dimension::visit_visitor:
      return numbered("visitor", "given_visitors", "coalesce(d.visitor, footfall_visitor_id({number}))");
    case Dimension::visit_bot:
      return of_first_hit("user_agent", "user_agents", "bot");
    case Dimension::time_minute:
      return wordless(Of::time, "epoch_ms({moment}) // 60000", "BIGINT",
                      "strftime(make_timestamp({number} * 60000000), '%Y-%m-%dT%H:%M:%S.000Z')");
    case Dimension::time_hour:
      return wordless(Of::time, "epoch_ms({moment}) // 3600000", "BIGINT",
                      "strftime(make_timestamp({number} * 3600000000), '%Y-%m-%dT%H:%M:%S.000Z')");
    case Dimension::time_day:
      return wordless(Of::time, "{moment}::DATE", "DATE", "strftime({number}, '%Y-%m-%d')");
    case Dimension::time_week:
      // Week 0 began on Monday, 29 December 1969.
      return wordless(Of::time, "({moment}::DATE - DATE '1969-12-29') // 7", "BIGINT",
                      "strftime(DATE '1969-12-29' + (7 * {number})::INTEGER, '%Y-%m-%d')");
    case Dimension::time_month:
      return wordless(Of::time, "year({moment}) * 12 + month({moment}) - 1", "BIGINT",
                      "strftime(make_date({number} // 12, {number} % 12 + 1, 1), '%Y-%m-%d')");
  }
  FOOTFALL_ASSERT(false);
  return {};
}

bool are_many(Dimension dimension) {
  switch (dimension) {
    case Dimension::event_page:
    case Dimension::event_props:
    case Dimension::visit_entry_page:
    case Dimension::visit_exit_page:
    case Dimension::visit_source:
    case Dimension::visit_referrer:
    case Dimension::visit_city:
    case Dimension::visit_ip:
    case Dimension::visit_session:
    case Dimension::visit_visitor:
      return true;
    default:
      return false;
  }
}

}  // namespace

Cut cut_of(const DimensionName& name, Sql& sql) {
  Cut cut = described(name, sql);
  cut.many = are_many(name.dimension);
  cut.none = label_of_nothing(name.dimension);
  return cut;
}

}  // namespace footfall::duckdb
