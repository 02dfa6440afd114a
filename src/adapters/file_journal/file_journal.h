// The journal in files: segments in one folder, one commit at a time for all that wait.
//
// Two threads of its own. The flusher takes what waits, writes it as one frame, syncs, and tells. The housekeeper
// prepares the next segment, looks at the disk once a second, and removes what is released and old. Appending touches
// neither disk nor clock.
// Whoever opens it must hold the lock of the data folder: two journals in one folder would destroy each other.
// Format: docs/journal_format.md. Crash points (base/crash_point.h) stand where they are reached.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "adapters/file_journal/append_queue.h"
#include "adapters/file_journal/catalog.h"
#include "adapters/file_journal/recovery.h"
#include "adapters/file_journal/segment.h"
#include "base/guarded.h"
#include "domain/limits.h"
#include "ports/clock.h"
#include "ports/disk.h"
#include "ports/journal.h"

namespace footfall {

struct FileJournalSettings {
  // Whose journal it is; segments of another store are refused. None: that of the segments found, or a new one.
  std::optional<StoreId> store;
  // Numbers below it are given, whatever the journal holds: the store's offset.
  Position next_at_least = 0;

  std::uint64_t segment_bytes = segment_bytes_default;  // a multiple of 4,096; at least 8,192
  std::size_t queue_bytes_max = journal_queue_bytes_max;
  std::size_t queue_records_max = journal_queue_records_max;
  // How long a commit may wait for more to join it (AppendQueueSettings); journal_bench.cc says what it buys.
  std::chrono::microseconds linger{400};

  // Released segments are kept until they are older than this and more than this much is newer, whichever keeps more.
  // When appends would have to be refused for want of space, they go earlier.
  std::chrono::seconds retention_time = std::chrono::hours{24};
  std::uint64_t retention_bytes = 2ULL * 1'024 * 1'024 * 1'024;

  // Appends are refused while less than this is free on the disk. None: max(1 GiB, 5 % of the disk).
  std::optional<std::uint64_t> disk_reserve_bytes;
  // Appends are refused while more than this waits to be released: the store has been away for too long.
  std::uint64_t backlog_bytes_max = 8ULL * 1'024 * 1'024 * 1'024;

  std::chrono::milliseconds housekeeping_interval{1'000};
  // `by_hand`: no threads; commit_waiting() and keep_house() do their work, so that a simulation repeats exactly.
  enum class Drive { by_threads, by_hand };
  Drive drive = Drive::by_threads;
};

class FileJournal final : public Journal {
 public:
  // Recovers what is there (recovery.h) and takes appends from then on. `disk` and `clock` must outlive the journal.
  //   errors  invalid      the settings, or the segments are of another store
  //           unsupported  a later version of Footfall wrote them
  //           failed       the disk
  static Result<std::unique_ptr<FileJournal>> open(Disk& disk, const Clock& clock, const FileJournalSettings& settings);

  // Commits what waits, if the disk takes it, and ends. Called by the destructor; readers must be gone by then.
  void close();
  ~FileJournal() override;
  FileJournal(const FileJournal&) = delete;
  FileJournal& operator=(const FileJournal&) = delete;

  using Journal::append;
  Result<Position> append(std::span<const std::string_view> records) override;
  [[nodiscard]] Position durable() const override { return durable_.load(std::memory_order_acquire); }
  Result<Done> wait_until_durable(Position position, std::chrono::milliseconds patience) override;
  std::uint64_t subscribe(std::function<void()> notify) override;
  void unsubscribe(std::uint64_t subscription) override;
  [[nodiscard]] bool failed() const override { return failed_.load(std::memory_order_acquire); }
  std::unique_ptr<JournalReader> read_from(Position from) override;
  [[nodiscard]] Position first() const override;
  [[nodiscard]] Position next() const override { return queue_.next(); }
  void release(Position position) override;
  Position part() override { return queue_.part(); }
  Result<Done> discard(Position position) override;
  void limit_age(std::optional<std::chrono::seconds> age) override;
  [[nodiscard]] JournalHealth health() const override;

  [[nodiscard]] const StoreId& store() const { return store_; }

  // What the two threads do, once and on the caller's; with Drive::by_hand only.
  // Errors of commit_waiting: unavailable (no room now, it goes on waiting), failed (for good).
  Result<Done> commit_waiting();
  void keep_house();

 private:
  FileJournal(Disk& disk, const Clock& clock, const FileJournalSettings& settings, std::unique_ptr<Catalog> catalog,
              Recovered recovered);

  // The flusher's.
  void flush_until_closed();
  Result<Done> commit(WaitingFrame& frame);
  Result<Done> roll(Position first);
  void publish(std::uint32_t records, std::chrono::nanoseconds duration);
  bool wait_for_next_segment();

  // The housekeeper's.
  void keep_house_until_closed();
  void remove_old_segments();
  bool remove_released_segment();
  Result<Done> remove_files_below(Position position);
  [[nodiscard]] bool is_parted(const WaitingFrame& frame) const;
  JournalRefusal look_at_disk();
  bool backlog_is_too_large() const;
  void prepare_next_segment(Pace pace);

  // Any thread's.
  void fail(const Error& error);
  void tell();
  void call_house();

  Disk& disk_;
  const Clock& clock_;
  const FileJournalSettings settings_;
  const StoreId store_;
  const std::unique_ptr<Catalog> catalog_;
  AppendQueue queue_;

  // The flusher's own.
  std::optional<SegmentWriter> active_;
  std::uint32_t chain_;  // the CRC of the last frame

  // The prepared segment: the housekeeper puts it there, the flusher takes it. Each has a name of its own, so that one
  // can be prepared while the last is still on its way to its final name.
  struct PreparedSegment {
    std::string name;
    std::unique_ptr<DiskFile> file;
  };
  mutable std::mutex next_segment_mutex_;
  std::condition_variable next_segment_ready_;
  std::optional<PreparedSegment> next_segment_;
  std::uint64_t segments_prepared_ = 0;  // the housekeeper's own

  std::atomic<Position> durable_{0};
  std::atomic<bool> failed_{false};
  std::atomic<JournalRefusal> refusal_{JournalRefusal::none};
  std::atomic<bool> disk_full_{false};
  std::atomic<std::uint64_t> disk_free_bytes_{0};
  std::atomic<Position> released_{0};
  std::atomic<std::int64_t> age_max_seconds_{0};  // 0: none
  std::mutex removing_mutex_;                     // one removes at a time

  std::mutex waiters_mutex_;
  std::condition_variable waiters_;
  std::size_t waiting_threads_ = 0;

  struct Subscriptions {
    std::uint64_t last = 0;
    std::map<std::uint64_t, std::function<void()>> notify;
  };
  Guarded<Subscriptions> subscriptions_;

  struct Counts {
    std::string failure;
    std::uint64_t commits = 0;
    std::uint64_t records = 0;
    std::uint64_t fsync_failures = 0;
    std::chrono::nanoseconds commit_duration{0};
    std::chrono::nanoseconds commit_duration_max{0};
    std::uint64_t truncated_bytes = 0;
    std::chrono::nanoseconds recovery_duration{0};
  };
  Guarded<Counts> counts_;

  std::mutex house_mutex_;
  std::condition_variable house_wake_;
  bool house_called_ = false;
  bool house_ends_ = false;
  std::atomic<bool> closing_{false};  // the flusher does not wait for a full disk any more

  std::thread flusher_;
  std::thread housekeeper_;
};

}  // namespace footfall
