// What does a durable hit cost, in CPU and in waiting, and how fast does the journal give back what it holds?
//
// Budgets (records of 400 bytes):
//   append          300 ns, on the network thread
//   closed_loop/64  1 µs of CPU a hit beyond the work of the network thread itself, kernel included, where a commit
//   costs
//                   60 µs of CPU, shared by the 64 that wait for it; this is what lingering is for
//   closed_loop/1   no lingering: the waiting of one commit and no more
//   read            1 GB/s
//   start           1 s until it takes appends, with 1 GiB of backlog
//
// The disk under $TMPDIR decides; say which when quoting a figure.

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

#include "adapters/file_journal/file_journal.h"
#include "adapters/file_journal/posix_disk.h"
#include "testing/fake_clock.h"

namespace footfall {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

double seconds_of(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}
double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return seconds_of(time);
}

class BenchedJournal {
 public:
  explicit BenchedJournal(const FileJournalSettings& settings = {}) : settings_(settings) {
    const char* where = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): one thread yet
    std::string pattern = std::string(where == nullptr ? "/tmp" : where) + "/journal-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    settings_.disk_reserve_bytes = 0;
    disk_ = std::move(*PosixDisk::open_folder(folder_));
    open();
  }
  ~BenchedJournal() {
    journal_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    journal_.reset();
    journal_ = std::move(*FileJournal::open(*disk_, clock_, settings_));
  }
  FileJournal& operator*() { return *journal_; }
  FileJournal* operator->() { return journal_.get(); }

  void fill(std::uint64_t bytes) {
    const std::string record(400, 'x');
    const std::vector<std::string_view> records(600, record);
    for (std::uint64_t done = 0; done < bytes;) {
      if (journal_->append(records)) {
        done += records.size() * record.size();
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    (void)journal_->wait_until_durable(journal_->next() - 1, std::chrono::minutes(5));
  }

 private:
  FileJournalSettings settings_;
  std::string folder_;
  FakeClock clock_;
  std::unique_ptr<PosixDisk> disk_;
  std::unique_ptr<FileJournal> journal_;
};

// The network thread's side alone; what waits is committed in pauses that are not measured.
void append(benchmark::State& state) {
  BenchedJournal journal;
  const std::string record(400, 'x');
  int since_pause = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(journal->append(record));
    if (++since_pause == 1'000) {
      since_pause = 0;
      state.PauseTiming();
      (void)journal->wait_until_durable(journal->next() - 1, std::chrono::seconds(10));
      state.ResumeTiming();
    }
  }
}
BENCHMARK(append);

// `clients` that each wait for their hit to be durable before they send the next, all on one thread, as behind one
// network thread that works 8 µs for each.
void closed_loop(benchmark::State& state) {
  FileJournalSettings settings;
  const auto clients = static_cast<std::size_t>(state.range(0));
  settings.linger = std::chrono::microseconds(state.range(1));
  BenchedJournal journal(settings);
  const std::string record(400, 'x');
  std::mutex mutex;
  std::condition_variable told;
  bool is_told = false;
  journal->subscribe([&] {
    {
      const std::lock_guard lock(mutex);
      is_told = true;
    }
    told.notify_one();
  });

  struct Sent {
    Position position;
    steady_clock::time_point at;
  };
  std::vector<Sent> sent;
  std::vector<double> waits;
  double work_seconds = 0;
  const auto send = [&] {
    const double begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    double now = begin;
    while (now - begin < 8e-6) now = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    work_seconds += now - begin;
    sent.push_back({*journal->append(record), steady_clock::now()});
  };
  const double cpu_begin = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto begin = steady_clock::now();
  for (std::size_t i = 0; i < clients; ++i) send();
  std::size_t next = 0;
  for (auto _ : state) {
    while (journal->durable() <= sent[next].position) {
      std::unique_lock lock(mutex);
      told.wait(lock, [&] { return is_told; });
      is_told = false;
    }
    waits.push_back(duration<double, std::micro>(steady_clock::now() - sent[next].at).count());
    ++next;
    send();
  }
  const double hits = static_cast<double>(waits.size());
  const double elapsed = duration<double>(steady_clock::now() - begin).count();
  const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin - work_seconds;
  std::sort(waits.begin(), waits.end());
  const JournalHealth health = journal->health();
  state.counters["hits/s"] = hits / elapsed;
  state.counters["cpu_us/hit"] = cpu * 1e6 / hits;
  state.counters["hits/commit"] = static_cast<double>(health.records) / static_cast<double>(health.commits);
  state.counters["commit_us"] =
      duration<double, std::micro>(health.commit_duration).count() / static_cast<double>(health.commits);
  state.counters["p50_us"] = waits[waits.size() / 2];
  state.counters["p99_us"] = waits[waits.size() * 99 / 100];
}
BENCHMARK(closed_loop)
    ->ArgNames({"clients", "linger_us"})
    ->ArgsProduct({{1, 8, 64, 256}, {0, 200, 400, 800}})
    ->UseRealTime();

void read(benchmark::State& state) {
  BenchedJournal journal;
  journal.fill(200'000'000);
  std::int64_t bytes = 0;
  std::int64_t records = 0;
  for (auto _ : state) {
    const auto reader = journal->read_from(0);
    for (;;) {
      const auto some = reader->read(10'000);
      if (!some || some->empty()) break;
      records += static_cast<std::int64_t>(some->size());
      for (const JournalRecord& record : *some) bytes += static_cast<std::int64_t>(record.bytes.size());
    }
  }
  state.SetBytesProcessed(bytes);
  state.SetItemsProcessed(records);
}
BENCHMARK(read)->UseRealTime()->Unit(benchmark::kMillisecond);

// From the call of open() until an append is durable, with this many MiB of backlog.
void start(benchmark::State& state) {
  BenchedJournal journal;
  journal.fill(static_cast<std::uint64_t>(state.range(0)) << 20U);
  for (auto _ : state) {
    journal.open();
    const auto position = journal->append("x");
    (void)journal->wait_until_durable(*position, std::chrono::seconds(10));
  }
}
BENCHMARK(start)->ArgName("MiB")->Arg(1)->Arg(63)->Arg(1'024)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace footfall
