// What does an answer cost? One page of the charts asks about ten questions and should be there at once.
//
// Budgets at 10 million visits over 90 days, asked for 30 days, warm, with one or two threads: totals 100 ms, top pages
// with their visitors 100 ms, by day 150 ms, metrics of visits 400 ms; the 50 newest visits 15 ms, of one page 30 ms,
// of one address or session 50 ms.
//
//   FOOTFALL_BENCH_ROWS=10000000 FOOTFALL_BENCH_FOLDER=/var/tmp/visits duckdb_reader_bench
//
// makes the store once (a million rows by default, in a temporary folder) and asks. FOOTFALL_BENCH_THREADS: of DuckDB.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "adapters/duckdb/duckdb_reader.h"
#include "adapters/duckdb/duckdb_store.h"
#include "testing/traffic.h"

namespace footfall::duckdb {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "%s\n", error.what.c_str());
  std::exit(1);
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}

class Store {
 public:
  // Made when first asked for; `let_go` ends it within main, as a DuckDatabase must.
  static Store& the() {
    if (!one()) one().reset(new Store);
    return *one();
  }
  static void let_go() { one().reset(); }

  DuckdbReader& reader() { return *reader_; }
  VisitFilter all() const {
    VisitFilter filter;
    filter.site = site_;
    return filter;
  }
  ~Store() {
    reader_.reset();
    database_.reset();
    if (!is_kept_) std::filesystem::remove_all(folder_);
  }

  // A row in the middle of the store.
  const VisitRow& middle() const { return middle_; }
  // Thirty days that end a week before the newest visit.
  StatsQuery question(std::vector<Metric> metrics, std::vector<Dimension> dimensions = {}) const {
    StatsQuery query;
    query.site = site_;
    query.metrics = std::move(metrics);
    for (const Dimension dimension : dimensions) query.dimensions.push_back({dimension, ""});
    query.to = Instant(day_of(newest_) - std::chrono::days(7));
    query.from = query.to - std::chrono::days(30);
    query.limit = 10;
    return query;
  }

 private:
  Store() {
    const std::uint64_t rows = number_from("FOOTFALL_BENCH_ROWS", 1'000'000);
    const char* kept = std::getenv("FOOTFALL_BENCH_FOLDER");
    folder_ = kept != nullptr ? std::filesystem::path(kept)
                              : std::filesystem::temp_directory_path() / ("footfall-bench-" + std::to_string(getpid()));
    is_kept_ = kept != nullptr;
    const auto threads = static_cast<unsigned>(number_from("FOOTFALL_BENCH_THREADS", 1));
    database_ = value_of(DuckDatabase::open({.folder = folder_, .threads = threads}));
    reader_ =
        value_of(DuckdbReader::make(*database_, PublicIds({1, 2}), {.question_time_max = std::chrono::minutes(5)}));
    auto store = value_of(DuckdbStore::open(*database_));
    Traffic::Shape shape;
    shape.hits = rows;
    Traffic traffic(shape);
    for (Position stored = value_of(store->offset()); stored < rows;) {
      constexpr std::size_t batch_hits = 50'000;
      StoreBatch batch = traffic.next(std::min<std::size_t>(batch_hits, rows - stored));
      if (batch.hits.empty()) break;
      value_of(store->commit(batch));
      stored = batch.to;
    }
    value_of(store->checkpoint());
    const auto newest = value_of(reader_->visits(all(), VisitOrder::newest_first, 1, std::nullopt));
    newest_ = newest.rows.at(0).time;
    middle_ =
        value_of(reader_->visits(all(), VisitOrder::newest_first, 1, VisitCursor{newest_ - std::chrono::days(45), 0}))
            .rows.at(0);
    std::fprintf(stderr, "%llu visits, %.1f bytes each\n",
                 static_cast<unsigned long long>(value_of(reader_->count(all()))),
                 static_cast<double>(std::filesystem::file_size(database_->file())) / static_cast<double>(rows));
  }
  static std::unique_ptr<Store>& one() {
    static std::unique_ptr<Store> store;
    return store;
  }

  std::string site_ = "example.com";
  std::filesystem::path folder_;
  bool is_kept_ = false;
  std::unique_ptr<DuckDatabase> database_;
  std::unique_ptr<DuckdbReader> reader_;
  Instant newest_;
  VisitRow middle_;
};

void ask(benchmark::State& state, const StatsQuery& query) {
  DuckdbReader& reader = Store::the().reader();
  value_of(reader.stats(query));  // warm
  for (auto _ : state) benchmark::DoNotOptimize(value_of(reader.stats(query)));
}

StatsFilter is(Dimension dimension, const std::string& value) {
  return {StatsFilter::Operation::is, {dimension, ""}, {value}, true, {}};
}

#define ANSWER(name, ...)                                         \
  void name(benchmark::State& state) { ask(state, __VA_ARGS__); } \
  BENCHMARK(name)->Unit(benchmark::kMillisecond)->UseRealTime()

ANSWER(visitors_and_pageviews, Store::the().question({Metric::visitors, Metric::pageviews}));
ANSWER(pageviews, Store::the().question({Metric::pageviews}));
ANSWER(visitors_and_pageviews_by_day,
       Store::the().question({Metric::visitors, Metric::pageviews}, {Dimension::time_day}));
ANSWER(top_pages_with_visitors, Store::the().question({Metric::visitors, Metric::pageviews}, {Dimension::event_page}));
ANSWER(top_pages_by_views, Store::the().question({Metric::pageviews}, {Dimension::event_page}));
ANSWER(metrics_of_visits,
       Store::the().question({Metric::visits, Metric::bounce_rate, Metric::visit_duration, Metric::views_per_visit}));
ANSWER(all_totals, Store::the().question({Metric::visitors, Metric::visits, Metric::pageviews, Metric::views_per_visit,
                                          Metric::bounce_rate, Metric::visit_duration}));
ANSWER(top_pages_with_bounces, Store::the().question({Metric::visitors, Metric::bounce_rate}, {Dimension::event_page}));
ANSWER(top_sources, Store::the().question({Metric::visitors}, {Dimension::visit_source}));
ANSWER(countries, Store::the().question({Metric::visitors}, {Dimension::visit_country}));
ANSWER(browsers, Store::the().question({Metric::visitors}, {Dimension::visit_browser}));
ANSWER(entry_pages, Store::the().question({Metric::visitors, Metric::bounce_rate}, {Dimension::visit_entry_page}));

void totals_of_one_page(benchmark::State& state) {
  StatsQuery query = Store::the().question({Metric::visitors, Metric::pageviews});
  query.filters = {is(Dimension::event_page, Store::the().middle().path)};
  ask(state, query);
}
BENCHMARK(totals_of_one_page)->Unit(benchmark::kMillisecond)->UseRealTime();

void totals_of_one_country(benchmark::State& state) {
  StatsQuery query = Store::the().question({Metric::visitors, Metric::pageviews});
  query.filters = {is(Dimension::visit_country, Store::the().middle().country)};
  ask(state, query);
}
BENCHMARK(totals_of_one_country)->Unit(benchmark::kMillisecond)->UseRealTime();

void time_on_one_page(benchmark::State& state) {
  StatsQuery query = Store::the().question({Metric::time_on_page, Metric::scroll_depth});
  query.filters = {is(Dimension::event_page, Store::the().middle().path)};
  ask(state, query);
}
BENCHMARK(time_on_one_page)->Unit(benchmark::kMillisecond)->UseRealTime();

void page(benchmark::State& state, const VisitFilter& filter, std::size_t limit,
          std::optional<VisitCursor> cursor = {}) {
  DuckdbReader& reader = Store::the().reader();
  const auto ask_once = [&] { return value_of(reader.visits(filter, VisitOrder::newest_first, limit, cursor)); };
  ask_once();
  for (auto _ : state) benchmark::DoNotOptimize(ask_once());
}

void newest_50(benchmark::State& state) { page(state, Store::the().all(), 50); }
BENCHMARK(newest_50)->Unit(benchmark::kMillisecond)->UseRealTime();

void newest_50_of_a_page(benchmark::State& state) {
  VisitFilter filter = Store::the().all();
  filter.path = Store::the().middle().path;
  page(state, filter, 50);
}
BENCHMARK(newest_50_of_a_page)->Unit(benchmark::kMillisecond)->UseRealTime();

void newest_50_of_an_address(benchmark::State& state) {
  VisitFilter filter = Store::the().all();
  filter.ip = Store::the().middle().ip;
  page(state, filter, 50);
}
BENCHMARK(newest_50_of_an_address)->Unit(benchmark::kMillisecond)->UseRealTime();

void newest_50_of_a_session(benchmark::State& state) {
  VisitFilter filter = Store::the().all();
  filter.session = Store::the().middle().session;
  page(state, filter, 50);
}
BENCHMARK(newest_50_of_a_session)->Unit(benchmark::kMillisecond)->UseRealTime();

// What a stream asks again and again.
void thousand_behind_a_cursor(benchmark::State& state) {
  const VisitRow& middle = Store::the().middle();
  page(state, Store::the().all(), 1'000, VisitCursor{middle.time, middle.position});
}
BENCHMARK(thousand_behind_a_cursor)->Unit(benchmark::kMillisecond)->UseRealTime();

void one_by_its_id(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(value_of(Store::the().reader().find("example.com", Store::the().middle().id)));
  }
}
BENCHMARK(one_by_its_id)->Unit(benchmark::kMillisecond)->UseRealTime();

void top(benchmark::State& state, TopBy by) {
  for (auto _ : state) benchmark::DoNotOptimize(value_of(Store::the().reader().top(Store::the().all(), by, 50)));
}
BENCHMARK_CAPTURE(top, paths, TopBy::path)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(top, addresses, TopBy::ip)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(top, sessions, TopBy::session)->Unit(benchmark::kMillisecond)->UseRealTime();

void parquet_of_100_000(benchmark::State& state) {
  for (auto _ : state) {
    auto body = value_of(Store::the().reader().parquet(Store::the().all(), VisitOrder::newest_first, 100'000));
    std::size_t bytes = 0;
    for (std::string piece = value_of(body->next()); !piece.empty(); piece = value_of(body->next()))
      bytes += piece.size();
    state.counters["bytes_a_row"] = static_cast<double>(bytes) / 100'000;
  }
}
BENCHMARK(parquet_of_100_000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

}  // namespace footfall::duckdb

int main(int count, char** values) {
  benchmark::Initialize(&count, values);
  if (benchmark::ReportUnrecognizedArguments(count, values)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  footfall::duckdb::Store::let_go();
}
