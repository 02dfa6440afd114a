// The single consumer: moves hits from the journal to the store, exactly once.
//
// A thread of its own reads what is durable, gives each hit its visitor, session and enrichment, and commits rows and
// the new offset in one transaction. An unclear commit is settled by looking at the offset; a store that is gone is
// reopened with patience, while collecting goes on. Journal segments are released only below what a checkpoint made
// safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/enricher.h"
#include "app/live_feed.h"
#include "app/registry.h"
#include "app/salts.h"
#include "app/visit_tracker.h"
#include "domain/limits.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "ports/visit_store.h"

namespace footfall {

struct ProcessorSettings {
  std::chrono::milliseconds batch_wait = footfall::batch_wait;
  std::size_t batch_records = batch_records_max;
  std::uint64_t checkpoint_log_bytes = 32UL * 1'024 * 1'024;
  std::chrono::seconds checkpoint_interval{300};
  std::chrono::milliseconds reopen_wait{500};  // doubles up to 20 times this
  std::chrono::days dropped_kept{dropped_days_default};
};

struct ProcessorHealth {
  Position committed = 0;  // the first position that is not in the store
  std::uint64_t batches = 0;
  std::uint64_t hits = 0;
  std::uint64_t damaged_records = 0;  // could not be decoded: reported, left out
  std::uint64_t unmatched_engagements = 0;
  std::uint64_t completions = 0;  // hits of the edge that their page's script told more about
  std::uint64_t commit_failures = 0;
  std::chrono::nanoseconds last_commit{0};
  std::chrono::nanoseconds last_checkpoint{0};
};

class Processor {
 public:
  using Log = std::function<void(std::string_view line)>;

  // All outlive the processor. Nothing happens before `start` or `run_once`.
  Processor(Journal& journal, VisitStore& store, Salts& salts, const Registry& registry, const Knowledge& knowledge,
            LiveFeed& live, const Clock& clock, const SipKey& key, Log log, const ProcessorSettings& settings);
  ~Processor();

  void start();
  // Commits what is durable, checkpoints, and ends the thread. Error: what kept it from committing everything.
  Result<Done> stop();

  // One round in the caller's thread: reads at most one batch and stores it. True if there was one.
  // For tests and for programs that end (import). Error: the store refuses; nothing is lost, try again.
  Result<bool> run_once();
  Result<Done> checkpoint();
  // Lets go of what has been in the quarantine for long enough. As `checkpoint`, one thread at a time.
  Result<Done> forget_dropped();

  // Waits until everything below `position` is in the store. Any thread. Error: timed_out.
  Result<Done> wait_until_stored(Position position, std::chrono::milliseconds patience);

  [[nodiscard]] ProcessorHealth health() const;

 private:
  struct Batch;
  void loop();
  Result<Done> begin_at_offset();
  void interpret(Batch& batch, const JournalRecord& record);
  void complete(Batch& batch, const Completion& completion);
  void add_hit(Batch& batch, const Hit& hit, Position position);
  Result<Done> store(Batch& batch);
  void publish_progress(Position committed);
  bool pause(std::chrono::milliseconds time);

  Journal& journal_;
  VisitStore& store_;
  Salts& salts_;
  const Registry& registry_;
  LiveFeed& live_;
  const Clock& clock_;
  Log log_;
  ProcessorSettings settings_;

  Enricher enricher_;
  std::unique_ptr<VisitTracker> tracker_;  // null: begin again from what the store has
  std::unique_ptr<JournalReader> reader_;
  std::chrono::steady_clock::time_point last_checkpoint_;
  std::optional<std::chrono::steady_clock::time_point> last_forgetting_;

  mutable std::mutex mutex_;
  std::condition_variable progress_;
  std::condition_variable wake_;
  ProcessorHealth health_;
  bool stopping_ = false;
  bool durable_news_ = false;
  bool hurried_ = false;  // someone waits: a small batch does not
  std::uint64_t subscription_ = 0;
  std::thread thread_;
};

}  // namespace footfall
