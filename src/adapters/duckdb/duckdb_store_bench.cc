// What does it cost to store a hit, and how many bytes does it take?
//
// The importer moves 500,000 hits a second on two cores: `commit` may cost 1.2 µs a hit, DuckDB's append, its log and
// its fsync included. On disk a hit may take 30 bytes at 10 million, visitors, addresses and engagements included:
//
//   FOOTFALL_BENCH_HITS=10000000 duckdb_store_bench --benchmark_filter=StoreBytes
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/duckdb/duckdb_store.h"
#include "testing/traffic.h"

namespace footfall::duckdb {
namespace {

class BenchStore {
 public:
  BenchStore() {
    std::string pattern = (std::filesystem::temp_directory_path() / "footfall_bench_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    DatabaseOptions options;
    options.folder = folder_;
    auto database = DuckDatabase::open(options);
    FOOTFALL_ASSERT(database);
    database_ = std::move(*database);
    auto store = DuckdbStore::open(*database_);
    FOOTFALL_ASSERT(store);
    store_ = std::move(*store);
  }
  ~BenchStore() {
    store_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;
  DuckdbStore& operator*() { return *store_; }
  DuckdbStore* operator->() { return store_.get(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<DuckDatabase> database_;
  std::unique_ptr<DuckdbStore> store_;
};

// As the processor does it: checkpoints, which are not timed here, every 32 MiB of log.
void store(BenchStore& store, const StoreBatch& batch) {
  const auto committed = store->commit(batch);
  FOOTFALL_ASSERT(committed);
}
void checkpoint_if_long(BenchStore& store) {
  if (store->health().log_bytes > 32U << 20U) FOOTFALL_ASSERT(store->checkpoint());
}

// One commit; `argument` hits in it.
void Commit(benchmark::State& state) {
  BenchStore bench;
  Traffic traffic({});
  const auto hits = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const StoreBatch batch = traffic.next(hits);
    state.ResumeTiming();
    store(bench, batch);
    state.PauseTiming();
    checkpoint_if_long(bench);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Commit)->Arg(1)->Arg(100)->Arg(1'000)->Arg(10'000)->Arg(50'000)->Unit(benchmark::kMicrosecond)->UseRealTime();

// What scripts told of `argument` hits that were stored a batch before, among 500,000.
void Complete(benchmark::State& state) {
  BenchStore bench;
  Traffic traffic({});
  for (int i = 0; i < 10; ++i) store(bench, traffic.next(50'000));
  FOOTFALL_ASSERT(bench->checkpoint());
  const auto hits = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const StoreBatch batch = traffic.next(hits);
    store(bench, batch);
    std::vector<StoredCompletion> told;
    for (const EnrichedHit& hit : batch.hits) told.push_back({hit.position, "The title of a page", {}});
    StoreBatch completions;
    completions.from = completions.to = batch.to;
    completions.completions = told;
    state.ResumeTiming();
    store(bench, completions);
    state.PauseTiming();
    checkpoint_if_long(bench);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Complete)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond)->UseRealTime();

// One checkpoint after 300,000 hits, some 32 MiB of log.
void Checkpoint(benchmark::State& state) {
  BenchStore bench;
  Traffic traffic({});
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < 6; ++i) store(bench, traffic.next(50'000));
    state.ResumeTiming();
    FOOTFALL_ASSERT(bench->checkpoint());
  }
}
BENCHMARK(Checkpoint)->Unit(benchmark::kMillisecond)->UseRealTime();

// `argument` hits over 90 days: bytes of the file, and time with all checkpoints.
void StoreBytes(benchmark::State& state) {
  const auto hits = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    BenchStore bench;
    Traffic::Shape shape;
    shape.hits = hits;
    Traffic traffic(shape);
    for (std::size_t stored = 0; stored < hits; stored += 50'000) {
      state.PauseTiming();
      const StoreBatch batch = traffic.next(50'000);
      state.ResumeTiming();
      store(bench, batch);
      checkpoint_if_long(bench);
    }
    FOOTFALL_ASSERT(bench->checkpoint());
    state.counters["bytes_per_hit"] = static_cast<double>(bench->health().bytes) / static_cast<double>(hits);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(StoreBytes)->Arg(100'000)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
// Asked for by name only: FOOTFALL_BENCH_HITS=10000000.
const bool long_run = [] {
  if (const char* hits = std::getenv("FOOTFALL_BENCH_HITS")) {  // NOLINT(concurrency-mt-unsafe): before main
    benchmark::RegisterBenchmark("StoreBytes", StoreBytes)
        ->Arg(std::atoll(hits))
        ->Unit(benchmark::kSecond)
        ->UseRealTime()
        ->Iterations(1);
  }
  return true;
}();

}  // namespace
}  // namespace footfall::duckdb
