#include "adapters/duckdb/duckdb_store.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <unordered_map>

#include "adapters/duckdb/row_sql.h"
#include "base/crash_point.h"
#include "domain/limits.h"

namespace footfall::duckdb {
namespace {

constexpr const char* checkpoint_file_name = "checkpoint";
// What a row adds to the log, with its texts; seen: 30 to 60 bytes, and up to a few thousand for a hostile one.
constexpr std::uint64_t row_bytes_expected = 256;
// A checkpoint writes the last, unfilled row group of each table again besides what is in the log.
constexpr std::uint64_t checkpoint_bytes_least = 4ULL << 20U;
// How long a question may go on in a file that was replaced: as long as questions may take, exports aside.
constexpr std::chrono::milliseconds replaced_patience = query_time_max;

SipKey random_key() {
  std::array<std::uint64_t, 2> words{};
  const ssize_t got = ::getrandom(words.data(), sizeof words, 0);
  FOOTFALL_ASSERT(got == static_cast<ssize_t>(sizeof words));
  return {words[0], words[1]};
}

Error needs_reopening() {
  return {ErrorCode::unknown_result, "the store has to be opened again before it can say or do anything"};
}

// What may be written to the disk of `folder` before only the reserve, or a part of it, is left.
std::uint64_t free_bytes(const std::filesystem::path& folder, const StoreOptions& options, std::uint64_t part = 1) {
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) return 0;
  const std::uint64_t free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  const std::uint64_t total = static_cast<std::uint64_t>(space.f_blocks) * space.f_frsize;
  const std::uint64_t reserve = std::min(options.reserve_bytes, total / options.reserve_part) / part;
  return free > reserve ? free - reserve : 0;
}

std::string bytes_of_session(const Wide& session) {
  const auto bytes = bytes_of(session);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string is_pageview() { return "kind <> " + std::to_string(static_cast<int>(Kind::event)); }

// Replaces a small file as a whole; it is on disk afterwards.
Result<Done> replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path written = path.string() + ".new";
  const auto failed = [&](const char* what) {
    return Error{ErrorCode::unavailable, std::string("cannot ") + what + " " + written.string() + ": " +
                                             std::generic_category().message(errno)};
  };
  const int file = ::open(written.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed("make");
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!whole) return failed("write");
  if (::rename(written.c_str(), path.c_str()) != 0) return failed("rename");
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed("find the folder of");
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  if (!synced) return failed("sync the folder of");
  return Done{};
}

}  // namespace

DuckdbStore::DuckdbStore(DuckDatabase& database, StoreOptions options)
    : database_(database),
      options_(options),
      tables_(random_key(), options.dictionary_bytes),
      checkpoint_at_bytes_(options.log_bytes_max) {}

DuckdbStore::~DuckdbStore() = default;

Result<std::unique_ptr<DuckdbStore>> DuckdbStore::open(DuckDatabase& database, StoreOptions options) {
  auto store = std::unique_ptr<DuckdbStore>(new DuckdbStore(database, options));
  if (const auto loaded = store->load(); !loaded) return loaded.error();
  return store;
}

Result<Done> DuckdbStore::load() {
  auto connection = database_.borrow();
  if (!connection) return connection.error();
  if (auto loaded = tables_.load(**connection); !loaded) return loaded;
  const auto position = (*connection)->number("SELECT position FROM processed");
  if (!position) return position.error();
  offset_ = static_cast<Position>(position->value_or(0));
  connection_.emplace(std::move(*connection));

  Position noted = 0;
  std::ifstream(database_.folder() / checkpoint_file_name) >> noted;
  if (noted > offset_) {
    // The file is not the one that was checkpointed then. Say so, and do not believe the note from here on.
    database_.report("the store goes on from position " + std::to_string(offset_) + ", but had safely stored up to " +
                     std::to_string(noted) + " before: what the journal does not hold in between is missing");
    return remember_checkpoint(offset_);
  }
  checkpointed_ = noted;
  return Done{};
}

Result<Position> DuckdbStore::offset() {
  if (!connection_) return needs_reopening();
  return offset_;
}

// --- Committing ---

Result<Done> DuckdbStore::commit(const StoreBatch& batch) {
  FOOTFALL_ASSERT(batch.from <= batch.to);
  if (!connection_) return needs_reopening();
  // DuckDB gets over a full disk only by being opened again, so it should not meet one.
  const std::uint64_t rows =
      batch.hits.size() + batch.engagements.size() + batch.increments.size() + batch.dropped.size();
  if (free_bytes(database_.folder(), options_, 2) < rows * row_bytes_expected) {
    return Error{ErrorCode::unavailable, "the disk has no room for more visits"};
  }
  Connection& connection = **connection_;
  if (const auto begun = connection.run("BEGIN"); !begun) return give_up(begun.error());
  if (const auto written = write(batch); !written) return take_back(written.error());
  crash_point("before_store_commit");
  if (const auto committed = connection.run("COMMIT"); !committed) return give_up(committed.error());
  crash_point("after_store_commit");
  tables_.keep();
  offset_ = batch.to;
  if (database_.log_bytes() > checkpoint_at_bytes_) {
    // Counted in `health` if it fails.
    [[maybe_unused]] const auto checkpointed = checkpoint();
  }
  return Done{};
}

Result<Done> DuckdbStore::write(const StoreBatch& batch) {
  Connection& connection = **connection_;
  // Not an UPDATE: after one, DuckDB refuses to checkpoint as long as any older question is being answered.
  const std::array<Value, 1> from{batch.from};
  const auto deleted = connection.query("DELETE FROM processed WHERE position = ?", from);
  if (!deleted) return deleted.error();
  if (deleted->changed() != 1) {
    return Error{ErrorCode::invalid, "the batch begins at " + std::to_string(batch.from) +
                                         ", but the store goes on at " + std::to_string(offset_)};
  }
  const std::array<Value, 1> to{batch.to};
  if (const auto moved = connection.query("INSERT INTO processed VALUES (?)", to); !moved) return moved.error();
  return tables_.write(connection, batch);
}

Error DuckdbStore::take_back(const Error& error) {
  tables_.roll_back();
  if (const auto undone = (*connection_)->run("ROLLBACK"); !undone) return give_up(undone.error());
  // After a fatal error DuckDB lets a transaction go, but takes no other.
  if (const auto alive = (*connection_)->number("SELECT position FROM processed"); !alive)
    return give_up(alive.error());
  return error;
}

Error DuckdbStore::give_up(const Error& error) {
  connection_.reset();
  return {ErrorCode::unknown_result, "the store has to be opened again: " + error.what};
}

Result<std::uint64_t> DuckdbStore::forget_dropped(Instant before) {
  if (!connection_) return needs_reopening();
  const std::array<Value, 1> moment{before};
  const auto old = (*connection_)->number("SELECT count(*) FROM dropped WHERE time < ?", moment);
  if (!old) return old.error();
  if (old->value_or(0) == 0) return std::uint64_t{0};
  return rewrite([&](Rewrite& anew) { return anew.leave_out_dropped(before); }, offset_, 0);
}

// --- Checkpoints ---

Result<Position> DuckdbStore::checkpoint() {
  if (!connection_) return needs_reopening();
  const std::uint64_t log_bytes = database_.log_bytes();
  const auto failed = [&](Error error) {
    checkpoint_failures_.fetch_add(1);
    // Not at every commit from here on.
    checkpoint_at_bytes_ = log_bytes + options_.log_bytes_max;
    return error;
  };
  const std::uint64_t expected = std::max(log_bytes, checkpoint_bytes_least);
  if (free_bytes(database_.folder(), options_) < 2 * expected) {
    return failed({ErrorCode::unavailable, "the disk has no room for a checkpoint"});
  }
  if (const auto done = (*connection_)->run("CHECKPOINT"); !done) return failed(refused(done.error()));
  crash_point("in_checkpoint");
  if (const auto noted = remember_checkpoint(offset_); !noted) return failed(noted.error());
  checkpoint_at_bytes_ = options_.log_bytes_max;
  return offset_;
}

Error DuckdbStore::refused(const Error& error) {
  if (const auto alive = (*connection_)->number("SELECT position FROM processed"); !alive) return give_up(error);
  return {ErrorCode::unavailable, error.what};
}

Result<Done> DuckdbStore::remember_checkpoint(Position position) {
  auto noted = replace_file(database_.folder() / checkpoint_file_name, std::to_string(position) + '\n');
  if (noted) checkpointed_ = position;
  return noted;
}

// --- Letting go ---

Result<std::filesystem::path> DuckdbStore::write_anew(const std::function<Result<Done>(Rewrite&)>& leave_out,
                                                      Position offset, Position erased, std::uint64_t& rows) {
  auto rewrite = Rewrite::begin(database_);
  if (!rewrite) return rewrite.error();
  if (const auto told = leave_out(*rewrite); !told) return told.error();
  const auto left_out = rewrite->rows_left_out();
  if (!left_out) return left_out.error();
  rows = *left_out;
  return rewrite->fill(offset, erased);
}

Result<Done> DuckdbStore::has_room_to_erase() {
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(database_.file(), unknown);
  // The file once more, and what the log adds to it.
  if (unknown ||
      free_bytes(database_.folder(), options_) < bytes + 2 * database_.log_bytes() + checkpoint_bytes_least) {
    return Error{ErrorCode::unavailable, "the disk has no room to write the store anew, which erasing takes"};
  }
  return Done{};
}

Result<std::uint64_t> DuckdbStore::rewrite(const std::function<Result<Done>(Rewrite&)>& leave_out, Position offset,
                                           Position erased) {
  if (const auto room = has_room_to_erase(); !room) return room.error();
  std::uint64_t rows = 0;
  const auto written = write_anew(leave_out, offset, erased, rows);
  if (!written) return refused(written.error());
  // The log must not be read into the new file, and the new file holds all that is in it.
  if (const auto done = (*connection_)->run("CHECKPOINT"); !done) return refused(done.error());
  if (database_.log_bytes() > 0) return Error{ErrorCode::unavailable, "the log cannot be emptied now"};
  if (const auto swapped = database_.swap_in(*written); !swapped) {
    return swapped.error().code == ErrorCode::unknown_result ? give_up(swapped.error()) : swapped.error();
  }
  crash_point("store_swapped");
  connection_.reset();
  if (const auto loaded = load(); !loaded) return give_up(loaded.error());
  if (const auto noted = remember_checkpoint(offset_); !noted) return give_up(noted.error());
  checkpoint_at_bytes_ = options_.log_bytes_max;
  // What was set aside may hold what had to go, and so does the old file while a question to it runs.
  if (const auto removed = database_.remove_set_aside(); !removed) database_.report(removed.error().what);
  if (const auto ended = database_.wait_for_replaced(replaced_patience); !ended) database_.report(ended.error().what);
  return rows;
}

Result<std::uint64_t> DuckdbStore::erase(std::span<const Erasure> erasures, Position from, Position to) {
  FOOTFALL_ASSERT(from < to);
  if (!connection_) return needs_reopening();
  if (from != offset_) {
    return Error{ErrorCode::invalid, "the erasure stands at " + std::to_string(from) + ", but the store goes on at " +
                                         std::to_string(offset_)};
  }
  return rewrite(
      [&](Rewrite& anew) -> Result<Done> {
        for (const Erasure& erasure : erasures) {
          if (auto told = anew.leave_out(erasure, from); !told) return told;
        }
        return Done{};
      },
      to, to);
}

Result<std::vector<Pruned>> DuckdbStore::count_expired(std::span<const Expiry> expiries) {
  if (!connection_) return needs_reopening();
  std::vector<Pruned> counted;
  for (const Expiry& expiry : expiries) {
    auto pruned = duckdb::count_expired(**connection_, expiry);
    if (!pruned) return refused(pruned.error());
    counted.push_back(std::move(*pruned));
  }
  return counted;
}

Result<std::vector<Pruned>> DuckdbStore::prune(std::span<const Expiry> expiries) {
  auto counted = count_expired(expiries);
  if (!counted) return counted;
  if (std::all_of(counted->begin(), counted->end(), [](const Pruned& pruned) { return pruned.nothing(); })) {
    return counted;
  }
  const auto all = expired(**connection_, expiries);
  if (!all) return refused(all.error());
  const auto rewritten = rewrite([&](Rewrite& anew) { return anew.leave_out(*all); }, offset_, 0);
  if (!rewritten) return rewritten.error();
  return counted;
}

Result<Done> DuckdbStore::reopen() {
  connection_.reset();
  reopens_.fetch_add(1);
  if (auto opened = database_.reopen(); !opened) return opened;
  checkpoint_at_bytes_ = options_.log_bytes_max;
  return load();
}

// --- Reading back ---

Result<ProcessorState> DuckdbStore::processor_state(Day visitors_since, Instant sessions_since) {
  if (!connection_) return needs_reopening();
  Connection& connection = **connection_;
  ProcessorState state;
  const auto visitor_last =
      connection.number("SELECT greatest((SELECT max(number) FROM visitors), (SELECT visitor FROM gone))");
  if (!visitor_last) return visitor_last.error();
  const auto session_last = connection.number(
      "SELECT greatest((SELECT max(session) FROM visits), (SELECT max(number) FROM given_sessions),"
      " (SELECT session FROM gone))");
  if (!session_last) return session_last.error();
  state.next_visitor = static_cast<VisitorNumber>(visitor_last->value_or(0) + 1);
  state.next_session = static_cast<SessionNumber>(session_last->value_or(0) + 1);
  const auto erased = connection.number("SELECT erased FROM gone");
  if (!erased) return erased.error();
  state.erased = static_cast<Position>(erased->value_or(0));

  const std::array<Value, 1> since_day{visitors_since};
  auto visitors = connection.query(
      "SELECT visitors.number, sites.site, day, hash, given_visitors.visitor FROM visitors"
      " LEFT JOIN sites ON sites.id = visitors.site"
      " LEFT JOIN given_visitors ON given_visitors.number = visitors.number WHERE day >= ? ORDER BY visitors.number",
      since_day);
  if (!visitors) return visitors.error();
  const auto visitors_read = visitors->each([&](std::size_t row) {
    state.visitors.push_back({visitors->column<VisitorNumber>(0)[row], std::string(visitors->text(1, row)),
                              Day(std::chrono::days(visitors->integer(2, row))),
                              visitors->column<std::uint64_t>(3)[row], std::string(visitors->text(4, row))});
  });
  if (!visitors_read) return visitors_read.error();

  const std::array<Value, 1> since_time{sessions_since};
  auto sessions = connection.query(
      "SELECT visits.session, arg_max(visits.visitor, position), any_value(given_sessions.session), min(time), "
      "max(time)"
      " FROM visits LEFT JOIN given_sessions ON given_sessions.number = visits.session"
      " WHERE visits.session IN (SELECT session FROM visits WHERE time >= ?) GROUP BY visits.session"
      " ORDER BY visits.session",
      since_time);
  if (!sessions) return sessions.error();
  std::unordered_map<SessionNumber, std::size_t> index;
  const auto sessions_read = sessions->each([&](std::size_t row) {
    index[sessions->column<SessionNumber>(0)[row]] = state.sessions.size();
    state.sessions.push_back({sessions->column<SessionNumber>(0)[row],
                              sessions->column<VisitorNumber>(1)[row],
                              std::string(sessions->text(2, row)),
                              instant_of(sessions->integer(3, row)),
                              instant_of(sessions->integer(4, row)),
                              {}});
  });
  if (!sessions_read) return sessions_read.error();

  auto views = connection.query(
      "SELECT session, paths.path, max(position) AS newest FROM visits JOIN paths ON paths.id = visits.path"
      " WHERE session IN (SELECT session FROM visits WHERE time >= ?) AND " +
          is_pageview() + " GROUP BY session, paths.path ORDER BY newest",
      since_time);
  if (!views) return views.error();
  const auto views_read = views->each([&](std::size_t row) {
    const auto found = index.find(views->column<SessionNumber>(0)[row]);
    if (found == index.end()) return;
    state.sessions[found->second].views.push_back({std::string(views->text(1, row)), views->column<Position>(2)[row]});
  });
  if (!views_read) return views_read.error();
  return state;
}

Result<CounterTotals> DuckdbStore::counter_totals() {
  if (!connection_) return needs_reopening();
  CounterTotals totals;
  totals.position = offset_;
  const auto read = [&](const std::string& sql, std::vector<CounterValue>& into) -> Result<Done> {
    auto rows = (*connection_)->query(sql);
    if (!rows) return rows.error();
    return rows->each([&](std::size_t row) {
      into.push_back({std::string(rows->text(0, row)), std::string(rows->text(1, row)),
                      rows->column<std::uint64_t>(2)[row], rows->column<std::uint64_t>(3)[row]});
    });
  };
  // By number first: that is quick, and only then by text, which may have two numbers.
  const auto paths = read(
      "SELECT sites.site, paths.path, sum(views)::UBIGINT, min(first) FROM"
      " (SELECT site, path, count(*) AS views, min(position) AS first FROM visits WHERE " +
          is_pageview() +
          " GROUP BY site, path UNION ALL SELECT site, path, views, first FROM gone_views) AS counted"
          " JOIN sites ON sites.id = counted.site"
          " JOIN paths ON paths.id = counted.path GROUP BY sites.site, paths.path",
      totals.paths);
  if (!paths) return paths.error();
  const auto named = read(
      "SELECT sites.site, key, sum(grown)::UBIGINT, min(first) FROM"
      " (SELECT counter, sum(amount) AS grown, min(position) AS first FROM increments GROUP BY counter"
      "  UNION ALL SELECT counter, 0, min(position) FROM counter_settings GROUP BY counter) AS counted"
      " JOIN counters ON counters.id = counted.counter JOIN sites ON sites.id = counters.site"
      " GROUP BY sites.site, key",
      totals.named);
  if (!named) return named.error();
  auto days = (*connection_)
                  ->query(
                      "SELECT sites.site, time::DATE AS day, count(*)::UBIGINT FROM dropped JOIN sites ON sites.id = "
                      "dropped.site"
                      " GROUP BY sites.site, day");
  if (!days) return days.error();
  const auto days_read = days->each([&](std::size_t row) {
    totals.dropped.push_back({std::string(days->text(0, row)), Day(std::chrono::days(days->integer(1, row))),
                              days->column<std::uint64_t>(2)[row]});
  });
  if (!days_read) return days_read.error();
  return totals;
}

Result<CounterMemory> DuckdbStore::counter_memory(Instant once_since) {
  if (!connection_) return needs_reopening();
  Connection& connection = **connection_;
  CounterMemory memory;
  const std::string named = " JOIN counters ON counters.id = c.counter JOIN sites ON sites.id = counters.site";
  const auto read = [&](const std::string& sql, std::span<const Value> values, auto&& take) -> Result<Done> {
    auto rows = connection.query(sql, values);
    if (!rows) return rows.error();
    return rows->each(
        [&](std::size_t row) { take(*rows, row, std::string(rows->text(0, row)), std::string(rows->text(1, row))); });
  };
  // A key may have two numbers in the dictionary: the newest of the text is what holds.
  auto done = read("SELECT sites.site, key, arg_max(settings, position) FROM counter_settings AS c" + named +
                       " GROUP BY sites.site, key",
                   {}, [&](auto& rows, std::size_t row, std::string site, std::string key) {
                     memory.settings.push_back({std::move(site), std::move(key), std::string(rows.text(2, row))});
                   });
  if (!done) return done.error();
  done = read("SELECT sites.site, key, number, rule, time, session FROM wins AS c" + named +
                  " QUALIFY row_number() OVER (PARTITION BY sites.site, key ORDER BY position DESC) <= " +
                  std::to_string(wins_remembered_max) + " ORDER BY position",
              {}, [&](auto& rows, std::size_t row, std::string site, std::string key) {
                const Wide session = rows.template column<Wide>(5)[row];
                memory.wins.push_back({std::move(site), std::move(key), rows.template column<std::uint64_t>(2)[row],
                                       rows.template column<std::uint32_t>(3)[row], instant_of(rows.integer(4, row)),
                                       session == Wide() ? std::string() : bytes_of_session(session)});
              });
  if (!done) return done.error();
  done =
      read("SELECT sites.site, key, number, time, prize, from_pool FROM claims AS c" + named + " ORDER BY position", {},
           [&](auto& rows, std::size_t row, std::string site, std::string key) {
             memory.claims.push_back({std::move(site), std::move(key), rows.template column<std::uint64_t>(2)[row],
                                      instant_of(rows.integer(3, row)), rows.template column<std::uint8_t>(5)[row] != 0,
                                      std::string(rows.text(4, row))});
           });
  if (!done) return done.error();
  const std::array<Value, 1> since{once_since};
  done = read(
      "SELECT sites.site, key, who, value, c.time FROM (SELECT * FROM increments WHERE who <> 0 AND time >= ?"
      " ORDER BY position DESC LIMIT " +
          std::to_string(once_remembered_max) + ") AS c" + named + " ORDER BY position",
      since, [&](auto& rows, std::size_t row, std::string site, std::string key) {
        memory.once.push_back({std::move(site), std::move(key), rows.template column<std::uint64_t>(2)[row],
                               rows.template column<std::uint64_t>(3)[row], instant_of(rows.integer(4, row))});
      });
  if (!done) return done.error();
  return memory;
}

Result<bool> DuckdbStore::has_import(std::string_view site, std::string_view block) {
  return tables_.has_import(site, block);
}

StoreHealth DuckdbStore::health() const {
  StoreHealth health;
  std::error_code ignored;
  const std::uintmax_t bytes = std::filesystem::file_size(database_.file(), ignored);
  if (!ignored) health.bytes = bytes;
  health.log_bytes = database_.log_bytes();
  health.reopens = reopens_.load();
  health.checkpoint_failures = checkpoint_failures_.load();
  return health;
}

}  // namespace footfall::duckdb
