#include "adapters/duckdb/duckdb_reader.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "adapters/duckdb/dropped_sql.h"
#include "adapters/duckdb/parquet_export.h"
#include "adapters/duckdb/stats_sql.h"

namespace footfall::duckdb {
namespace {

constexpr std::size_t rows_max = 10'000;

// How the values of a TopBy are told apart and written. Rows are grouped by `number`, a column of visits, then by
// `word`, over `d`, the row of `words` whose `key` that is, and by `rest`, over `number`.
struct Counted {
  std::string number;
  std::string words;  // empty: none are needed
  std::string key = "id";
  std::string word;
  std::string rest = "NULL::UINTEGER";
  std::string text = "word";  // over `word` and `rest`
  std::string is_there = "word <> ''";
};

Counted counted_text(const std::string& number, const std::string& words, const std::string& word) {
  Counted counted;
  counted.number = number;
  counted.words = words;
  counted.word = "d." + word;
  return counted;
}

Counted counted_ids(const std::string& number, const std::string& words, const std::string& function) {
  Counted counted = counted_text(number, words, number);
  counted.key = "number";
  counted.rest = "CASE WHEN d." + number + " IS NULL THEN groups.number END";
  counted.text = "coalesce(word, " + function + "(rest))";
  counted.is_there = "true";
  return counted;
}

Counted counted_by(TopBy by) {
  switch (by) {
    case TopBy::ip: {
      Counted counted = counted_text("address", "addresses", "address");
      counted.rest = "d.form::UINTEGER";
      counted.text = "footfall_ip(word, rest)";
      counted.is_there = "word > 0";
      return counted;
    }
    case TopBy::path:
      return counted_text("path", "paths", "path");
    case TopBy::session:
      return counted_ids("session", "given_sessions", "footfall_session_id");
    case TopBy::visitor:
      return counted_ids("visitor", "given_visitors", "footfall_visitor_id");
    case TopBy::referrer:
      return counted_text("referrer", "referrers", "referrer");
    case TopBy::user_agent:
      return counted_text("user_agent", "user_agents", "user_agent");
    case TopBy::event:
      return counted_text("event", "events", "event");
    case TopBy::country: {
      Counted counted;
      counted.number = "country";
      counted.word = "groups.number";
      counted.text = country_text("word");
      counted.is_there = "word > 0";
      return counted;
    }
    case TopBy::browser:
      return counted_text("user_agent", "user_agents", "browser");
    case TopBy::os:
      return counted_text("user_agent", "user_agents", "os");
    case TopBy::device:
      return counted_text("user_agent", "user_agents", "device");
    case TopBy::source: {
      Counted counted;
      counted.number = "source";
      counted.word = "groups.number";
      counted.text = source_text("word");
      counted.is_there = "true";
      return counted;
    }
  }
  FOOTFALL_ASSERT(false);
  return {};
}

std::string top_sql(const Counted& counted, const std::string& conditions, std::size_t limit) {
  const std::string join =
      counted.words.empty() ? "" : " LEFT JOIN " + counted.words + " d ON d." + counted.key + " = groups.number";
  return "WITH groups AS (SELECT v." + counted.number +
         " AS number, count(*) AS visits, min(v.time) AS first, max(v.time) AS last FROM visits v WHERE " + conditions +
         " GROUP BY number),\nwords AS (SELECT " + counted.word + " AS word, " + counted.rest +
         " AS rest, visits, first, last FROM groups" + join +
         "),\ntop AS (SELECT word, rest, sum(visits)::UBIGINT AS visits, min(first) AS first, max(last) AS last FROM "
         "words"
         " WHERE " +
         counted.is_there + " GROUP BY word, rest ORDER BY visits DESC, last DESC, word, rest LIMIT " +
         std::to_string(limit) + ")\nSELECT " + counted.text +
         ", visits, first, last FROM top ORDER BY visits DESC, last DESC, word, rest";
}

// Narrows the time behind a cursor until about `rows` rows are left, so that a long table is not put in order for each
// page of a stream. Filters that leave few rows need no help: then nothing is added.
Result<std::string> near(const Asking& asking, const VisitFilter& filter, const std::string& conditions,
                         const VisitCursor& cursor, VisitOrder order, std::size_t rows, Sql& sql) {
  constexpr std::size_t rows_min = 500;
  constexpr std::chrono::hours reach_max{24 * 366 * 100};
  if (rows < rows_min || filter.ip || filter.path || filter.session || filter.visitor || filter.event)
    return std::string();
  for (std::chrono::hours reach{1}; reach < reach_max; reach *= 4) {
    Sql probe = sql;
    const bool newest = order == VisitOrder::newest_first;
    const std::string bound = newest ? " AND v.time >= " + probe.bind(cursor.time - reach)
                                     : " AND v.time <= " + probe.bind(cursor.time + reach);
    probe.text = "SELECT count(*) FROM visits v WHERE " + conditions + bound;
    const auto counted = asking.numbers(probe);
    if (!counted) return counted.error();
    if (counted->at(0) < rows) continue;
    sql = std::move(probe);
    return bound;
  }
  return std::string();
}

}  // namespace

Result<std::unique_ptr<DuckdbReader>> DuckdbReader::make(DuckDatabase& database, const PublicIds& ids,
                                                         ReaderOptions options) {
  for (TextFunction& function : text_functions(ids)) {
    if (auto defined = database.define(std::move(function)); !defined) return defined.error();
  }
  return std::unique_ptr<DuckdbReader>(new DuckdbReader(database, ids, std::move(options)));
}

DuckdbReader::DuckdbReader(DuckDatabase& database, const PublicIds& ids, ReaderOptions options)
    : database_(database), ids_(ids), options_(std::move(options)), gate_(options_.at_once_max, options_.waiting_max) {}

template <typename Question>
auto DuckdbReader::answer(std::chrono::milliseconds time_max, Question&& question)
    -> std::invoke_result_t<Question, const Asking&> {
  const auto deadline = std::chrono::steady_clock::now() + time_max;
  const auto pass = gate_.enter(deadline);
  if (!pass) return pass.error();
  const auto loan = database_.borrow();
  if (!loan) return loan.error();  // it is being opened again, which the store reports itself
  auto answered = question(Asking{**loan, deadline});
  if (!answered) return told(answered.error(), deadline);
  return answered;
}

Error DuckdbReader::told(const Error& error, Deadline deadline) const {
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::too_large:
      return error;
    case ErrorCode::timed_out:
      if (std::chrono::steady_clock::now() >= *deadline) {
        return {ErrorCode::timed_out, "the question takes too long; ask for a shorter time or for less"};
      }
      return {ErrorCode::unavailable, "the store is being opened again; ask again soon"};
    case ErrorCode::unavailable:
      options_.report("a question was not answered: " + error.what);
      return {ErrorCode::unavailable, "the store cannot answer now; ask again later"};
    default:
      options_.report("a question failed: " + error.what);
      return {ErrorCode::failed, "the store could not answer this question"};
  }
}

// --- Rows ---

Result<VisitPage> DuckdbReader::visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                       const std::optional<VisitCursor>& after) {
  if (limit < 1 || limit > rows_max) return Error{ErrorCode::invalid, "a page has 1 to 10,000 visits", "limit"};
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<VisitPage> {
    Sql sql;
    auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    if (!*where) return VisitPage{};
    if (after) {
      **where += behind(*after, order, sql);
      const auto bound = near(asking, filter, **where, *after, order, limit + 1, sql);
      if (!bound) return bound.error();
      **where += *bound;
    }
    // One more than wanted tells whether there is another page.
    auto rows = read_rows(asking, std::move(sql), **where, order, limit + 1, ids_);
    if (!rows) return rows.error();
    VisitPage page{std::move(*rows), std::nullopt};
    if (page.rows.size() > limit) {
      page.rows.pop_back();
      page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
    }
    return page;
  });
}

Result<std::optional<VisitRow>> DuckdbReader::find(const std::string& site, const std::string& id) {
  const auto canonical = canonical_uuid(id);
  if (!canonical) return std::optional<VisitRow>();
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<std::optional<VisitRow>> {
    VisitFilter filter;
    filter.site = site;
    // An id made here says where its row is; any other may have been given by a caller.
    for (const bool made : {true, false}) {
      Sql sql;
      auto where = conditions(asking, filter, ids_, sql);
      if (!where) return where.error();
      if (!*where) return std::optional<VisitRow>();
      if (made) {
        const auto position = ids_.visit_position(*canonical);
        if (!position) continue;
        **where += " AND v.position = " + sql.bind(*position);
      } else {
        **where += " AND v.id = " + sql.bind(*wide_of_uuid(*canonical));
      }
      auto rows = read_rows(asking, std::move(sql), **where, VisitOrder::oldest_first, 1, ids_);
      if (!rows) return rows.error();
      if (!rows->empty() && rows->front().id == *canonical) return std::optional(std::move(rows->front()));
    }
    return std::optional<VisitRow>();
  });
}

Result<std::vector<std::string>> DuckdbReader::known_ids(const std::string& site, std::span<const std::string> ids,
                                                         std::optional<Instant> since) {
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<std::vector<std::string>> {
    std::vector<std::string> known;
    VisitFilter filter;
    filter.site = site;
    filter.from = since;
    Sql sql;
    const auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    if (!*where || ids.empty()) return known;
    std::string list;
    for (const std::string& id : ids) {
      const auto wide = wide_of_uuid(id);
      if (!wide) return Error{ErrorCode::invalid, "this is no UUID", "id"};
      list.append(list.empty() ? "" : ", ").append(sql.bind(*wide));
    }
    sql.text = "SELECT DISTINCT v.id FROM visits v WHERE " + **where + " AND v.id IN (" + list + ")";
    auto rows = asking.ask(sql);
    if (!rows) return rows.error();
    const auto read = rows->each([&](std::size_t row) { known.push_back(uuid_text(rows->column<Wide>(0)[row])); });
    if (!read) return read.error();
    return known;
  });
}

Result<std::uint64_t> DuckdbReader::count(const VisitFilter& filter) {
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<std::uint64_t> {
    Sql sql;
    const auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    if (!*where) return std::uint64_t{0};
    sql.text = "SELECT count(*) FROM visits v WHERE " + **where;
    const auto counted = asking.numbers(sql);
    if (!counted) return counted.error();
    return counted->at(0);
  });
}

Result<CounterCounts> DuckdbReader::counted(const CounterQuestion& question) {
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<CounterCounts> {
    CounterCounts counts;
    VisitFilter filter;
    filter.site = question.site;
    if (!question.total) filter.path = question.key;
    filter.from = question.from;
    filter.to = question.to;
    Sql views;
    const auto where = conditions(asking, filter, ids_, views);
    if (!where) return where.error();
    if (*where) {
      views.text = "SELECT count(*)::UBIGINT, count(DISTINCT v.visitor)::UBIGINT FROM visits v WHERE " + **where +
                   " AND v.kind <> " + std::to_string(static_cast<int>(Kind::event));
      auto rows = asking.ask(views);
      if (!rows) return rows.error();
      const auto read = rows->each([&](std::size_t row) {
        counts.pageviews = rows->column<std::uint64_t>(0)[row];
        counts.visitors = rows->column<std::uint64_t>(1)[row];
      });
      if (!read) return read.error();
    }
    if (question.total) return counts;
    Sql grown;
    // The key's numbers first: the increments are then narrowed by an integer.
    grown.text =
        "SELECT coalesce(sum(amount), 0)::UBIGINT FROM increments WHERE counter IN (SELECT counters.id FROM"
        " counters JOIN sites ON sites.id = counters.site WHERE sites.site = " +
        grown.bind(question.site) + " AND key = " + grown.bind(question.key) + ")";
    if (question.from) grown.text += " AND time >= " + grown.bind(*question.from);
    if (question.to) grown.text += " AND time < " + grown.bind(*question.to);
    const auto sum = asking.numbers(grown);
    if (!sum) return sum.error();
    counts.increments = sum->at(0);
    return counts;
  });
}

Result<std::vector<Position>> DuckdbReader::positions(const VisitFilter& filter, std::size_t positions_max) {
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<std::vector<Position>> {
    Sql sql;
    const auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    if (!*where) return std::vector<Position>{};
    sql.text = "SELECT v.position FROM visits v WHERE " + **where + " LIMIT " + std::to_string(positions_max + 1);
    auto positions = asking.numbers(sql);
    if (!positions) return positions.error();
    if (positions->size() > positions_max) {
      return Error{ErrorCode::too_large, "more than " + std::to_string(positions_max) + " visits match"};
    }
    std::sort(positions->begin(), positions->end());
    return positions;
  });
}

Result<std::vector<TopRow>> DuckdbReader::top(const VisitFilter& filter, TopBy by, std::size_t limit) {
  if (limit < 1 || limit > rows_max) return Error{ErrorCode::invalid, "at least 1 and at most 10,000 values", "limit"};
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<std::vector<TopRow>> {
    Sql sql;
    const auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    std::vector<TopRow> top;
    if (!*where) return top;
    sql.text = top_sql(counted_by(by), **where, limit);
    auto rows = asking.ask(sql);
    if (!rows) return rows.error();
    const auto read = rows->each([&](std::size_t row) {
      top.push_back({std::string(rows->text(0, row)), rows->column<std::uint64_t>(1)[row],
                     instant_of(rows->column<std::int64_t>(2)[row]), instant_of(rows->column<std::int64_t>(3)[row])});
    });
    if (!read) return read.error();
    return top;
  });
}

Result<std::unique_ptr<BodySource>> DuckdbReader::parquet(const VisitFilter& filter, VisitOrder order,
                                                          std::size_t limit) {
  using Body = std::unique_ptr<BodySource>;
  return answer(options_.export_time_max, [&](const Asking& asking) -> Result<Body> {
    Sql sql;
    const auto where = conditions(asking, filter, ids_, sql);
    if (!where) return where.error();
    sql.text = "WITH page AS (SELECT v.* FROM visits v WHERE " + where->value_or("false") + " ORDER BY " +
               order_by("v", order) + (limit == 0 ? "" : " LIMIT " + std::to_string(limit)) + ")\n" + select_rows() +
               "ORDER BY " + order_by("page", order);
    return parquet_of(asking, std::move(sql), database_.temporary_folder());
  });
}

// --- The quarantine ---

Result<DroppedPage> DuckdbReader::dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                                          const std::optional<VisitCursor>& after) {
  if (limit < 1 || limit > rows_max) return Error{ErrorCode::invalid, "a page has 1 to 10,000 hits", "limit"};
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<DroppedPage> {
    auto rows = read_dropped(asking, filter, order, limit + 1, after);
    if (!rows) return rows.error();
    DroppedPage page{std::move(*rows), std::nullopt};
    if (page.rows.size() > limit) {
      page.rows.pop_back();
      page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
    }
    return page;
  });
}

Result<DroppedCounts> DuckdbReader::count_dropped(const DroppedFilter& filter) {
  return answer(options_.question_time_max,
                [&](const Asking& asking) { return footfall::duckdb::count_dropped(asking, filter); });
}

// --- Statistics ---

Result<StatsResult> DuckdbReader::stats(const StatsQuery& query) {
  return answer(options_.question_time_max, [&](const Asking& asking) -> Result<StatsResult> {
    auto result = ask_stats(asking, query);
    if (!result || !query.total_rows || !result->rows.empty() || query.offset == 0) return result;
    // Behind the last row there is none that could tell how many there are.
    StatsQuery first = query;
    first.offset = 0;
    first.limit = 1;
    const auto counted = ask_stats(asking, first);
    if (!counted) return counted.error();
    result->total_rows = counted->total_rows;
    return result;
  });
}

Result<StatsResult> DuckdbReader::ask_stats(const Asking& asking, const StatsQuery& query) const {
  const auto sql = stats_sql(asking, query, ids_);
  if (!sql) return sql.error();
  auto rows = asking.ask(*sql);
  if (!rows) return rows.error();
  StatsResult result;
  if (query.total_rows) result.total_rows = 0;
  const std::size_t dimensions = query.dimensions.size();
  const std::size_t metrics = query.metrics.size();
  const auto read = rows->each([&](std::size_t row) {
    StatsRow one;
    for (std::size_t i = 0; i < dimensions; ++i) one.dimensions.emplace_back(rows->text(i, row));
    for (std::size_t i = dimensions; i < dimensions + metrics; ++i) {
      one.metrics.push_back(rows->is_null(i, row) ? std::nullopt : std::optional(rows->column<double>(i)[row]));
    }
    if (query.total_rows) {
      result.total_rows = static_cast<std::uint64_t>(rows->integer(dimensions + metrics, row));
    }
    result.rows.push_back(std::move(one));
  });
  if (!read) return read.error();
  return result;
}

}  // namespace footfall::duckdb
