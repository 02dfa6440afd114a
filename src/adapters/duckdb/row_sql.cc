#include "adapters/duckdb/row_sql.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "domain/channel.h"

namespace footfall::duckdb {
namespace {

// A dictionary: the column of visits that points into it, and what its texts are in a row.
struct Texts {
  std::string_view table;
  std::string_view key;
  std::string_view number;
  struct Text {
    std::string_view name;
    std::string_view sql;
    std::string VisitRow::*member;
  };
  std::vector<Text> texts;
};

const std::vector<Texts>& row_texts() {
  static const std::vector<Texts> texts{
      {"sites", "id", "site", {{"site", "site", &VisitRow::site}}},
      {"paths", "id", "path", {{"path", "path", &VisitRow::path}}},
      {"queries", "id", "query", {{"query", "query", &VisitRow::query}}},
      {"titles", "id", "title", {{"title", "title", &VisitRow::title}}},
      {"given_sessions", "number", "session", {{"session", "session", &VisitRow::session}}},
      {"given_visitors", "number", "visitor", {{"visitor", "visitor", &VisitRow::visitor}}},
      {"addresses",
       "id",
       "address",
       {{"ip", "footfall_ip(address, form::UINTEGER)", &VisitRow::ip},
        {"region", "region", &VisitRow::region},
        {"city", "city", &VisitRow::city}}},
      {"user_agents",
       "id",
       "user_agent",
       {{"user_agent", "user_agent", &VisitRow::user_agent},
        {"browser", "browser", &VisitRow::browser},
        {"browser_version", "browser_version", &VisitRow::browser_version},
        {"os", "os", &VisitRow::os},
        {"os_version", "os_version", &VisitRow::os_version},
        {"device", "device", &VisitRow::device},
        {"bot", "bot", &VisitRow::bot}}},
      {"referrers",
       "id",
       "referrer",
       {{"referrer", "referrer", &VisitRow::referrer}, {"referrer_source", "source", &VisitRow::referrer_source}}},
      {"campaigns",
       "id",
       "campaign",
       {{"utm_source", "source", &VisitRow::utm_source},
        {"utm_medium", "medium", &VisitRow::utm_medium},
        {"utm_campaign", "campaign", &VisitRow::utm_campaign},
        {"utm_content", "content", &VisitRow::utm_content},
        {"utm_term", "term", &VisitRow::utm_term}}},
      {"events", "id", "event", {{"event", "event", &VisitRow::event}}},
      {"properties", "id", "properties", {{"props", "props", &VisitRow::props}}}};
  return texts;
}

std::string columns_of(const Texts& texts) {
  std::string columns(texts.key);
  for (const Texts::Text& text : texts.texts) columns += ", " + std::string(text.sql) + " AS " + std::string(text.name);
  return columns;
}

// What came of the engagements that completed the page views at some positions.
std::string engaged_at(std::string_view positions) {
  return "SELECT position, least(sum(engaged_ms), 4294967295)::UINTEGER AS engaged_ms,"
         " max(scroll_depth) FILTER (WHERE scroll_depth <= 100) AS scroll_depth"
         " FROM engagements WHERE position IN (" +
         std::string(positions) + ") GROUP BY position";
}

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
Result<std::vector<std::uint64_t>> numbers_of_text(const Asking& asking, std::string_view table,
                                                   std::string_view column, const std::string& text) {
  if (text.empty()) return std::vector<std::uint64_t>{0};
  // DuckDB holds UTF-8 only, so nothing else can be found in it.
  if (!is_utf8(text)) return std::vector<std::uint64_t>{};
  Sql sql;
  sql.text = "SELECT id FROM " + std::string(table) + " WHERE " + std::string(column) + " = " + sql.bind(text);
  return asking.numbers(sql);
}

}  // namespace

// --- Numbers that stand for bytes ---

std::array<std::uint8_t, 16> bytes_of(const Wide& wide) {
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(wide.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(wide.low >> (56 - 8 * i));
  }
  return bytes;
}

Wide wide_of(const StoredAddress& address) {
  Wide wide;
  for (std::size_t i = 0; i < 8; ++i) {
    wide.high = (wide.high << 8U) | address.bytes()[i];
    wide.low = (wide.low << 8U) | address.bytes()[8 + i];
  }
  return wide;
}

StoredAddress address_of(const Wide& wide, std::uint32_t form) {
  return {form == 0 ? StoredAddress::Form::address : StoredAddress::Form::hash, bytes_of(wide)};
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
  const auto bytes = bytes_of(wide);
  const std::string hex = to_hex(std::as_bytes(std::span(bytes)));
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
    const auto address = StoredAddress::parse(text);
    if (!address) continue;
    if (address->is_none()) {
      none = {0};
    } else {
      list += (list.empty() ? "(" : " OR (") + std::string("form = ") +
              std::to_string(static_cast<int>(address->form())) + " AND address = " + sql.bind(wide_of(*address)) + ")";
    }
  }
  if (list.empty()) return none;
  sql.text = "SELECT id FROM addresses WHERE " + list;
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
    sql.text += " UNION SELECT number FROM (VALUES " + made +
                ")) made(number) WHERE number NOT IN (SELECT number FROM " + table + ")";
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
          {"footfall_ip", {Type::wide, Type::uinteger}, [](const Arguments& given) {
             return address_of(given.wide(0), given.uinteger(1)).text();
           }}};
}

Result<std::optional<std::string>> conditions(const Asking& asking, const VisitFilter& filter, const PublicIds& ids,
                                              Sql& sql) {
  using Numbers = Result<std::vector<std::uint64_t>>;
  const std::size_t values_before = sql.values.size();
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
  for (const Text& text :
       {Text{filter.path, "v.path", "paths", "path"}, Text{filter.event, "v.event", "events", "event"}}) {
    if (!text.wanted || !possible) continue;
    const auto numbers = numbers_of_text(asking, text.table, text.text, *text.wanted);
    if (!numbers) return numbers.error();
    narrow(text.column, "UINTEGER", numbers);
  }
  if (filter.ip && possible) {
    std::vector<std::string> either{*filter.ip};
    if (filter.hashed_ip) either.push_back(*filter.hashed_ip);
    const auto numbers = numbers_of_ips(asking, either);
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
  if (!possible) {
    sql.values.resize(values_before);
    return std::optional<std::string>();
  }
  if (filter.from) all += " AND v.time >= " + sql.bind(*filter.from);
  if (filter.to) all += " AND v.time < " + sql.bind(*filter.to);
  return std::optional(all);
}

std::string order_by(std::string_view alias, VisitOrder order) {
  const std::string direction = order == VisitOrder::newest_first ? " DESC" : "";
  return std::string(alias) + ".time" + direction + ", " + std::string(alias) + ".position" + direction;
}

namespace {

// A row with the numbers that its texts have; in the order of row_texts().
struct NumberedRow {
  VisitRow row;
  std::vector<std::uint32_t> numbers;
};

Result<std::vector<NumberedRow>> numbered_rows(const Asking& asking, Sql sql, const std::string& conditions,
                                               VisitOrder order, std::size_t limit, const PublicIds& ids) {
  std::string columns = "v.position, v.time, v.kind, v.source, v.channel, v.country, v.id";
  constexpr std::size_t first_number = 7;
  for (const Texts& texts : row_texts()) columns += ", v." + std::string(texts.number) + "::UINTEGER";
  sql.text = "SELECT " + columns + " FROM visits v WHERE " + conditions + " ORDER BY " + order_by("v", order) +
             " LIMIT " + std::to_string(limit);
  auto found = asking.ask(sql);
  if (!found) return found.error();
  std::vector<NumberedRow> rows;
  const auto read = found->each([&](std::size_t at) {
    NumberedRow& numbered = rows.emplace_back();
    VisitRow& row = numbered.row;
    row.position = found->column<std::uint64_t>(0)[at];
    row.time = instant_of(found->column<std::int64_t>(1)[at]);
    row.kind = static_cast<Kind>(std::min<int>(found->column<std::uint8_t>(2)[at], static_cast<int>(Kind::event)));
    row.source = static_cast<Source>(std::min<int>(found->column<std::uint8_t>(3)[at], static_cast<int>(Source::log)));
    const std::uint8_t channel = found->column<std::uint8_t>(4)[at];
    if (channel < channels_count) row.channel = name_of(static_cast<Channel>(channel));
    if (const std::uint16_t country = found->column<std::uint16_t>(5)[at]; country != 0) {
      row.country = {static_cast<char>(country >> 8U), static_cast<char>(country & 0xFFU)};
    }
    row.id = found->is_null(6, at) ? ids.visit_id(row.time, row.position) : uuid_text(found->column<Wide>(6)[at]);
    for (std::size_t i = 0; i < row_texts().size(); ++i) {
      numbered.numbers.push_back(found->column<std::uint32_t>(first_number + i)[at]);
    }
  });
  if (!read) return read.error();
  return rows;
}

Result<Done> fill_in(const Asking& asking, std::size_t which, std::vector<NumberedRow>& rows) {
  const Texts& texts = row_texts()[which];
  std::unordered_multimap<std::uint32_t, VisitRow*> wanted;
  std::set<std::uint32_t> numbers;
  for (NumberedRow& row : rows) {
    if (row.numbers[which] == 0) continue;
    wanted.emplace(row.numbers[which], &row.row);
    numbers.insert(row.numbers[which]);
  }
  if (numbers.empty()) return Done{};
  Sql sql;
  sql.text = "SELECT " + columns_of(texts) + " FROM " + std::string(texts.table) + " WHERE " + std::string(texts.key) +
             " IN (" + relation_of(numbers, "UINTEGER", sql) + ")";
  auto found = asking.ask(sql);
  if (!found) return found.error();
  return found->each([&](std::size_t at) {
    const auto [begin, end] = wanted.equal_range(static_cast<std::uint32_t>(found->integer(0, at)));
    for (auto row = begin; row != end; ++row) {
      for (std::size_t i = 0; i < texts.texts.size(); ++i) row->second->*texts.texts[i].member = found->text(i + 1, at);
    }
  });
}

Result<Done> fill_in_engagement(const Asking& asking, std::vector<NumberedRow>& rows) {
  std::unordered_map<Position, VisitRow*> wanted;
  std::vector<Position> positions;
  for (NumberedRow& row : rows) {
    if (row.row.kind == Kind::event) continue;
    wanted.emplace(row.row.position, &row.row);
    positions.push_back(row.row.position);
  }
  if (positions.empty()) return Done{};
  Sql sql;
  sql.text = engaged_at(relation_of(positions, "UBIGINT", sql));
  auto found = asking.ask(sql);
  if (!found) return found.error();
  return found->each([&](std::size_t at) {
    VisitRow& row = *wanted.at(found->column<std::uint64_t>(0)[at]);
    row.engaged_ms = found->column<std::uint32_t>(1)[at];
    if (!found->is_null(2, at)) row.scroll_depth = found->column<std::uint8_t>(2)[at];
  });
}

}  // namespace

std::string behind(const VisitCursor& cursor, VisitOrder order, Sql& sql) {
  const std::string time = sql.bind(cursor.time);
  const std::string position = sql.bind(cursor.position);
  const std::string than = order == VisitOrder::newest_first ? "<" : ">";
  // The first half says nothing new, but DuckDB skips blocks by it.
  return " AND v.time " + than + "= " + time + " AND (v.time " + than + " " + time + " OR v.position " + than + " " +
         position + ")";
}

Result<std::vector<VisitRow>> read_rows(const Asking& asking, Sql sql, const std::string& conditions, VisitOrder order,
                                        std::size_t limit, const PublicIds& ids) {
  auto numbered = numbered_rows(asking, std::move(sql), conditions, order, limit, ids);
  if (!numbered) return numbered.error();
  for (std::size_t i = 0; i < row_texts().size(); ++i) {
    if (const auto done = fill_in(asking, i, *numbered); !done) return done.error();
  }
  if (const auto done = fill_in_engagement(asking, *numbered); !done) return done.error();
  std::vector<VisitRow> rows;
  for (std::size_t i = 0; i < numbered->size(); ++i) {
    VisitRow& row = rows.emplace_back(std::move((*numbered)[i].row));
    const auto number_in = [&](std::string_view column) {
      const auto found = std::find_if(row_texts().begin(), row_texts().end(),
                                      [&](const Texts& texts) { return texts.number == column; });
      return (*numbered)[i].numbers[static_cast<std::size_t>(found - row_texts().begin())];
    };
    if (row.session.empty()) row.session = ids.number_id(PublicIds::What::session, number_in("session"));
    if (row.visitor.empty()) row.visitor = ids.number_id(PublicIds::What::visitor, number_in("visitor"));
  }
  return rows;
}

std::string select_rows() {
  std::map<std::string_view, std::string> sql{
      {"id", "coalesce(footfall_uuid(page.id), footfall_visit_id(page.time, page.position))"},
      {"time", "page.time"},
      {"kind", kind_text("page.kind")},
      {"source", source_text("page.source")},
      {"channel", channel_text("page.channel")},
      {"country", country_text("page.country")},
      {"engaged_ms", "coalesce(engaged.engaged_ms, 0)"},
      {"scroll_depth", "engaged.scroll_depth"}};
  std::string from = "\nFROM page";
  for (const Texts& texts : row_texts()) {
    const std::string table(texts.table);
    from += "\nLEFT JOIN (SELECT " + columns_of(texts) + " FROM " + table + ") " + table + " ON " + table + "." +
            std::string(texts.key) + " = page." + std::string(texts.number);
    for (const Texts::Text& text : texts.texts)
      sql[text.name] = "nullif(" + table + "." + std::string(text.name) + ", '')";
  }
  from += "\nLEFT JOIN (" + engaged_at("SELECT position FROM page") + ") engaged ON engaged.position = page.position\n";
  sql["session"] = "coalesce(" + sql["session"] + ", footfall_session_id(page.session))";
  sql["visitor"] = "coalesce(" + sql["visitor"] + ", footfall_visitor_id(page.visitor))";
  std::string columns;
  for (const std::string_view name : {"id",          "time",       "site",       "path",
                                      "query",       "title",      "session",    "visitor",
                                      "ip",          "user_agent", "referrer",   "event",
                                      "kind",        "source",     "props",      "country",
                                      "region",      "city",       "browser",    "browser_version",
                                      "os",          "os_version", "device",     "referrer_source",
                                      "channel",     "utm_source", "utm_medium", "utm_campaign",
                                      "utm_content", "utm_term",   "bot",        "engaged_ms",
                                      "scroll_depth"}) {
    columns += (columns.empty() ? "" : ", ") + sql.at(name) + " AS " + std::string(name);
  }
  return "SELECT " + columns + from;
}

}  // namespace footfall::duckdb
