// Questions about rows as SQL: which rows of `visits` a filter means, and what a whole row says.
//
// Texts of strangers go in as bound values only; what is written into the SQL comes from this program. Texts are turned
// into the numbers of their dictionaries first, so that `visits` is narrowed by integers that DuckDB can skip blocks
// by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/duckdb/sql.h"
#include "base/result.h"
#include "domain/kept_address.h"
#include "domain/public_id.h"
#include "domain/visit_row.h"

namespace footfall::duckdb {

// --- Numbers that stand for bytes: 16 of them, the first the most significant ---

std::array<std::uint8_t, 16> bytes_of(const Wide& wide);
Wide wide_of(const StoredAddress& address);
// form: a number of StoredAddress::Form
StoredAddress address_of(const Wide& wide, std::uint32_t form);
// A UUID of any version, in its canonical form; nothing for any other text.
std::optional<Wide> wide_of_uuid(std::string_view text);
std::string uuid_text(const Wide& wide);

// --- SQL with its values ---

struct Sql {
  std::string text;
  std::vector<Value> values;

  // The placeholder that stands for the value from now on: "$3".
  std::string bind(Value value) {
    values.push_back(std::move(value));
    return "$" + std::to_string(values.size());
  }
};

// "column IN (…)", or "false" when there are no numbers. `column` is of an unsigned type; `type` names it.
std::string in_numbers(Sql& sql, std::string_view column, std::string_view type,
                       std::span<const std::uint64_t> numbers);

// A relation of numbers: "SELECT unnest(…)". They may be thousands: as one text they are planned four times as fast as
// in a list.
template <typename Numbers>
std::string relation_of(const Numbers& numbers, std::string_view type, Sql& sql) {
  std::string list;
  for (const auto number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
  // No number at all: of an empty text, string_split makes one empty text.
  if (list.empty()) return "SELECT NULL::" + std::string(type) + " WHERE false";
  return "SELECT unnest(string_split(" + sql.bind(std::move(list)) + ", ',')::" + std::string(type) + "[])";
}

// SQL for the name that an enumeration's number in `column` has; NULL for a number without one.
std::string kind_text(std::string_view column);
std::string source_text(std::string_view column);
std::string channel_text(std::string_view column);
// Two letters of the country in `column`; NULL for 0.
std::string country_text(std::string_view column);

// --- Questions asked one after another ---

// A connection and the moment at which all its answers must be there.
struct Asking {
  Connection& connection;
  Deadline deadline;

  // A statement that DuckDB does not take is our own mistake: error failed, never invalid.
  Result<Rows> ask(const Sql& sql) const;
  // The first column of every row.
  Result<std::vector<std::uint64_t>> numbers(const Sql& sql) const;
};

// The numbers of a site; none: it has no rows.
Result<std::vector<std::uint64_t>> site_numbers(const Asking& asking, const std::string& site);
// The numbers of addresses; a text that is none has no number.
Result<std::vector<std::uint64_t>> numbers_of_ips(const Asking& asking, std::span<const std::string> texts);
// The numbers of sessions or visitors with one of these ids, given by callers or made here.
Result<std::vector<std::uint64_t>> numbers_of_ids(const Asking& asking, const PublicIds& ids, PublicIds::What what,
                                                  std::span<const std::string> texts);

// --- Rows ---

// The functions that the SQL here calls: define them in the database before.
std::vector<TextFunction> text_functions(const PublicIds& ids);

// What must hold for a row of `visits v`; its values go into `sql`. Nothing: no row can match.
Result<std::optional<std::string>> conditions(const Asking& asking, const VisitFilter& filter, const PublicIds& ids,
                                              Sql& sql);

// "v.time DESC, v.position DESC" for rows of `alias`.
std::string order_by(std::string_view alias, VisitOrder order);

// " AND …": what must hold for a row of `v` behind the cursor.
std::string behind(const VisitCursor& cursor, VisitOrder order, Sql& sql);

// The first `limit` rows of `visits v` that meet the conditions, in order.
Result<std::vector<VisitRow>> read_rows(const Asking& asking, Sql sql, const std::string& conditions, VisitOrder order,
                                        std::size_t limit, const PublicIds& ids);

// SELECT and FROM that make whole rows of the relation `page`, which has the columns of `visits`: the columns of the
// API in its order; NULL stands for a text that is not there. For many rows: one statement that joins every dictionary
// takes DuckDB longer to plan than a page of rows takes to read.
std::string select_rows();

}  // namespace footfall::duckdb
