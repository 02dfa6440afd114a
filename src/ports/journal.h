// The durable, append-only queue between collecting and storing.
//
// A record is durable once its bytes are on disk (`durable()` is beyond it): only then may its hit be answered 2xx.
// Records are read in the order of their positions, by one processor, and are kept until released; longer, as the
// retention settings say, unless they are discarded.
// A write or sync that fails stops the journal for good (`failed()`): nothing that waits is acknowledged, the process
// should end, and recovery at the next start finds what is really on disk. A full disk is no failure: appends are
// refused as `unavailable` until there is room again.
// The format of the file journal is docs/journal_format.md; testing/journal_contract.h holds every Journal to this
// page.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/hit.h"

namespace footfall {

// One record as read back. `bytes` is valid until the next read of the same reader.
struct JournalRecord {
  Position position = 0;
  Instant appended;  // when its group was committed
  std::string_view bytes;
};

// Reads durable records in order. One thread at a time; several readers may exist.
class JournalReader {
 public:
  virtual ~JournalReader() = default;

  // The next records, up to `records_max` of them and about frame_bytes_max bytes; empty: nothing more is durable yet.
  // A damaged stretch is skipped, reported once in `JournalHealth`, and never repeats or reorders what is around it.
  //   errors   failed   the disk refused to give bytes
  virtual Result<std::span<const JournalRecord>> read(std::size_t records_max) = 0;

  // Where the next read begins.
  [[nodiscard]] virtual Position position() const = 0;
};

// Bytes on disk that are not what was written. The records from `from` up to `to` are lost with them (none when the two
// are equal); `kept_as` names the file in which the bytes were set aside, where that could be done.
struct DamagedStretch {
  Position from = 0;
  Position to = 0;
  std::string kept_as;
};
// Health tells of the newest ones; all are counted.
inline constexpr std::size_t damaged_stretches_max = 100;

// Why appends are refused as `unavailable` at this moment; while the disk is full, those that still fit are taken.
enum class JournalRefusal { none, disk_full, disk_reserve, backlog };
std::string_view name_of(JournalRefusal refusal);

struct JournalHealth {
  std::string failure;  // why the journal has stopped; empty: it has not
  JournalRefusal refusal = JournalRefusal::none;
  std::uint64_t bytes = 0;  // on disk, preallocation included
  std::uint64_t segments = 0;
  std::uint64_t disk_free_bytes = 0;            // a second ago; 0 where there is no disk
  std::uint64_t waiting_records = 0;            // appended, not yet durable
  std::uint64_t commits = 0;                    // group commits since the start
  std::uint64_t records = 0;                    // in those commits
  std::chrono::nanoseconds commit_duration{0};  // all of them together, write and sync
  std::chrono::nanoseconds commit_duration_max{0};
  std::uint64_t fsync_failures = 0;
  std::uint64_t truncated_bytes = 0;     // torn tail cut at recovery
  std::uint64_t quarantined_frames = 0;  // damaged stretches met, at recovery and by readers
  std::vector<DamagedStretch> damaged;   // the newest of them
  std::chrono::nanoseconds recovery_duration{0};
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Puts records behind one another, all or none, to be committed together with whatever else waits.
  // Returns at once: the records are durable when `durable()` is beyond the last of them.
  //   records  each 1 to record_bytes_max bytes; together, counting 3 more for each, at most frame_bytes_max; opaque
  //   returns  the position of the first; the others follow without gaps
  //   errors   invalid      no record at all, or an empty one
  //            too_large    over one of the two limits
  //            unavailable  no room (disk or queue); nothing was appended: try again later
  //            failed       the journal has stopped
  //   threads  any
  virtual Result<Position> append(std::span<const std::string_view> records) = 0;
  Result<Position> append(std::string_view record) { return append(std::span(&record, 1)); }

  // Every record below this position is on disk. Never goes back. Any thread; no cost.
  [[nodiscard]] virtual Position durable() const = 0;

  // Waits until `durable()` is beyond `position`. Any thread.
  //   errors   failed     the journal has stopped and the record may not be on disk
  //            timed_out  not within `patience`
  virtual Result<Done> wait_until_durable(Position position, std::chrono::milliseconds patience) = 0;

  // Calls `notify` after every commit, and when the journal fails, from whichever thread commits: it must only hand on,
  // and not come back to the journal's subscriptions.
  // Returns a number for `unsubscribe`, after which `notify` is not called any more.
  virtual std::uint64_t subscribe(std::function<void()> notify) = 0;
  virtual void unsubscribe(std::uint64_t subscription) = 0;

  // True once the journal has stopped for good.
  [[nodiscard]] virtual bool failed() const = 0;

  // A reader that begins at `from`, or at the oldest record kept if that is later.
  virtual std::unique_ptr<JournalReader> read_from(Position from) = 0;
  // The oldest position kept, and the one the next append will get.
  [[nodiscard]] virtual Position first() const = 0;
  [[nodiscard]] virtual Position next() const = 0;

  // Records below `position` rest safely elsewhere and may go once they are older than the retention setting.
  virtual void release(Position position) = 0;

  // Parts what is appended from now on from all before it, so that the latter can be discarded. Returns where: the
  // position of the next append. Any thread; no cost by itself.
  virtual Position part() = 0;
  // Removes every record below `position` from the disk, whatever the retention settings say; when it returns, that is
  // durable. Bytes that were set aside of them go too.
  //   position  where the journal was parted, or at most first()
  //   errors    invalid      something below it is not released
  //             unavailable  something was appended there, but could not be parted for want of room, or nothing is
  //                          durable beyond it yet: nothing was removed; part again
  //             failed       the disk refused; some of it may be left: try again
  //   threads   any
  virtual Result<Done> discard(Position position) = 0;

  // From now on released records go once they are older than this, whatever else the retention settings say; at the
  // latest when they are twice as old, as long as something is appended now and then. None: as the settings say.
  // Any thread.
  virtual void limit_age(std::optional<std::chrono::seconds> age) = 0;

  [[nodiscard]] virtual JournalHealth health() const = 0;
};

}  // namespace footfall
