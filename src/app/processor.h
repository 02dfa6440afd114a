// The single consumer: moves hits from the journal to the store, exactly once.
//
// A thread of its own reads what is durable, gives each hit its visitor, session and enrichment, and commits rows and
// the new offset in one transaction. An unclear commit is settled by looking at the offset; a store that is gone is
// reopened with patience, while collecting goes on. Journal segments are released only below what a checkpoint made
// safe.
// Of an address goes on what the site keeps of it, after visitor and place were told by all of it. What has been kept
// for long enough goes every hour; what an erasure in the journal means goes when it is met.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

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
  // How often it is looked for what has been kept for long enough; none: only when asked.
  std::optional<std::chrono::seconds> prune_interval{std::chrono::seconds(3'600)};
};

struct ProcessorHealth {
  Position committed = 0;  // the first position that is not in the store
  std::uint64_t batches = 0;
  std::uint64_t hits = 0;
  std::uint64_t damaged_records = 0;  // could not be decoded: reported, left out
  std::uint64_t unmatched_engagements = 0;
  std::uint64_t completions = 0;  // hits of the edge that their page's script told more about
  std::uint64_t commit_failures = 0;
  std::uint64_t erased = 0;  // rows, on request
  std::uint64_t pruned = 0;  // rows, addresses and user agents, by age
  std::uint64_t erasures_given_up = 0;
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

  // What became of the erasure recorded at `position`, once everything below `wait_until_stored` of it is in: how many
  // rows went. Errors: failed (the store could not); not_found (it was never met, or that is long ago).
  Result<std::uint64_t> erased(Position position) const;

  // Runs in the processor's own thread, between two batches: nothing else touches the store meanwhile. Without a
  // thread, in the caller's. Errors: those of `work`; timed_out (it has not begun within `patience`, and never will).
  Result<Done> perform(const std::function<Result<Done>()>& work, std::chrono::milliseconds patience);

  // Lets what the sites' settings say go now, or only counts it. Of one site, or of all. Any thread.
  enum class Pruning { counts_only, now };
  Result<std::vector<Pruned>> prune(const std::optional<std::string>& site, Pruning pruning);
  // Drops all below `parted` from the journal, after moving it into the store for good. Any thread.
  // Errors: those of Journal::discard and VisitStore::checkpoint; timed_out.
  Result<Done> discard(Position parted);
  // Below it the journal may hold nothing that was erased. Known once `run_once` was called.
  [[nodiscard]] Position erased_below() const;

  [[nodiscard]] ProcessorHealth health() const;
  // What sites keep of addresses.
  [[nodiscard]] const AddressKeeper& keeper() const { return keeper_; }

 private:
  struct Batch;
  struct Job {
    std::function<Result<Done>()> work;
    bool begun = false;
    std::optional<Result<Done>> outcome;
  };
  void loop();
  Result<Done> begin_at_offset();
  void interpret(Batch& batch, const JournalRecord& entry, const Record& record);
  void complete(Batch& batch, const Completion& completion);
  void add_hit(Batch& batch, const Hit& hit, Position position, const StoredAddress& hashed = {});
  void enrich(Batch& batch, EnrichedHit& hit);
  Result<Done> store(Batch& batch);
  Result<Done> erase(std::span<const Erasure> erasures, Position from, Position to);
  // True if it is stored all the same, up to `to`. Error: the one given, or why it cannot be known.
  Result<Done> settle(const Error& error, Position to);
  void run_jobs();
  void end_jobs();
  void let_go_if_due();
  void prune_all();
  [[nodiscard]] std::vector<Expiry> expiries(const std::optional<std::string>& site) const;
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

  AddressKeeper keeper_;
  Enricher enricher_;
  std::unique_ptr<VisitTracker> tracker_;  // null: begin again from what the store has
  std::unique_ptr<JournalReader> reader_;
  std::chrono::steady_clock::time_point last_checkpoint_;
  std::optional<std::chrono::steady_clock::time_point> last_letting_go_;
  int erasing_attempts_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable progress_;
  std::condition_variable wake_;
  ProcessorHealth health_;
  std::deque<std::shared_ptr<Job>> jobs_;             // shared with whoever waits, who may give up waiting
  std::map<Position, Result<std::uint64_t>> erased_;  // the newest outcomes, by the position of the first record
  Position erased_below_ = 0;
  bool running_ = false;  // the thread takes jobs
  bool stopping_ = false;
  bool durable_news_ = false;
  bool hurried_ = false;  // someone waits: a small batch does not
  std::uint64_t subscription_ = 0;
  std::thread thread_;
};

}  // namespace footfall
