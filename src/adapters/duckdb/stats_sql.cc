#include "adapters/duckdb/stats_sql.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/duckdb/stats_cut.h"
#include "adapters/duckdb/stats_filter.h"

namespace footfall::duckdb {
namespace {

constexpr std::string_view is_pageview = "kind <> 5";
constexpr std::string_view ends_a_bounce = "kind = 5 AND (flags & 1) = 1";
static_assert(static_cast<int>(Kind::event) == 5);

template <typename Things, typename Predicate>
bool any(const Things& things, Predicate&& predicate) {
  return std::any_of(things.begin(), things.end(), std::forward<Predicate>(predicate));
}

std::string count_of(std::string_view condition) { return "count(*) FILTER (WHERE " + std::string(condition) + ")"; }

// One question on its way to SQL. The statement is a chain of named relations:
//
//   hits, sessions    what there is: rows of visits in the range; visits, with what their hits make of them
//   matched           hits that match, or whole visits, with the number of each dimension: n0, n1, …
//   groups            how much there is with the same numbers
//   names0, names1    what the numbers say; the least of those that say the same is their key
//   keyed, sums       groups with their keys k0, k1, …; how much there is with the same keys
//   chosen            the groups that can be among the first rows
//   uniques, counts, of_visits, engaged   the metrics, by keys
//
// Where no dimension has words, every number is its own key, and `groups` to `chosen` fall away. Where all that is
// asked for is said by visits, `matched` is made of them: there are fewer than hits.
class Composer {
 public:
  Composer(const Asking& asking, const StatsQuery& query, const PublicIds& ids)
      : asking_(asking), query_(query), ids_(ids) {}

  Result<Sql> compose();

 private:
  Result<Done> compose_hits();
  void compose_sessions();
  void compose_matched();
  void compose_groups();
  void compose_names();
  void compose_chosen();
  void compose_counts();
  Result<Done> compose_of_visits();
  void compose_engaged();
  void compose_answer();

  template <typename Predicate>
  [[nodiscard]] bool asks_any(Predicate&& predicate) const {
    return any(query_.metrics, predicate);
  }
  [[nodiscard]] bool asks(Metric metric) const {
    return asks_any([=](Metric asked) { return asked == metric; });
  }
  [[nodiscard]] bool is_by_page() const {
    return any(query_.dimensions, [](const DimensionName& name) { return name.dimension == Dimension::event_page; });
  }
  [[nodiscard]] bool is_by_time() const {
    return any(query_.dimensions, [](const DimensionName& name) { return is_time(name.dimension); });
  }
  // Visits are counted while their metrics are made, where that gives the same.
  [[nodiscard]] bool counts_visits_whole() const { return asks_any(is_of_visits) && !is_by_page() && !is_by_time(); }
  [[nodiscard]] bool counts_unique_visits() const {
    return asks(Metric::visits) && !by_visits_ && !counts_visits_whole();
  }
  [[nodiscard]] bool counts_unique_visitors() const { return asks(Metric::visitors) || asks(Metric::percentage); }
  [[nodiscard]] bool counts_unique_things() const { return counts_unique_visits() || counts_unique_visitors(); }
  [[nodiscard]] std::string unique_counts() const;
  [[nodiscard]] std::string plain_counts() const;
  [[nodiscard]] std::optional<Metric> rank() const;
  [[nodiscard]] std::string number(std::size_t cut, std::string_view moment, PageMeans page) const;
  [[nodiscard]] std::string metric_sql(Metric metric) const;
  [[nodiscard]] std::string order_sql() const;

  void with(const std::string& relation) { relations_ += (relations_.empty() ? "WITH " : ",\n") + relation; }
  // "k0, k1, ", with `separator` behind each; empty without dimensions.
  [[nodiscard]] std::string each(std::string_view letter, std::string_view separator = ", ") const {
    std::string list;
    for (std::size_t i = 0; i < cuts_.size(); ++i)
      list += std::string(letter) + std::to_string(i) + std::string(separator);
    return list;
  }
  [[nodiscard]] std::string list(std::string_view letter) const {
    std::string columns = each(letter);
    if (!columns.empty()) columns.resize(columns.size() - 2);
    return columns;
  }
  [[nodiscard]] std::string by_keys() const { return cuts_.empty() ? "" : " GROUP BY " + list("k"); }
  // The matching hits of some groups, with their keys.
  [[nodiscard]] std::string matched_of(const std::string& groups) const {
    return has_words_ ? "matched JOIN " + groups + " USING (" + list("n") + ")" : "matched";
  }

  const Asking& asking_;
  const StatsQuery& query_;
  const PublicIds& ids_;
  Sql sql_;
  std::string relations_;
  std::vector<Cut> cuts_;  // by the number of the dimension in the question
  bool has_words_ = false;
  bool by_visits_ = false;
  Condition condition_;
  std::string from_, to_;
};

Result<Sql> Composer::compose() {
  if (const auto checked = check(query_); !checked) return checked.error();
  for (const DimensionName& name : query_.dimensions) cuts_.push_back(cut_of(name, sql_));
  has_words_ = any(cuts_, [](const Cut& cut) { return !cut.words.empty(); });
  if (const auto done = compose_hits(); !done) return done.error();
  compose_matched();
  if (has_words_) {
    compose_groups();
    compose_names();
    if (counts_unique_things() || asks_any(is_of_engagement)) compose_chosen();
  }
  if (asks_any(is_of_hits) || !cuts_.empty()) compose_counts();
  if (asks_any(is_of_visits)) {
    if (const auto done = compose_of_visits(); !done) return done.error();
  }
  if (asks_any(is_of_engagement)) compose_engaged();
  compose_answer();
  return std::move(sql_);
}

// --- What there is ---

Result<Done> Composer::compose_hits() {
  const auto sites = site_numbers(asking_, query_.site);
  if (!sites) return sites.error();
  auto condition = condition_of(asking_, query_.filters, PageMeans::page_of_hit, ids_, sql_);
  if (!condition) return condition.error();
  condition_ = std::move(*condition);
  from_ = sql_.bind(query_.from);
  to_ = sql_.bind(query_.to);
  std::string rows = "(SELECT visits.* FROM visits";
  if (!query_.bots) {
    // A join on dense numbers is an array look-up; a NOT IN costs five times as much.
    with("people AS (SELECT id FROM user_agents WHERE bot = '' UNION ALL SELECT 0::UINTEGER)");
    rows += " JOIN people ON people.id = visits.user_agent";
  }
  rows += " WHERE " + in_numbers(sql_, "visits.site", "USMALLINT", *sites) + " AND visits.time >= ";
  with("hits AS NOT MATERIALIZED " + rows + from_ + " AND visits.time < " + to_ + ")");
  const bool needs_visits = condition_.asks_visit || asks_any(is_of_visits) ||
                            any(cuts_, [](const Cut& cut) { return cut.of == Cut::Of::visit; });
  if (needs_visits) {
    const std::string begin = sql_.bind(query_.from - session_reach);
    const std::string end = sql_.bind(query_.to + session_reach);
    with("around AS NOT MATERIALIZED " + rows + begin + " AND visits.time < " + end + ")");
    compose_sessions();
  }
  by_visits_ = needs_visits && !condition_.asks_hit && !asks_any(is_of_engagement) &&
               !any(cuts_, [](const Cut& cut) { return cut.of != Cut::Of::visit; });
  return Done{};
}

void Composer::compose_sessions() {
  // DuckDB leaves out the columns that nothing asks for.
  std::string columns = "session";
  const auto add = [&](const std::string& sql, const std::string& name) { columns += ",\n  " + sql + " AS " + name; };
  const std::string views = " FILTER (WHERE " + std::string(is_pageview) + ")";
  for (const std::string column : {"visitor", "address", "user_agent", "referrer", "campaign", "channel", "country"}) {
    // By a BIGINT this is twice as fast as by a UBIGINT.
    add("arg_min(" + column + ", position::BIGINT)", column);
  }
  add("coalesce(arg_min(path, position::BIGINT)" + views + ", 0)", "entry");
  add("coalesce(arg_max(path, position::BIGINT)" + views + ", 0)", "exit");
  add("count(*)" + views, "pageviews");
  add("count(*)" + views + " <= 1 AND NOT bool_or(" + std::string(ends_a_bounce) + ")", "bounced");
  add("epoch_ms(max(time)) - epoch_ms(min(time))", "duration_ms");
  // What of it lies in the range; nothing of most of those around its ends.
  add("max(CASE WHEN seen THEN time END)", "last_seen");
  add("count(CASE WHEN seen THEN 1 END)", "events_seen");
  add("count(CASE WHEN seen AND " + std::string(is_pageview) + " THEN 1 END)", "pageviews_seen");
  add("min(CASE WHEN seen THEN visitor END)", "a_visitor");
  add("max(CASE WHEN seen THEN visitor END)", "another_visitor");
  with("sessions AS MATERIALIZED (SELECT " + columns + "\n  FROM (SELECT *, time >= " + from_ + " AND time < " + to_ +
       " AS seen FROM around) GROUP BY session)");
}

// --- Which of it matters, and how it is cut ---

std::string Composer::number(std::size_t cut, std::string_view moment, PageMeans page) const {
  if (page == PageMeans::entry_of_visit && query_.dimensions[cut].dimension == Dimension::event_page) return "s.entry";
  return filled(cuts_[cut].number, "{moment}", moment);
}

void Composer::compose_matched() {
  std::string columns;
  for (std::size_t i = 0; i < cuts_.size(); ++i) {
    columns +=
        ", " + number(i, "h.time", PageMeans::page_of_hit) + (has_words_ ? " AS n" : " AS k") + std::to_string(i);
  }
  if (by_visits_) {
    // A visit nearly always has one visitor; the others of the rest are added without counting anything else twice.
    const std::string others =
        "SELECT DISTINCT h.session, h.visitor, 0 AS visits, 0 AS events, 0 AS pageviews" + columns +
        " FROM hits h JOIN sessions s ON s.session = h.session WHERE s.a_visitor <> s.another_visitor AND ";
    with(
        "matched AS NOT MATERIALIZED (SELECT s.session, s.a_visitor AS visitor, 1 AS visits, s.events_seen AS events, "
        "s.pageviews_seen AS pageviews" +
        columns + " FROM sessions s WHERE s.a_visitor IS NOT NULL AND " + condition_.sql + "\n  UNION ALL " + others +
        condition_.sql + ")");
    return;
  }
  const bool needs_visit = condition_.asks_visit || any(cuts_, [](const Cut& cut) { return cut.of == Cut::Of::visit; });
  with("matched AS NOT MATERIALIZED (SELECT h.position, h.session, h.visitor, h.kind" + columns + " FROM hits h" +
       (needs_visit ? " JOIN sessions s ON s.session = h.session" : "") + " WHERE " + condition_.sql + ")");
}

void Composer::compose_groups() {
  with("groups AS MATERIALIZED (SELECT " + each("n") + plain_counts() + " FROM matched GROUP BY " + list("n") + ")");
}

void Composer::compose_names() {
  std::string keys;
  std::string joins;
  for (std::size_t i = 0; i < cuts_.size(); ++i) {
    const Cut& cut = cuts_[i];
    const std::string at = std::to_string(i);
    if (cut.words.empty()) {
      keys += ", groups.n" + at + " AS k" + at;
      continue;
    }
    std::string numbers = "SELECT n" + at + " AS number FROM groups";
    // A visit that entered at a page may have none of the hits that match, and so a number that none of them has.
    if (asks_any(is_of_visits) && is_by_page()) {
      numbers += " UNION ALL SELECT " + number(i, "", PageMeans::entry_of_visit) + " FROM sessions s";
    }
    with("names" + at + " AS MATERIALIZED (SELECT number, text, min(number) OVER (PARTITION BY text) AS key FROM\n" +
         "  (SELECT n.number, coalesce(nullif(" + filled(cut.text, "{number}", "n.number") + ", ''), '" + cut.none +
         "') AS text FROM (SELECT DISTINCT number FROM (" + numbers + ")) n LEFT JOIN " + cut.words + " d ON d." +
         cut.word + " = n.number))");
    keys += ", names" + at + ".key AS k" + at;
    joins += " JOIN names" + at + " ON names" + at + ".number = groups.n" + at;
  }
  with("keyed AS MATERIALIZED (SELECT groups.*" + keys + " FROM groups" + joins + ")");
  with("sums AS MATERIALIZED (SELECT " + each("k") +
       "sum(events)::BIGINT AS events, sum(pageviews)::BIGINT AS pageviews" +
       (by_visits_ ? ", sum(visits)::BIGINT AS visits" : "") + " FROM keyed" + by_keys() + ")");
}

// The metric by which the rows are ordered, if its first rows can be told from the number of hits.
std::optional<Metric> Composer::rank() const {
  // Beyond it, finding candidates costs more than it saves.
  constexpr std::size_t rows_max = 1'000;
  const bool many = any(cuts_, [](const Cut& cut) { return cut.many; });
  if (by_visits_ || !many || query_.limit + query_.offset > rows_max) return std::nullopt;
  Metric metric = query_.metrics.front();
  if (!query_.order.empty()) {
    if (!query_.order.front().metric || !query_.order.front().descending) return std::nullopt;
    metric = *query_.order.front().metric;
  } else if (is_by_time()) {
    return std::nullopt;
  }
  if (metric == Metric::percentage) return Metric::visitors;
  if (metric == Metric::visits && !counts_unique_visits()) return std::nullopt;
  return is_of_hits(metric) ? std::optional(metric) : std::nullopt;
}

// Unique things are expensive to count, and wanted for the first rows only. No row has more of them than hits: they are
// counted for the rows with the most hits, and rows with fewer hits than the least of these counts cannot come before.
void Composer::compose_chosen() {
  const auto metric = rank();
  const std::string keys = list("k");
  const auto uniques_of = [&](const std::string& groups) {
    return "SELECT " + keys + unique_counts() + " FROM " + matched_of(groups) + by_keys();
  };
  if (!metric) {
    with("chosen AS NOT MATERIALIZED (SELECT * FROM keyed)");
    if (counts_unique_things()) with("uniques AS (" + uniques_of("chosen") + ")");
    return;
  }
  const std::string hits = *metric == Metric::pageviews ? "pageviews" : "events";
  with("first AS MATERIALIZED (SELECT " + each("k") + hits + " AS hits FROM sums ORDER BY " + hits + " DESC LIMIT " +
       std::to_string(query_.limit + query_.offset) + ")");
  if (*metric == Metric::pageviews || *metric == Metric::events) {
    with("chosen AS MATERIALIZED (SELECT keyed.* FROM keyed JOIN sums USING (" + keys + ") WHERE sums." + hits +
         " >= (SELECT min(hits) FROM first))");
    if (counts_unique_things()) with("uniques AS (" + uniques_of("chosen") + ")");
    return;
  }
  with("likely AS MATERIALIZED (SELECT keyed.* FROM keyed JOIN first USING (" + keys + "))");
  with("likely_uniques AS MATERIALIZED (" + uniques_of("likely") + ")");
  with("possible AS MATERIALIZED (SELECT keyed.* FROM keyed JOIN sums USING (" + keys + ") ANTI JOIN first USING (" +
       keys + ") WHERE sums.events >= (SELECT min(" + std::string(name_of(*metric)) + ") FROM likely_uniques))");
  with("uniques AS (SELECT * FROM likely_uniques UNION ALL " + uniques_of("possible") + ")");
  with("chosen AS NOT MATERIALIZED (SELECT * FROM likely UNION ALL SELECT * FROM possible)");
}

// --- The metrics ---

std::string Composer::unique_counts() const {
  std::string counts;
  if (counts_unique_visitors()) counts += ", count(DISTINCT visitor) AS visitors";
  if (counts_unique_visits()) counts += ", count(DISTINCT session) AS visits";
  return counts;
}

std::string Composer::plain_counts() const {
  if (!by_visits_) return "count(*) AS events, " + count_of(is_pageview) + " AS pageviews";
  return "coalesce(sum(events), 0)::BIGINT AS events, coalesce(sum(pageviews), 0)::BIGINT AS pageviews, "
         "coalesce(sum(visits), 0)::BIGINT AS visits";
}

void Composer::compose_counts() {
  if (!has_words_) {
    with("counts AS (SELECT " + each("k") + plain_counts() + unique_counts() + " FROM matched" + by_keys() + ")");
  } else if (!counts_unique_things()) {
    with("counts AS (SELECT * FROM sums)");
  } else {
    with("counts AS (SELECT * FROM sums JOIN uniques USING (" + list("k") + "))");
  }
}

Result<Done> Composer::compose_of_visits() {
  const PageMeans page = is_by_page() ? PageMeans::entry_of_visit : PageMeans::page_of_hit;
  Condition condition = condition_;
  if (is_by_page()) {
    auto of_entry = condition_of(asking_, query_.filters, page, ids_, sql_);
    if (!of_entry) return of_entry.error();
    condition = std::move(*of_entry);
  }
  std::string visits = "sessions s";
  std::string last_seen = "s.last_seen";
  std::string where = "s.last_seen IS NOT NULL AND " + condition.sql;
  if (condition.asks_hit) {
    with("seen AS (SELECT h.session, max(h.time) AS last_seen FROM hits h" +
         std::string(condition.asks_visit ? " JOIN sessions s ON s.session = h.session" : "") + " WHERE " +
         condition.sql + " GROUP BY h.session)");
    visits += " JOIN seen ON seen.session = s.session";
    last_seen = "seen.last_seen";
    where = "true";
  }
  std::string keys;
  for (std::size_t i = 0; i < cuts_.size(); ++i) {
    const std::string at = std::to_string(i);
    const std::string said = number(i, last_seen, page);
    if (cuts_[i].words.empty()) {
      keys += said + " AS k" + at + ", ";
    } else {
      keys += "names" + at + ".key AS k" + at + ", ";
      visits += " JOIN names" + at + " ON names" + at + ".number = " + said;
    }
  }
  // A page in the filters alone: how many of those who came in there left at once.
  std::vector<StatsFilter> pages;
  if (!is_by_page()) {
    std::copy_if(query_.filters.begin(), query_.filters.end(), std::back_inserter(pages), [](const auto& filter) {
      return filter.children.empty() && filter.dimension.dimension == Dimension::event_page;
    });
  }
  const auto entered = condition_of(asking_, pages, PageMeans::entry_of_visit, ids_, sql_);
  if (!entered) return entered.error();
  with("of_visits AS (SELECT " + each("k") + "count(*) AS visits,\n  round(100.0::DOUBLE * " +
       count_of("bounced AND entered") + " / nullif(" + count_of("entered") + ", 0)) AS bounce_rate,\n" +
       "  round(sum(duration_ms)::DOUBLE / 1000 / count(*)) AS visit_duration,\n" +
       "  round(sum(pageviews)::DOUBLE / count(*), 2) AS views_per_visit\n  FROM (SELECT " + keys +
       "s.bounced, s.duration_ms, s.pageviews, " + entered->sql + " AS entered FROM " + visits + " WHERE " + where +
       ")" + by_keys() + ")");
  return Done{};
}

void Composer::compose_engaged() {
  const std::string begin = sql_.bind(query_.from - session_reach);
  const std::string end = sql_.bind(query_.to + session_reach);
  with("engaged AS (SELECT " + each("k") + "round(sum(ms)::DOUBLE / 1000 / nullif(count(*), 0)) AS time_on_page,\n" +
       "  round(sum(depth)::DOUBLE / nullif(count(depth), 0)) AS scroll_depth\n  FROM (SELECT " + each("k") +
       "matched.session, sum(e.engaged_ms) AS ms, max(e.scroll_depth) FILTER (WHERE e.scroll_depth <= 100) AS depth\n" +
       "  FROM " + matched_of("chosen") +
       " JOIN (SELECT position, engaged_ms, scroll_depth FROM engagements WHERE time >= " + begin + " AND time < " +
       end + ") e ON e.position = matched.position GROUP BY " + each("k") + "matched.session)" + by_keys() + ")");
}

// --- The answer ---

std::string Composer::metric_sql(Metric metric) const {
  switch (metric) {
    case Metric::visitors:
    case Metric::pageviews:
    case Metric::events:
      return "counts." + std::string(name_of(metric));
    case Metric::visits:
      return by_visits_ || counts_unique_visits() ? "counts.visits" : "coalesce(of_visits.visits, 0)";
    case Metric::bounce_rate:
    case Metric::visit_duration:
    case Metric::views_per_visit:
      return "of_visits." + std::string(name_of(metric));
    case Metric::time_on_page:
    case Metric::scroll_depth:
      return "engaged." + std::string(name_of(metric));
    case Metric::percentage:
      return "round(100.0::DOUBLE * counts.visitors / (SELECT nullif(count(DISTINCT visitor), 0) FROM matched), 1)";
  }
  FOOTFALL_ASSERT(false);
  return "";
}

std::string Composer::order_sql() const {
  std::string order;
  const auto add = [&](std::string_view letter, auto at, bool descending) {
    order += (order.empty() ? "" : ", ") + std::string(letter) + std::to_string(at) + (descending ? " DESC" : " ASC") +
             " NULLS LAST";
  };
  const auto place_of = [](const auto& things, const auto& thing) {
    return std::find(things.begin(), things.end(), thing) - things.begin();
  };
  for (const StatsOrder& by : query_.order) {
    if (by.metric) {
      add("m", place_of(query_.metrics, *by.metric), by.descending);
    } else {
      add("d", place_of(query_.dimensions, *by.dimension), by.descending);
    }
  }
  if (query_.order.empty()) {
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      if (is_time(query_.dimensions[i].dimension)) add("d", i, false);
    }
    add("m", 0, true);
  }
  // Rows that are equal in it stand in the same order on every page.
  for (std::size_t i = 0; i < cuts_.size(); ++i) add("d", i, false);
  return order;
}

void Composer::compose_answer() {
  std::string from;
  const auto join = [&](const std::string& relation) {
    if (from.empty()) {
      from = relation;
    } else if (cuts_.empty()) {
      from += " CROSS JOIN " + relation;
    } else {
      from += " LEFT JOIN " + relation + " USING (" + list("k") + ")";
    }
  };
  if (asks_any(is_of_hits) || !cuts_.empty()) join("counts");
  if (asks_any(is_of_visits)) join("of_visits");
  if (asks_any(is_of_engagement)) join("engaged");
  std::string columns;
  for (std::size_t i = 0; i < cuts_.size(); ++i) {
    const std::string at = std::to_string(i);
    if (cuts_[i].words.empty()) {
      columns += "coalesce(nullif(" + filled(cuts_[i].text, "{number}", "k" + at) + ", ''), '" + cuts_[i].none + "')";
    } else {
      columns += "names" + at + ".text";
      from += " JOIN names" + at + " ON names" + at + ".number = k" + at;
    }
    columns += " AS d" + at + ", ";
  }
  for (std::size_t i = 0; i < query_.metrics.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + metric_sql(query_.metrics[i]) + "::DOUBLE AS m" + std::to_string(i);
  }
  if (query_.total_rows) {
    columns += std::string(", ") + (has_words_ ? "(SELECT count(*) FROM sums)" : "count(*) OVER ()") + "::BIGINT";
  }
  sql_.text = relations_ + "\nSELECT " + columns + "\nFROM " + from + "\nORDER BY " + order_sql() + "\nLIMIT " +
              std::to_string(query_.limit) + " OFFSET " + std::to_string(query_.offset);
}

}  // namespace

Result<Sql> stats_sql(const Asking& asking, const StatsQuery& query, const PublicIds& ids) {
  return Composer(asking, query, ids).compose();
}

}  // namespace footfall::duckdb
