#include "adapters/duckdb/row_sql.h"

#include <array>

#include "base/text.h"
#include "domain/channel.h"

namespace footfall::duckdb {
namespace {

// One column of a row as it is given back.
struct RowColumn {
  std::string_view name;
  std::string sql;
  std::string VisitRow::* text = nullptr;  // where it goes; null for those that are no texts
};

std::string text_or_null(std::string_view column) { return "nullif(" + std::string(column) + ", '')"; }

// In the order of the API. Everything a row says has its definition here.
const std::vector<RowColumn>& row_columns() {
  static const std::vector<RowColumn> columns{
      {"id", "coalesce(footfall_uuid(page.id), footfall_visit_id(page.time, page.position))", &VisitRow::id},
      {"time", "page.time"},
      {"site", "sites.site", &VisitRow::site},
      {"path", text_or_null("paths.path"), &VisitRow::path},
      {"query", text_or_null("queries.query"), &VisitRow::query},
      {"title", text_or_null("titles.title"), &VisitRow::title},
      {"session", "coalesce(given_sessions.session, footfall_session_id(page.session))", &VisitRow::session},
      {"visitor", "coalesce(given_visitors.visitor, footfall_visitor_id(page.visitor))", &VisitRow::visitor},
      {"ip", text_or_null("footfall_ip(addresses.address)"), &VisitRow::ip},
      {"user_agent", text_or_null("user_agents.user_agent"), &VisitRow::user_agent},
      {"referrer", text_or_null("referrers.referrer"), &VisitRow::referrer},
      {"event", text_or_null("events.event"), &VisitRow::event},
      {"kind", kind_text("page.kind")},
      {"source", source_text("page.source")},
      {"props", text_or_null("properties.props"), &VisitRow::props},
      {"country", country_text("page.country"), &VisitRow::country},
      {"region", text_or_null("addresses.region"), &VisitRow::region},
      {"city", text_or_null("addresses.city"), &VisitRow::city},
      {"browser", text_or_null("user_agents.browser"), &VisitRow::browser},
      {"browser_version", text_or_null("user_agents.browser_version"), &VisitRow::browser_version},
      {"os", text_or_null("user_agents.os"), &VisitRow::os},
      {"os_version", text_or_null("user_agents.os_version"), &VisitRow::os_version},
      {"device", text_or_null("user_agents.device"), &VisitRow::device},
      {"referrer_source", text_or_null("referrers.source"), &VisitRow::referrer_source},
      {"channel", channel_text("page.channel"), &VisitRow::channel},
      {"utm_source", text_or_null("campaigns.source"), &VisitRow::utm_source},
      {"utm_medium", text_or_null("campaigns.medium"), &VisitRow::utm_medium},
      {"utm_campaign", text_or_null("campaigns.campaign"), &VisitRow::utm_campaign},
      {"utm_content", text_or_null("campaigns.content"), &VisitRow::utm_content},
      {"utm_term", text_or_null("campaigns.term"), &VisitRow::utm_term},
      {"bot", text_or_null("user_agents.bot"), &VisitRow::bot},
      {"engaged_ms", "coalesce(engaged.engaged_ms, 0)::UINTEGER"},
      {"scroll_depth", "engaged.scroll_depth"}};
  return columns;
}

// The dictionaries that a row's numbers point into. Row 0 stands in none of them.
constexpr std::string_view row_tables = R"sql(
FROM page
LEFT JOIN sites ON sites.id = page.site
LEFT JOIN paths ON paths.id = page.path
LEFT JOIN queries ON queries.id = page.query
LEFT JOIN titles ON titles.id = page.title
LEFT JOIN events ON events.id = page.event
LEFT JOIN properties ON properties.id = page.properties
LEFT JOIN referrers ON referrers.id = page.referrer
LEFT JOIN campaigns ON campaigns.id = page.campaign
LEFT JOIN user_agents ON user_agents.id = page.user_agent
LEFT JOIN addresses ON addresses.id = page.address
LEFT JOIN given_sessions ON given_sessions.number = page.session
LEFT JOIN given_visitors ON given_visitors.number = page.visitor
LEFT JOIN (SELECT position, least(sum(engaged_ms), 4294967295) AS engaged_ms,
                  max(scroll_depth) FILTER (WHERE scroll_depth <= 100) AS scroll_depth
           FROM engagements WHERE position IN (SELECT position FROM page) GROUP BY position) engaged
  ON engaged.position = page.position
)sql";

// "(['load', 'cached'])[column + 1]"
template <typename Names>
std::string name_at(const Names& names, std::string_view column) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "'" : ", '") + std::string(name) + "'";
  return "([" + list + "])[" + std::string(column) + "::INTEGER + 1]";
}

template <typename Enum>
std::vector<std::string_view> names_up_to(Enum last) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.push_back(name_of(static_cast<Enum>(i)));
  return names;
}

// The numbers of a text in a dictionary; 0 stands for no text.
Result<std::vector<std::uint64_t>> numbers_of_text(const Asking& asking, std::string_view table, std::string_view column,
                                                   const std::string& text) {
  if (text.empty()) return std::vector<std::uint64_t>{0};
  // DuckDB holds UTF-8 only, so nothing else can be found in it.
  if (!is_utf8(text)) return std::vector<std::uint64_t>{};
  Sql sql;
  sql.text = "SELECT id FROM " + std::string(table) + " WHERE " + std::string(column) + " = " + sql.bind(text);
  return asking.numbers(sql);
}

}  // namespace

// --- Numbers that stand for bytes ---

Wide wide_of(const Address& address) {
  Wide wide;
  for (std::size_t i = 0; i < 8; ++i) {
    wide.high = (wide.high << 8U) | address.bytes()[i];
    wide.low = (wide.low << 8U) | address.bytes()[8 + i];
  }
  return wide;
}

Address address_of(const Wide& wide) {
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(wide.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(wide.low >> (56 - 8 * i));
  }
  return Address(bytes);
}

std::optional<Wide> wide_of_uuid(std::string_view text) {
  const auto canonical = canonical_uuid(text);
  if (!canonical) return std::nullopt;
  Wide wide;
  for (const char c : *canonical) {
    if (c == '-') continue;
    const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    wide.high = (wide.high << 4U) | (wide.low >> 60U);
    wide.low = (wide.low << 4U) | digit;
  }
  return wide;
}

std::string uuid_text(const Wide& wide) {
  const std::string hex = to_hex(std::as_bytes(std::span(address_of(wide).bytes())));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

// --- SQL ---

std::string in_numbers(Sql& sql, std::string_view column, std::string_view type,
                       std::span<const std::uint64_t> numbers) {
  if (numbers.empty()) return "false";
  std::string list;
  for (const std::uint64_t number : numbers) {
    list += (list.empty() ? "" : ", ") + sql.bind(number) + "::" + std::string(type);
  }
  if (numbers.size() == 1) return std::string(column) + " = " + list;
  return std::string(column) + " IN (" + list + ")";
}

std::string kind_text(std::string_view column) { return name_at(names_up_to(Kind::event), column); }
std::string source_text(std::string_view column) { return name_at(names_up_to(Source::log), column); }
std::string channel_text(std::string_view column) { return name_at(names_up_to(Channel::paid_other), column); }

std::string country_text(std::string_view column) {
  const std::string number(column);
  return "CASE WHEN " + number + " > 0 THEN chr((" + number + " // 256)::INTEGER) || chr((" + number +
         " % 256)::INTEGER) END";
}

// --- Questions ---

Result<Rows> Asking::ask(const Sql& sql) const {
  auto rows = connection.query(sql.text, sql.values, deadline);
  if (rows || rows.error().code != ErrorCode::invalid) return rows;
  return Error{ErrorCode::failed, rows.error().what};
}

Result<std::vector<std::uint64_t>> Asking::numbers(const Sql& sql) const {
  auto rows = ask(sql);
  if (!rows) return rows.error();
  std::vector<std::uint64_t> numbers;
  const auto read =
      rows->each([&](std::size_t row) { numbers.push_back(static_cast<std::uint64_t>(rows->integer(0, row))); });
  if (!read) return read.error();
  return numbers;
}

Result<std::vector<std::uint64_t>> site_numbers(const Asking& asking, const std::string& site) {
  if (site.empty()) return std::vector<std::uint64_t>{};
  return numbers_of_text(asking, "sites", "site", site);
}

Result<std::vector<std::uint64_t>> numbers_of_ips(const Asking& asking, std::span<const std::string> texts) {
  std::vector<std::uint64_t> none;
  Sql sql;
  std::string list;
  for (const std::string& text : texts) {
    const auto address = Address::parse(text);
    if (!address) continue;
    if (address->is_none()) {
      none = {0};
    } else {
      list += (list.empty() ? "" : ", ") + sql.bind(wide_of(*address));
    }
  }
  if (list.empty()) return none;
  sql.text = "SELECT id FROM addresses WHERE address IN (" + list + ")";
  auto numbers = asking.numbers(sql);
  if (numbers) numbers->insert(numbers->end(), none.begin(), none.end());
  return numbers;
}

Result<std::vector<std::uint64_t>> numbers_of_ids(const Asking& asking, const PublicIds& ids, PublicIds::What what,
                                                  std::span<const std::string> texts) {
  const bool sessions = what == PublicIds::What::session;
  const std::string table = sessions ? "given_sessions" : "given_visitors";
  const std::string column = sessions ? "session" : "visitor";
  Sql sql;
  std::string given;
  std::string made;
  for (const std::string& text : texts) {
    if (text.empty() || !is_utf8(text)) continue;
    given += (given.empty() ? "" : ", ") + sql.bind(text);
    // An id made here means its number, unless a caller gave that one another id.
    if (const auto number = ids.number(what, text)) {
      made += (made.empty() ? "(" : "), (") + sql.bind(std::uint64_t{*number}) + "::UINTEGER";
    }
  }
  if (given.empty()) return std::vector<std::uint64_t>{};
  sql.text = "SELECT number FROM " + table + " WHERE " + column + " IN (" + given + ")";
  if (!made.empty()) {
    sql.text += " UNION SELECT number FROM (VALUES " + made + ")) made(number) WHERE number NOT IN (SELECT number FROM " +
                table + ")";
  }
  return asking.numbers(sql);
}

// --- Rows ---

std::vector<TextFunction> text_functions(const PublicIds& ids) {
  using Type = TextFunction::Type;
  using Arguments = TextFunction::Arguments;
  return {{"footfall_visit_id",
           {Type::timestamp_ms, Type::ubigint},
           [ids](const Arguments& given) { return ids.visit_id(given.timestamp_ms(0), given.ubigint(1)); }},
          {"footfall_session_id",
           {Type::uinteger},
           [ids](const Arguments& given) { return ids.number_id(PublicIds::What::session, given.uinteger(0)); }},
          {"footfall_visitor_id",
           {Type::uinteger},
           [ids](const Arguments& given) { return ids.number_id(PublicIds::What::visitor, given.uinteger(0)); }},
          {"footfall_uuid", {Type::wide}, [](const Arguments& given) { return uuid_text(given.wide(0)); }},
          {"footfall_ip", {Type::wide}, [](const Arguments& given) { return address_of(given.wide(0)).text(); }}};
}

Result<std::optional<std::string>> conditions(const Asking& asking, const VisitFilter& filter, const PublicIds& ids,
                                              Sql& sql) {
  using Numbers = Result<std::vector<std::uint64_t>>;
  std::string all;
  bool possible = true;
  const auto narrow = [&](std::string_view column, std::string_view type, const Numbers& numbers) {
    if (!all.empty()) all += " AND ";
    all += in_numbers(sql, column, type, *numbers);
    possible = possible && !numbers->empty();
  };
  const auto sites = site_numbers(asking, filter.site);
  if (!sites) return sites.error();
  narrow("v.site", "USMALLINT", sites);
  struct Text {
    const std::optional<std::string>& wanted;
    std::string_view column;
    std::string_view table;
    std::string_view text;
  };
  for (const Text& text : {Text{filter.path, "v.path", "paths", "path"}, Text{filter.event, "v.event", "events", "event"}}) {
    if (!text.wanted || !possible) continue;
    const auto numbers = numbers_of_text(asking, text.table, text.text, *text.wanted);
    if (!numbers) return numbers.error();
    narrow(text.column, "UINTEGER", numbers);
  }
  if (filter.ip && possible) {
    const auto numbers = numbers_of_ips(asking, std::span(&*filter.ip, 1));
    if (!numbers) return numbers.error();
    narrow("v.address", "UINTEGER", numbers);
  }
  struct Id {
    const std::optional<std::string>& wanted;
    std::string_view column;
    PublicIds::What what;
  };
  for (const Id& id : {Id{filter.session, "v.session", PublicIds::What::session},
                       Id{filter.visitor, "v.visitor", PublicIds::What::visitor}}) {
    if (!id.wanted || !possible) continue;
    const auto numbers = numbers_of_ids(asking, ids, id.what, std::span(&*id.wanted, 1));
    if (!numbers) return numbers.error();
    narrow(id.column, "UINTEGER", numbers);
  }
  if (!possible) return std::optional<std::string>();
  if (filter.from) all += " AND v.time >= " + sql.bind(*filter.from);
  if (filter.to) all += " AND v.time < " + sql.bind(*filter.to);
  return std::optional(all);
}

std::string order_by(std::string_view alias, VisitOrder order) {
  const std::string direction = order == VisitOrder::newest_first ? " DESC" : "";
  return std::string(alias) + ".time" + direction + ", " + std::string(alias) + ".position" + direction;
}

std::string select_rows(RowColumns columns) {
  std::string list = columns == RowColumns::position_and_of_the_api ? "page.position" : "";
  for (const RowColumn& column : row_columns()) {
    list += (list.empty() ? "" : ", ") + column.sql + " AS " + std::string(column.name);
  }
  return "SELECT " + list + std::string(row_tables);
}

VisitRow read_row(const Rows& rows, std::size_t row) {
  VisitRow read;
  read.position = rows.column<std::uint64_t>(0)[row];
  std::size_t at = 0;
  for (const RowColumn& column : row_columns()) {
    ++at;
    if (column.text != nullptr) {
      read.*column.text = rows.text(at, row);
    } else if (column.name == "time") {
      read.time = instant_of(rows.column<std::int64_t>(at)[row]);
    } else if (column.name == "kind") {
      read.kind = kind_named(rows.text(at, row)).value_or(Kind::load);
    } else if (column.name == "source") {
      read.source = source_named(rows.text(at, row)).value_or(Source::script);
    } else if (column.name == "engaged_ms") {
      read.engaged_ms = rows.column<std::uint32_t>(at)[row];
    } else if (!rows.is_null(at, row)) {
      read.scroll_depth = rows.column<std::uint8_t>(at)[row];
    }
  }
  return read;
}

}  // namespace footfall::duckdb
