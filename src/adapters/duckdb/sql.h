// DuckDB's C API as owners and Results.
//
// sql.cc is the one file that includes <duckdb.h>. Everything closes itself; a Connection must go before its Database,
// and Statements, Rows and Appenders before their Connection. A Database may be used from any thread, all else from one
// at a time, but for Connection::interrupt.
//
// Error codes of everything here:
//   timed_out    interrupted, or longer than its deadline
//   unavailable  the disk or memory refused, or the database has invalidated itself after a failed write: open it again
//   in_use       another process has the file open
//   corrupt      the file or its log is not what DuckDB wrote
//   invalid      the statement or a value in it is wrong
//   failed       anything else
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace footfall::duckdb {

// UHUGEINT as it lies in memory.
struct Wide {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Wide&, const Wide&) = default;
};

// A value bound to a `?` (or `$1`) of a statement. Texts are copied when bound.
// Instant becomes TIMESTAMP_MS, Day becomes DATE, Wide becomes UHUGEINT, monostate becomes NULL.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Instant, Day, Wide>;

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// A text as SQL writes it, for the few places that take no bound value: "'it''s'".
std::string quoted_text(std::string_view text);

// Rows of one block or chunk: DuckDB hands out and takes at most this many at a time.
inline constexpr std::size_t chunk_rows_max = 2'048;

namespace detail {
// What DuckDB's handles are to everyone but sql.cc; each is closed by the function that comes with it.
using Handle = std::unique_ptr<void, void (*)(void*)>;
struct Answered;
}  // namespace detail

// The answer to a query, block by block. A column is read with the type it has in DuckDB: the query should cast.
//
//   for (;;) {
//     const auto more = rows.next();
//     if (!more) return more.error();
//     if (!*more) break;
//     const auto ids = rows.column<std::uint32_t>(0);
//     for (std::size_t i = 0; i < rows.size(); ++i) use(ids[i], rows.text(1, i));
//   }
class Rows {
 public:
  ~Rows();
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;

  // Goes to the next block; false at the end. What the last block handed out is gone.
  Result<bool> next();

  // Of the block at hand.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t columns() const { return columns_.size(); }
  [[nodiscard]] bool is_null(std::size_t column, std::size_t row) const;
  // The values as they lie in memory, `size()` of them; T must have the size of the column's type. NULLs are garbage.
  template <typename T>
  [[nodiscard]] std::span<const T> column(std::size_t column) const {
    FOOTFALL_ASSERT(columns_.at(column).value_bytes == sizeof(T));
    return {static_cast<const T*>(columns_[column].data), size_};
  }
  // A VARCHAR or BLOB; NULL is empty.
  [[nodiscard]] std::string_view text(std::size_t column, std::size_t row) const;
  // A number of any numeric type but DECIMAL, BOOLEAN, DATE (days) or TIMESTAMP_MS (milliseconds); NULL is 0.
  // Slower than column<T>() and meant for answers of a few rows.
  [[nodiscard]] std::int64_t integer(std::size_t column, std::size_t row) const;
  [[nodiscard]] double real(std::size_t column, std::size_t row) const;
  // Calls `use(row)` for every row of every block that is left; the columns are read through this.
  template <typename F>
  Result<Done> each(F&& use) {
    for (;;) {
      const auto more = next();
      if (!more) return more.error();
      if (!*more) return Done{};
      for (std::size_t row = 0; row < size(); ++row) use(row);
    }
  }

  // Rows inserted, updated or deleted by the statement.
  [[nodiscard]] std::uint64_t changed() const;

 private:
  friend class Connection;
  friend class Statement;
  struct Column {
    const void* data = nullptr;
    const std::uint64_t* validity = nullptr;  // null: no NULLs
    int type = 0;
    std::size_t value_bytes = 0;
  };
  explicit Rows(std::unique_ptr<detail::Answered> answered);

  std::unique_ptr<detail::Answered> answered_;
  detail::Handle chunk_;
  std::vector<Column> columns_;
  std::size_t size_ = 0;
};

// Whether the answer is made whole before `execute` returns, or a block at a time while it is read: large answers in
// little memory. While a streamed answer is read, its connection can do nothing else.
enum class Answer { whole, streamed };

// A prepared statement with its bound values; it may be executed again.
class Statement {
 public:
  // Binds the values to ?, ?, … in order; there must be as many as the statement has.
  Result<Done> bind(std::span<const Value> values);
  // Past the deadline the query is interrupted: error timed_out.
  Result<Rows> execute(Deadline deadline = {}, Answer answer = Answer::whole);

 private:
  friend class Connection;
  Statement(void* statement, void* connection);
  detail::Handle statement_;
  void* connection_ = nullptr;
};

class Connection {
 public:
  // Runs one or more statements without values, and drops what they answer.
  Result<Done> run(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  // prepare, bind and execute in one.
  Result<Rows> query(const std::string& sql, std::span<const Value> values = {}, Deadline deadline = {},
                     Answer answer = Answer::whole);
  // The first column of the first row as an integer; nothing if there is no row or it is NULL.
  Result<std::optional<std::int64_t>> number(const std::string& sql, std::span<const Value> values = {});

  // Makes what this connection runs stop soon with `timed_out`. Any thread.
  void interrupt();

 private:
  friend class Database;
  friend class Appender;
  explicit Connection(void* connection);
  detail::Handle connection_;
};

// A function that SQL can call: a text from its arguments. It never fails, is called from any thread and many at once,
// and never with a NULL: a NULL argument makes a NULL.
class TextFunction {
 public:
  enum class Type { uinteger, ubigint, timestamp_ms, wide, text };
  // The arguments of one call, read as the types say.
  class Arguments {
   public:
    [[nodiscard]] std::uint32_t uinteger(std::size_t argument) const { return value<std::uint32_t>(argument); }
    [[nodiscard]] std::uint64_t ubigint(std::size_t argument) const { return value<std::uint64_t>(argument); }
    [[nodiscard]] Instant timestamp_ms(std::size_t argument) const { return instant_of(value<std::int64_t>(argument)); }
    [[nodiscard]] Wide wide(std::size_t argument) const { return value<Wide>(argument); }
    [[nodiscard]] std::string_view text(std::size_t argument) const;

   private:
    friend class Database;
    template <typename T>
    [[nodiscard]] const T& value(std::size_t argument) const {
      return static_cast<const T*>(columns_[argument])[row_];
    }
    std::vector<const void*> columns_;
    std::size_t row_ = 0;
  };

  std::string name;
  std::vector<Type> types;
  std::function<std::string(const Arguments&)> call;
};

using Settings = std::vector<std::pair<std::string, std::string>>;

// An open database file. Opening a file that this process has open already is refused: in_use.
class Database {
 public:
  static Result<Database> open(const std::string& file, const Settings& settings);
  Result<Connection> connect();
  // Adds a function that every connection of this database can call.
  Result<Done> define(const TextFunction& function);
  // The version of DuckDB, e.g. "v1.5.6".
  static std::string version();

 private:
  explicit Database(void* database);
  detail::Handle database_;
};

// Writes many rows into one table a column at a time, straight into the memory that DuckDB takes them from.
//
// Fill rows 0 … n-1 of every column of the chunk, then `add(n)`, again and again, then `flush`. The rows belong to the
// connection's transaction; rows that were not flushed when the Appender goes are forgotten. A fresh chunk has no
// NULLs; the rest of its memory is garbage. After an error it can only be destroyed.
class Appender {
 public:
  static Result<Appender> open(Connection& connection, const std::string& table);
  Appender(Appender&&) noexcept = default;
  Appender& operator=(Appender&&) noexcept = default;

  // The memory of one column, chunk_rows_max values of the column's own type; good until the next `add`.
  template <typename T>
  [[nodiscard]] std::span<T> column(std::size_t column) {
    FOOTFALL_ASSERT(columns_.at(column).value_bytes == sizeof(T));
    return {static_cast<T*>(columns_[column].data), chunk_rows_max};
  }
  // Copies a text into a VARCHAR column. It must be UTF-8: DuckDB makes any other text an empty one.
  void set_text(std::size_t column, std::size_t row, std::string_view text);
  // Which rows of the column are not NULL: bit `row % 64` of word `row / 64`. Good until the next `add`.
  [[nodiscard]] std::span<std::uint64_t> validity(std::size_t column);

  // Hands over the first `rows` rows of the chunk.
  Result<Done> add(std::size_t rows);
  // Brings everything handed over into the table. The Appender may be used on, in this transaction or a later one.
  Result<Done> flush();

 private:
  struct Column {
    void* vector = nullptr;
    void* data = nullptr;
    std::size_t value_bytes = 0;
  };
  Appender(void* appender, void* chunk);
  void remember_columns();

  detail::Handle appender_;
  detail::Handle chunk_;
  std::vector<Column> columns_;
};

}  // namespace footfall::duckdb
