#include "adapters/duckdb/sql.h"

#include <duckdb.h>

#include <array>
#include <cmath>
#include <thread>

// In the library since 1.5, and not yet in the header, which is that of 1.4: forgets what was not flushed.
extern "C" duckdb_state duckdb_appender_clear(duckdb_appender appender);

namespace footfall::duckdb {

namespace detail {

// A result and what it takes to go on reading it.
struct Answered {
  duckdb_result result{};
  duckdb_connection connection = nullptr;
  Deadline deadline;

  Answered() = default;
  Answered(const Answered&) = delete;
  Answered& operator=(const Answered&) = delete;
  ~Answered() { duckdb_destroy_result(&result); }
};

}  // namespace detail

namespace {

static_assert(sizeof(duckdb_string_t) == 16);
static_assert(sizeof(Wide) == sizeof(duckdb_uhugeint));

template <typename T>
T as(const detail::Handle& handle) {
  return static_cast<T>(handle.get());
}

// Every error of DuckDB is a sentence that begins with its kind; open, prepare and the appender tell it no other way.
ErrorCode code_of(std::string_view what) {
  struct Row {
    std::string_view start;
    ErrorCode code;
  };
  constexpr std::array rows{
      Row{"INTERRUPT Error", ErrorCode::timed_out},
      Row{"IO Error", ErrorCode::unavailable},
      Row{"Out of Memory Error", ErrorCode::unavailable},
      Row{"FATAL Error", ErrorCode::unavailable},
      Row{"Connection Error", ErrorCode::unavailable},
      Row{"Serialization Error", ErrorCode::corrupt},
      Row{"Parser Error", ErrorCode::invalid},
      Row{"Binder Error", ErrorCode::invalid},
      Row{"Catalog Error", ErrorCode::invalid},
      Row{"Conversion Error", ErrorCode::invalid},
      Row{"Invalid Input Error", ErrorCode::invalid},
      Row{"Out of Range Error", ErrorCode::invalid},
      Row{"Constraint Error", ErrorCode::invalid},
      Row{"Permission Error", ErrorCode::invalid},
  };
  if (what.find("Could not set lock on file") != std::string_view::npos) return ErrorCode::in_use;
  if (what.find("Corrupt") != std::string_view::npos) return ErrorCode::corrupt;
  for (const Row& row : rows) {
    if (what.starts_with(row.start)) return row.code;
  }
  return ErrorCode::failed;
}

Error error_of(const char* message) {
  std::string what = message != nullptr && *message != '\0' ? message : "DuckDB gave no reason";
  const ErrorCode code = code_of(what);
  return {code, std::move(what)};
}

Error deadline_error() { return {ErrorCode::timed_out, "the query took longer than it may"}; }

bool is_over(const Deadline& deadline) { return deadline && std::chrono::steady_clock::now() >= *deadline; }

std::size_t value_bytes(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_UTINYINT:
      return 1;
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_USMALLINT:
      return 2;
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DATE:
      return 4;
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return 8;
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return 16;
    default:
      return 0;
  }
}

std::string_view text_at(const void* data, std::size_t row) {
  const auto* texts = static_cast<const duckdb_string_t*>(data);
  const auto& text = texts[row].value;
  constexpr std::uint32_t inlined_max = 12;
  return text.inlined.length <= inlined_max ? std::string_view(text.inlined.inlined, text.inlined.length)
                                            : std::string_view(text.pointer.ptr, text.pointer.length);
}

detail::Handle own_chunk(duckdb_data_chunk chunk) {
  return {chunk, [](void* handle) {
            auto owned = static_cast<duckdb_data_chunk>(handle);
            duckdb_destroy_data_chunk(&owned);
          }};
}

class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type type) : type_(type) {}
  LogicalType(LogicalType&& other) noexcept : type_(std::exchange(other.type_, nullptr)) {}
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  LogicalType& operator=(LogicalType&&) = delete;
  ~LogicalType() {
    if (type_ != nullptr) duckdb_destroy_logical_type(&type_);
  }
  [[nodiscard]] duckdb_logical_type get() const { return type_; }

 private:
  duckdb_logical_type type_;
};

duckdb_state bind_one(duckdb_prepared_statement statement, idx_t index, const Value& value) {
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
    duckdb_state operator()(bool truth) const { return duckdb_bind_boolean(statement, index, truth); }
    duckdb_state operator()(std::int64_t number) const { return duckdb_bind_int64(statement, index, number); }
    duckdb_state operator()(std::uint64_t number) const { return duckdb_bind_uint64(statement, index, number); }
    duckdb_state operator()(double number) const { return duckdb_bind_double(statement, index, number); }
    duckdb_state operator()(const std::string& text) const {
      return duckdb_bind_varchar_length(statement, index, text.data(), text.size());
    }
    duckdb_state operator()(Instant instant) const {
      duckdb_value made = duckdb_create_timestamp_ms({milliseconds_of(instant)});
      const duckdb_state state = duckdb_bind_value(statement, index, made);
      duckdb_destroy_value(&made);
      return state;
    }
    duckdb_state operator()(Day day) const {
      return duckdb_bind_date(statement, index, {static_cast<std::int32_t>(day.time_since_epoch().count())});
    }
    duckdb_state operator()(const Wide& wide) const {
      return duckdb_bind_uhugeint(statement, index, {wide.low, wide.high});
    }
  };
  return std::visit(Binder{statement, index}, value);
}

}  // namespace

// --- Rows ---

Rows::Rows(std::unique_ptr<detail::Answered> answered) : answered_(std::move(answered)), chunk_(own_chunk(nullptr)) {}
Rows::~Rows() = default;
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;

Result<bool> Rows::next() {
  size_ = 0;
  columns_.clear();
  chunk_.reset();
  if (is_over(answered_->deadline)) {
    duckdb_interrupt(answered_->connection);
    return deadline_error();
  }
  const duckdb_data_chunk chunk = duckdb_fetch_chunk(answered_->result);
  if (chunk == nullptr) {
    const char* problem = duckdb_result_error(&answered_->result);
    if (problem != nullptr && *problem != '\0') return error_of(problem);
    return false;
  }
  chunk_ = own_chunk(chunk);
  size_ = duckdb_data_chunk_get_size(chunk);
  if (size_ == 0) return false;
  const idx_t columns = duckdb_data_chunk_get_column_count(chunk);
  for (idx_t i = 0; i < columns; ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    const duckdb_type type = duckdb_column_type(&answered_->result, i);
    columns_.push_back({duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector), static_cast<int>(type),
                        value_bytes(type)});
  }
  return true;
}

bool Rows::is_null(std::size_t column, std::size_t row) const {
  const std::uint64_t* validity = columns_.at(column).validity;
  return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1U) == 0;
}

std::string_view Rows::text(std::size_t column, std::size_t row) const {
  FOOTFALL_ASSERT(row < size_);
  const auto type = static_cast<duckdb_type>(columns_.at(column).type);
  FOOTFALL_ASSERT(type == DUCKDB_TYPE_VARCHAR || type == DUCKDB_TYPE_BLOB);
  if (is_null(column, row)) return {};
  return text_at(columns_[column].data, row);
}

std::int64_t Rows::integer(std::size_t column, std::size_t row) const {
  FOOTFALL_ASSERT(row < size_);
  if (is_null(column, row)) return 0;
  const void* data = columns_[column].data;
  const auto at = [&]<typename T>(T) { return static_cast<std::int64_t>(static_cast<const T*>(data)[row]); };
  switch (static_cast<duckdb_type>(columns_[column].type)) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_UTINYINT:
      return at(std::uint8_t{});
    case DUCKDB_TYPE_TINYINT:
      return at(std::int8_t{});
    case DUCKDB_TYPE_SMALLINT:
      return at(std::int16_t{});
    case DUCKDB_TYPE_USMALLINT:
      return at(std::uint16_t{});
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return at(std::int32_t{});
    case DUCKDB_TYPE_UINTEGER:
      return at(std::uint32_t{});
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return std::llround(real(column, row));
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
      return static_cast<std::int64_t>(static_cast<const Wide*>(data)[row].low);
    default:
      FOOTFALL_ASSERT(columns_[column].value_bytes == 8);
      return at(std::int64_t{});
  }
}

double Rows::real(std::size_t column, std::size_t row) const {
  FOOTFALL_ASSERT(row < size_);
  if (is_null(column, row)) return 0;
  const void* data = columns_[column].data;
  switch (static_cast<duckdb_type>(columns_[column].type)) {
    case DUCKDB_TYPE_DOUBLE:
      return static_cast<const double*>(data)[row];
    case DUCKDB_TYPE_FLOAT:
      return static_cast<const float*>(data)[row];
    case DUCKDB_TYPE_UBIGINT:
      return static_cast<double>(static_cast<const std::uint64_t*>(data)[row]);
    case DUCKDB_TYPE_HUGEINT:
      return duckdb_hugeint_to_double(static_cast<const duckdb_hugeint*>(data)[row]);
    case DUCKDB_TYPE_UHUGEINT:
      return duckdb_uhugeint_to_double(static_cast<const duckdb_uhugeint*>(data)[row]);
    default:
      return static_cast<double>(integer(column, row));
  }
}

std::uint64_t Rows::changed() const { return duckdb_rows_changed(&answered_->result); }

// --- Statement ---

Statement::Statement(void* statement, void* connection)
    : statement_(statement,
                 [](void* handle) {
                   auto owned = static_cast<duckdb_prepared_statement>(handle);
                   duckdb_destroy_prepare(&owned);
                 }),
      connection_(connection) {}

Result<Done> Statement::bind(std::span<const Value> values) {
  const auto statement = as<duckdb_prepared_statement>(statement_);
  if (duckdb_nparams(statement) != values.size()) {
    return Error{ErrorCode::invalid, "the statement takes " + std::to_string(duckdb_nparams(statement)) +
                                         " values, not " + std::to_string(values.size())};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bind_one(statement, i + 1, values[i]) != DuckDBSuccess) return error_of(duckdb_prepare_error(statement));
  }
  return Done{};
}

Result<Rows> Statement::execute(Deadline deadline, Answer answer) {
  const auto statement = as<duckdb_prepared_statement>(statement_);
  const auto connection = static_cast<duckdb_connection>(connection_);
  duckdb_pending_result pending = nullptr;
  const duckdb_state made = answer == Answer::streamed ? duckdb_pending_prepared_streaming(statement, &pending)
                                                       : duckdb_pending_prepared(statement, &pending);
  const detail::Handle owner(pending, [](void* handle) {
    auto owned = static_cast<duckdb_pending_result>(handle);
    duckdb_destroy_pending(&owned);
  });
  if (made != DuckDBSuccess) return error_of(duckdb_pending_error(pending));
  if (deadline) {
    // Task by task on this thread, so that the deadline is looked at without a thread that watches the clock.
    for (;;) {
      const duckdb_pending_state state = duckdb_pending_execute_task(pending);
      if (state == DUCKDB_PENDING_ERROR) return error_of(duckdb_pending_error(pending));
      if (duckdb_pending_execution_is_finished(state)) break;
      if (is_over(deadline)) {
        duckdb_interrupt(connection);
        return deadline_error();
      }
      // DuckDB's own threads have all the tasks there are.
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  auto answered = std::make_unique<detail::Answered>();
  answered->connection = connection;
  answered->deadline = deadline;
  if (duckdb_execute_pending(pending, &answered->result) != DuckDBSuccess) {
    return error_of(duckdb_result_error(&answered->result));
  }
  return Rows(std::move(answered));
}

// --- Connection ---

std::string quoted_text(std::string_view text) {
  std::string sql = "'";
  for (const char c : text) sql += c == '\'' ? "''" : std::string(1, c);
  return sql + "'";
}

Connection::Connection(void* connection)
    : connection_(connection, [](void* handle) {
        auto owned = static_cast<duckdb_connection>(handle);
        duckdb_disconnect(&owned);
      }) {}

Result<Done> Connection::run(const std::string& sql) {
  detail::Answered answered;
  if (duckdb_query(as<duckdb_connection>(connection_), sql.c_str(), &answered.result) != DuckDBSuccess) {
    return error_of(duckdb_result_error(&answered.result));
  }
  return Done{};
}

Result<Statement> Connection::prepare(const std::string& sql) {
  duckdb_prepared_statement made = nullptr;
  const duckdb_state state = duckdb_prepare(as<duckdb_connection>(connection_), sql.c_str(), &made);
  Statement statement(made, connection_.get());
  if (state != DuckDBSuccess) return error_of(made == nullptr ? nullptr : duckdb_prepare_error(made));
  return statement;
}

Result<Rows> Connection::query(const std::string& sql, std::span<const Value> values, Deadline deadline,
                               Answer answer) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  if (const auto bound = statement->bind(values); !bound) return bound.error();
  return statement->execute(deadline, answer);
}

Result<std::optional<std::int64_t>> Connection::number(const std::string& sql, std::span<const Value> values) {
  auto rows = query(sql, values);
  if (!rows) return rows.error();
  const auto more = rows->next();
  if (!more) return more.error();
  if (!*more || rows->is_null(0, 0)) return std::optional<std::int64_t>();
  return std::optional(rows->integer(0, 0));
}

void Connection::interrupt() { duckdb_interrupt(as<duckdb_connection>(connection_)); }

// --- Database ---

Database::Database(void* database)
    : database_(database, [](void* handle) {
        auto owned = static_cast<duckdb_database>(handle);
        duckdb_close(&owned);
      }) {}

Result<Database> Database::open(const std::string& file, const Settings& settings) {
  duckdb_config made = nullptr;
  if (duckdb_create_config(&made) != DuckDBSuccess) return Error{ErrorCode::failed, "DuckDB makes no configuration"};
  const detail::Handle config(made, [](void* handle) {
    auto owned = static_cast<duckdb_config>(handle);
    duckdb_destroy_config(&owned);
  });
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(made, name.c_str(), value.c_str()) != DuckDBSuccess) {
      std::string what = "DuckDB does not take the setting ";
      what.append(name).append(" = ").append(value);
      return Error{ErrorCode::invalid, std::move(what)};
    }
  }
  duckdb_database database = nullptr;
  char* problem = nullptr;
  if (duckdb_open_ext(file.c_str(), &database, made, &problem) != DuckDBSuccess) {
    const Error error = error_of(problem);
    duckdb_free(problem);
    return error;
  }
  return Database(database);
}

Result<Connection> Database::connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(as<duckdb_database>(database_), &connection) != DuckDBSuccess) {
    return Error{ErrorCode::unavailable, "DuckDB gives no connection"};
  }
  return Connection(connection);
}

std::string Database::version() { return duckdb_library_version(); }

// --- Functions ---

std::string_view TextFunction::Arguments::text(std::size_t argument) const { return text_at(columns_[argument], row_); }

Result<Done> Database::define(const TextFunction& function) {
  auto connection = connect();
  if (!connection) return connection.error();
  duckdb_scalar_function made = duckdb_create_scalar_function();
  const detail::Handle owner(made, [](void* handle) {
    auto owned = static_cast<duckdb_scalar_function>(handle);
    duckdb_destroy_scalar_function(&owned);
  });
  duckdb_scalar_function_set_name(made, function.name.c_str());
  for (const TextFunction::Type type : function.types) {
    constexpr std::array types{DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_TIMESTAMP_MS,
                               DUCKDB_TYPE_UHUGEINT, DUCKDB_TYPE_VARCHAR};
    duckdb_scalar_function_add_parameter(
        made, LogicalType(duckdb_create_logical_type(types.at(static_cast<std::size_t>(type)))).get());
  }
  duckdb_scalar_function_set_return_type(made, LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)).get());
  duckdb_scalar_function_set_extra_info(made, new TextFunction(function),
                                        [](void* info) { delete static_cast<TextFunction*>(info); });
  duckdb_scalar_function_set_function(made, [](duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out) {
    const auto& called = *static_cast<const TextFunction*>(duckdb_scalar_function_get_extra_info(info));
    TextFunction::Arguments arguments;
    std::vector<std::uint64_t*> validities;
    for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(input); ++i) {
      const duckdb_vector vector = duckdb_data_chunk_get_vector(input, i);
      arguments.columns_.push_back(duckdb_vector_get_data(vector));
      validities.push_back(duckdb_vector_get_validity(vector));
    }
    const idx_t rows = duckdb_data_chunk_get_size(input);
    for (idx_t row = 0; row < rows; ++row) {
      bool whole = true;
      for (std::uint64_t* validity : validities) whole = whole && duckdb_validity_row_is_valid(validity, row);
      if (!whole) {
        duckdb_vector_ensure_validity_writable(out);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(out), row);
        continue;
      }
      arguments.row_ = row;
      const std::string text = called.call(arguments);
      duckdb_vector_assign_string_element_len(out, row, text.data(), text.size());
    }
  });
  if (duckdb_register_scalar_function(as<duckdb_connection>(connection->connection_), made) != DuckDBSuccess) {
    return Error{ErrorCode::failed, "DuckDB does not take the function " + function.name};
  }
  return Done{};
}

// --- Appender ---

Appender::Appender(void* appender, void* chunk)
    : appender_(appender,
                [](void* handle) {
                  auto owned = static_cast<duckdb_appender>(handle);
                  // Destroying alone would flush, and outside a transaction even commit.
                  duckdb_appender_clear(owned);
                  duckdb_appender_destroy(&owned);
                }),
      chunk_(own_chunk(static_cast<duckdb_data_chunk>(chunk))) {}

Result<Appender> Appender::open(Connection& connection, const std::string& table) {
  duckdb_appender made = nullptr;
  const duckdb_state state =
      duckdb_appender_create(as<duckdb_connection>(connection.connection_), nullptr, table.c_str(), &made);
  Appender appender(made, nullptr);
  if (state != DuckDBSuccess) return error_of(made == nullptr ? nullptr : duckdb_appender_error(made));
  std::vector<LogicalType> types;
  std::vector<duckdb_logical_type> handles;
  for (idx_t i = 0; i < duckdb_appender_column_count(made); ++i) {
    types.emplace_back(duckdb_appender_column_type(made, i));
    handles.push_back(types.back().get());
  }
  appender.chunk_ = own_chunk(duckdb_create_data_chunk(handles.data(), handles.size()));
  for (const LogicalType& type : types) {
    appender.columns_.push_back({nullptr, nullptr, value_bytes(duckdb_get_type_id(type.get()))});
  }
  appender.remember_columns();
  return appender;
}

void Appender::remember_columns() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(as<duckdb_data_chunk>(chunk_), i);
    columns_[i].vector = vector;
    columns_[i].data = duckdb_vector_get_data(vector);
  }
}

void Appender::set_text(std::size_t column, std::size_t row, std::string_view text) {
  duckdb_vector_assign_string_element_len(static_cast<duckdb_vector>(columns_.at(column).vector), row, text.data(),
                                          text.size());
}

std::span<std::uint64_t> Appender::validity(std::size_t column) {
  const auto vector = static_cast<duckdb_vector>(columns_.at(column).vector);
  duckdb_vector_ensure_validity_writable(vector);
  return {duckdb_vector_get_validity(vector), chunk_rows_max / 64};
}

Result<Done> Appender::add(std::size_t rows) {
  FOOTFALL_ASSERT(rows <= chunk_rows_max);
  if (rows == 0) return Done{};
  const auto chunk = as<duckdb_data_chunk>(chunk_);
  const auto appender = as<duckdb_appender>(appender_);
  duckdb_data_chunk_set_size(chunk, rows);
  if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess) return error_of(duckdb_appender_error(appender));
  duckdb_data_chunk_reset(chunk);
  remember_columns();
  return Done{};
}

Result<Done> Appender::flush() {
  const auto appender = as<duckdb_appender>(appender_);
  if (duckdb_appender_flush(appender) != DuckDBSuccess) return error_of(duckdb_appender_error(appender));
  return Done{};
}

}  // namespace footfall::duckdb
