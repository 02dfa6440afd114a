#include "adapters/duckdb/dropped_sql.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace footfall::duckdb {
namespace {

// What must hold for a row of `dropped v`. Nothing: no row can match.
Result<std::optional<std::string>> conditions(const Asking& asking, const DroppedFilter& filter, Sql& sql) {
  const auto sites = site_numbers(asking, filter.site);
  if (!sites) return sites.error();
  if (sites->empty()) return std::optional<std::string>();
  std::string where = in_numbers(sql, "v.site", "USMALLINT", *sites);
  if (filter.reason) where += " AND v.reason = " + sql.bind(static_cast<std::uint64_t>(*filter.reason)) + "::UTINYINT";
  if (filter.ip) {
    std::vector<std::string> either{*filter.ip};
    if (filter.hashed_ip) either.push_back(*filter.hashed_ip);
    const auto addresses = numbers_of_ips(asking, either);
    if (!addresses) return addresses.error();
    where += " AND " + in_numbers(sql, "v.address", "UINTEGER", *addresses);
  }
  for (const auto* text : {&filter.path, &filter.event, &filter.session, &filter.visitor}) {
    // DuckDB holds UTF-8 only, so nothing else can be found in it.
    if (*text && !is_utf8(**text)) return std::optional<std::string>();
  }
  if (filter.path) where += " AND v.path IN (SELECT id FROM paths WHERE path = " + sql.bind(*filter.path) + ")";
  if (filter.event) where += " AND v.event IN (SELECT id FROM events WHERE event = " + sql.bind(*filter.event) + ")";
  if (filter.session) where += " AND v.session = " + sql.bind(*filter.session);
  if (filter.visitor) where += " AND v.visitor = " + sql.bind(*filter.visitor);
  if (filter.from) where += " AND v.time >= " + sql.bind(*filter.from);
  if (filter.to) where += " AND v.time < " + sql.bind(*filter.to);
  if (filter.positions) where += " AND " + in_numbers(sql, "v.position", "UBIGINT", *filter.positions);
  return std::optional(std::move(where));
}

}  // namespace

Result<std::vector<DroppedRow>> read_dropped(const Asking& asking, const DroppedFilter& filter, VisitOrder order,
                                             std::size_t limit, const std::optional<VisitCursor>& after) {
  std::vector<DroppedRow> found;
  Sql sql;
  auto where = conditions(asking, filter, sql);
  if (!where) return where.error();
  if (!*where) return found;
  if (after) **where += behind(*after, order, sql);
  sql.text = "WITH page AS (SELECT v.* FROM dropped v WHERE " + **where + " ORDER BY " + order_by("v", order) +
             " LIMIT " + std::to_string(limit) +
             ")\n"
             "SELECT page.position, page.time, page.reason, page.rules, page.kind, page.source, page.flags,"
             " paths.path, queries.query, titles.title, referrers.referrer, events.event, properties.props,"
             " footfall_ip(addresses.address, addresses.form::UINTEGER), user_agents.user_agent, page.session, "
             "page.visitor, page.id FROM page"
             " LEFT JOIN paths ON paths.id = page.path LEFT JOIN queries ON queries.id = page.query"
             " LEFT JOIN titles ON titles.id = page.title LEFT JOIN referrers ON referrers.id = page.referrer"
             " LEFT JOIN events ON events.id = page.event LEFT JOIN properties ON properties.id = page.properties"
             " LEFT JOIN addresses ON addresses.id = page.address"
             " LEFT JOIN user_agents ON user_agents.id = page.user_agent ORDER BY " +
             order_by("page", order);
  auto rows = asking.ask(sql);
  if (!rows) return rows.error();
  const auto read = rows->each([&](std::size_t row) {
    DroppedRow one;
    one.site = filter.site;
    one.position = rows->column<std::uint64_t>(0)[row];
    one.time = instant_of(rows->column<std::int64_t>(1)[row]);
    one.reason = static_cast<DropReason>(rows->column<std::uint8_t>(2)[row]);
    one.rules = rows->column<std::uint32_t>(3)[row];
    one.kind = static_cast<Kind>(rows->column<std::uint8_t>(4)[row]);
    one.source = static_cast<Source>(rows->column<std::uint8_t>(5)[row]);
    const std::uint8_t flags = rows->column<std::uint8_t>(6)[row];
    one.interactive = (flags & 1U) != 0;
    one.mark = static_cast<Mark>(flags >> 1U);
    std::size_t column = 7;
    for (std::string* text : {&one.path, &one.query, &one.title, &one.referrer, &one.event, &one.props, &one.ip,
                              &one.user_agent, &one.session, &one.visitor, &one.id}) {
      *text = rows->text(column++, row);
    }
    found.push_back(std::move(one));
  });
  if (!read) return read.error();
  return found;
}

Result<DroppedCounts> count_dropped(const Asking& asking, const DroppedFilter& filter) {
  DroppedCounts counts{};
  Sql sql;
  const auto where = conditions(asking, filter, sql);
  if (!where) return where.error();
  if (!*where) return counts;
  sql.text = "SELECT v.reason, count(*)::UBIGINT FROM dropped v WHERE " + **where + " GROUP BY v.reason";
  auto rows = asking.ask(sql);
  if (!rows) return rows.error();
  const auto read = rows->each([&](std::size_t row) {
    const std::uint8_t reason = rows->column<std::uint8_t>(0)[row];
    if (reason < counts.size()) counts[reason] = rows->column<std::uint64_t>(1)[row];
  });
  if (!read) return read.error();
  return counts;
}

}  // namespace footfall::duckdb
