// Rows for one table, one at a time, for the tables that get few of them.
//
// Nothing happens in DuckDB before the first row. A failure is remembered and told by `finish`, so that filling needs
// no check at every row; what follows a failure is dropped. One for each table and transaction.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/duckdb/sql.h"
#include "base/text.h"

namespace footfall::duckdb {

class TableWriter {
 public:
  TableWriter(Connection& connection, std::string table) : connection_(connection), table_(std::move(table)) {}

  // Values for every column, from the first to the last; each of the column's own type.
  template <typename... Values>
  void row(const Values&... values) {
    if (!make_room()) return;
    std::size_t column = 0;
    (set(column++, values), ...);
    ++rows_;
  }

  // Brings all rows into the table.
  Result<Done> finish() {
    if (!appender_) return failure_ ? Result<Done>(*failure_) : Result<Done>(Done{});
    if (!failure_) note(appender_->add(rows_));
    if (!failure_) note(appender_->flush());
    rows_ = 0;
    if (failure_) return *failure_;
    return Done{};
  }

 private:
  bool make_room() {
    if (failure_) return false;
    if (!appender_) {
      auto opened = Appender::open(connection_, table_);
      if (!opened) {
        failure_ = opened.error();
        return false;
      }
      appender_.emplace(std::move(*opened));
    } else if (rows_ == chunk_rows_max) {
      note(appender_->add(rows_));
      rows_ = 0;
    }
    return !failure_;
  }

  template <typename T>
  void set(std::size_t column, const T& value) {
    appender_->column<T>(column)[rows_] = value;
  }
  void set(std::size_t column, std::string_view text) {
    // What is collected is UTF-8; a text that is not must still not be lost.
    if (is_utf8(text)) {
      appender_->set_text(column, rows_, text);
    } else {
      appender_->set_text(column, rows_, clean_utf8(text));
    }
  }
  void set(std::size_t column, const std::string& text) { set(column, std::string_view(text)); }
  void note(const Result<Done>& result) {
    if (!result) failure_ = result.error();
  }

  Connection& connection_;
  std::string table_;
  std::optional<Appender> appender_;
  std::optional<Error> failure_;
  std::size_t rows_ = 0;
};

}  // namespace footfall::duckdb
