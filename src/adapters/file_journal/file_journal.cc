#include "adapters/file_journal/file_journal.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "adapters/file_journal/journal_reader.h"
#include "base/crash_point.h"

namespace footfall {
namespace {

using std::chrono::steady_clock;

// Rather refuse early and visibly than fill a disk that the store and the rest of the machine live on as well.
constexpr std::uint64_t disk_reserve_bytes_min = 1ULL * 1'024 * 1'024 * 1'024;
constexpr std::uint64_t disk_reserve_fraction = 20;  // a twentieth: 5 %
// wait_for adds the duration to a clock; what is larger than this would overflow it.
constexpr std::chrono::milliseconds patience_max = std::chrono::hours{24};

std::size_t payload_bytes_max(const FileJournalSettings& settings) {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(frame_bytes_max, settings.segment_bytes - segment_header_bytes - frame_header_bytes));
}

Error stopped() { return {ErrorCode::failed, "the journal has stopped"}; }

}  // namespace

// --- Opening and closing ---

Result<std::unique_ptr<FileJournal>> FileJournal::open(Disk& disk, const Clock& clock,
                                                       const FileJournalSettings& settings) {
  if (settings.segment_bytes % segment_header_bytes != 0 || settings.segment_bytes < 2 * segment_header_bytes) {
    return Error{ErrorCode::invalid, "a journal segment is a multiple of 4096 bytes, and at least two of them"};
  }
  const auto begin = steady_clock::now();
  auto catalog = std::make_unique<Catalog>();
  auto recovered = recover(
      disk, {.store = settings.store, .segment_bytes = settings.segment_bytes, .next_at_least = settings.next_at_least},
      *catalog);
  if (!recovered) return recovered.error();
  const std::uint64_t truncated_bytes = recovered->truncated_bytes;
  std::unique_ptr<FileJournal> journal(
      new FileJournal(disk, clock, settings, std::move(catalog), std::move(*recovered)));

  // Where nothing can be written on, the first segment is prepared now, so that the first hit does not wait for it.
  if (!journal->active_) journal->prepare_next_segment(Pace::at_once);
  if (journal->failed()) return Error{ErrorCode::failed, journal->health().failure};
  journal->refusal_ = journal->look_at_disk();
  journal->counts_.with([&](Counts& counts) {
    counts.truncated_bytes = truncated_bytes;
    counts.recovery_duration = steady_clock::now() - begin;
  });
  if (settings.drive == FileJournalSettings::Drive::by_threads) {
    journal->flusher_ = std::thread([self = journal.get()] { self->flush_until_closed(); });
    journal->housekeeper_ = std::thread([self = journal.get()] { self->keep_house_until_closed(); });
  }
  return journal;
}

FileJournal::FileJournal(Disk& disk, const Clock& clock, const FileJournalSettings& settings,
                         std::unique_ptr<Catalog> catalog, Recovered recovered)
    : disk_(disk),
      clock_(clock),
      settings_(settings),
      store_(recovered.store),
      catalog_(std::move(catalog)),
      queue_({.payload_bytes_max = payload_bytes_max(settings),
              .waiting_bytes_max = settings.queue_bytes_max,
              .waiting_records_max = settings.queue_records_max,
              .linger = settings.linger},
             recovered.next),
      active_(std::move(recovered.active)),
      chain_(recovered.chain),
      durable_(recovered.next) {
  queue_.set_room(active_ ? active_->room() : 0);
}

FileJournal::~FileJournal() { close(); }

void FileJournal::close() {
  if (closing_.exchange(true)) return;
  queue_.close();
  if (settings_.drive == FileJournalSettings::Drive::by_hand) {
    (void)commit_waiting();  // what the disk does not take was never acknowledged
  } else if (flusher_.joinable()) {
    { const std::lock_guard lock(next_segment_mutex_); }  // whoever is about to wait sees `closing_`
    next_segment_ready_.notify_all();
    flusher_.join();
    {
      const std::lock_guard lock(house_mutex_);
      house_ends_ = true;
    }
    house_wake_.notify_all();
    housekeeper_.join();
  }
  if (!failed() && queue_.waiting_records() > 0) {
    fail({ErrorCode::unavailable, "the disk was full until the journal was closed; what waited was not acknowledged"});
  }
}

// --- Appending, waiting, reading: any thread ---

Result<Position> FileJournal::append(std::span<const std::string_view> records) {
  if (failed()) return stopped();
  if (const auto refusal = refusal_.load(std::memory_order_relaxed); refusal != JournalRefusal::none) {
    return Error{ErrorCode::unavailable, "the journal takes nothing now: " + std::string(name_of(refusal))};
  }
  auto position = queue_.push(records);
  crash_point("after_append");  // the records have positions and are in memory alone
  return position;
}

Result<Done> FileJournal::wait_until_durable(Position position, std::chrono::milliseconds patience) {
  if (durable() > position) return Done{};
  std::unique_lock lock(waiters_mutex_);
  ++waiting_threads_;
  waiters_.wait_for(lock, std::min(patience, patience_max), [&] { return durable() > position || failed(); });
  --waiting_threads_;
  if (durable() > position) return Done{};
  if (failed()) return stopped();
  return Error{ErrorCode::timed_out, "the record is not on disk yet"};
}

std::uint64_t FileJournal::subscribe(std::function<void()> notify) {
  return subscriptions_.with([&](Subscriptions& subscriptions) {
    subscriptions.notify.emplace(++subscriptions.last, std::move(notify));
    return subscriptions.last;
  });
}

void FileJournal::unsubscribe(std::uint64_t subscription) {
  subscriptions_.with([&](Subscriptions& subscriptions) { subscriptions.notify.erase(subscription); });
}

void FileJournal::tell() {
  {
    const std::lock_guard lock(waiters_mutex_);
    if (waiting_threads_ > 0) waiters_.notify_all();
  }
  subscriptions_.with([](const Subscriptions& subscriptions) {
    for (const auto& [number, notify] : subscriptions.notify) notify();
  });
}

std::unique_ptr<JournalReader> FileJournal::read_from(Position from) {
  return std::make_unique<FileJournalReader>(disk_, *catalog_, std::max(from, first()));
}

Position FileJournal::first() const {
  const auto oldest = catalog_->oldest();
  return oldest ? oldest->header.first : durable();
}

void FileJournal::release(Position position) {
  // A reader may be a moment ahead of durable(), never ahead of the catalog.
  FOOTFALL_ASSERT(position <= std::max(durable(), catalog_->end()));
  Position released = released_.load(std::memory_order_relaxed);
  while (released < position && !released_.compare_exchange_weak(released, position)) {
  }
  call_house();
}

JournalHealth FileJournal::health() const {
  JournalHealth health;
  health.refusal = refusal_.load(std::memory_order_relaxed);
  if (health.refusal == JournalRefusal::none && disk_full_.load(std::memory_order_relaxed)) {
    health.refusal = JournalRefusal::disk_full;
  }
  for (const Segment& segment : catalog_->all()) {
    ++health.segments;
    health.bytes += segment.file_bytes;
  }
  {
    const std::lock_guard lock(next_segment_mutex_);
    if (next_segment_) health.bytes += settings_.segment_bytes;
  }
  health.disk_free_bytes = disk_free_bytes_.load(std::memory_order_relaxed);
  health.waiting_records = queue_.waiting_records();
  auto damage = catalog_->damage();
  health.quarantined_frames = damage.stretches;
  health.damaged = std::move(damage.newest);
  counts_.with([&](const Counts& counts) {
    health.failure = counts.failure;
    health.commits = counts.commits;
    health.records = counts.records;
    health.commit_duration = counts.commit_duration;
    health.commit_duration_max = counts.commit_duration_max;
    health.fsync_failures = counts.fsync_failures;
    health.truncated_bytes = counts.truncated_bytes;
    health.recovery_duration = counts.recovery_duration;
  });
  return health;
}

// --- Committing: the flusher, or the caller of commit_waiting() ---

void FileJournal::flush_until_closed() {
  ::pthread_setname_np(::pthread_self(), "journal-flush");
  while (WaitingFrame* frame = queue_.take()) {
    const auto committed = commit(*frame);
    if (committed) continue;
    if (committed.error().code != ErrorCode::unavailable) return fail(committed.error());
    if (!wait_for_next_segment()) return;
  }
}

Result<Done> FileJournal::commit_waiting() {
  FOOTFALL_ASSERT(settings_.drive == FileJournalSettings::Drive::by_hand);
  if (failed()) return stopped();
  while (WaitingFrame* frame = queue_.take_now()) {
    auto committed = commit(*frame);
    if (!committed && committed.error().code == ErrorCode::unavailable) {
      prepare_next_segment(Pace::at_once);
      if (failed()) return stopped();
      committed = commit(*frame);
    }
    if (committed) continue;
    if (committed.error().code != ErrorCode::unavailable) fail(committed.error());
    return committed;
  }
  return Done{};
}

// Errors: unavailable (there is no segment to write on; nothing has happened), failed (for good).
Result<Done> FileJournal::commit(WaitingFrame& frame) {
  const auto begin = steady_clock::now();
  const std::uint64_t bytes = frame_bytes(frame.bytes.size() - frame_header_bytes);
  if (!active_ || active_->room() < bytes || is_parted(frame)) {
    if (auto rolled = roll(frame.first); !rolled) return rolled;
  }
  crash_point("before_write");  // nothing of the group is in the file
  if (const auto written = active_->write(frame.bytes, frame.first, frame.records, clock_.now()); !written) {
    return Error{ErrorCode::failed, written.error().what};
  }
  crash_point("before_sync");  // the group is in the page cache, nobody has been told
  if (const auto synced = active_->sync(); !synced) {
    counts_.with([](Counts& counts) { ++counts.fsync_failures; });
    return Error{ErrorCode::failed, synced.error().what};
  }
  crash_point("before_publish");  // the group is on disk, nobody has been told
  chain_ = active_->chain();
  FOOTFALL_ASSERT(frame.first == durable());
  const std::uint32_t records = frame.records;
  queue_.done(active_->room());
  publish(records, steady_clock::now() - begin);
  return Done{};
}

// Whether the frame should not lie with what is before it: because it was asked for, or because that is too old. Hits
// are not kept waiting for it: without a prepared segment, it stays where it is.
bool FileJournal::is_parted(const WaitingFrame& frame) const {
  if (active_->header().first >= frame.first) return false;
  const std::chrono::seconds age_max(age_max_seconds_.load(std::memory_order_relaxed));
  const bool is_old = age_max.count() > 0 && active_->header().created + age_max <= clock_.now();
  if (!frame.parted && !is_old) return false;
  const std::lock_guard lock(next_segment_mutex_);
  return next_segment_.has_value();
}

void FileJournal::publish(std::uint32_t records, std::chrono::nanoseconds duration) {
  const Position end = durable() + records;
  catalog_->grow(active_->offset(), end);
  durable_.store(end, std::memory_order_release);
  counts_.with([&](Counts& counts) {
    ++counts.commits;
    counts.records += records;
    counts.commit_duration += duration;
    counts.commit_duration_max = std::max(counts.commit_duration_max, duration);
  });
  tell();
}

// Goes over to the prepared segment, whose records begin at `first`. Errors as commit().
Result<Done> FileJournal::roll(Position first) {
  std::optional<PreparedSegment> next;
  {
    const std::lock_guard lock(next_segment_mutex_);
    next_segment_.swap(next);
  }
  if (!next) return Error{ErrorCode::unavailable, "there is no room for another journal segment"};
  const SegmentHeader header{
      .store = store_, .salt = random_salt(), .chain = chain_, .first = first, .created = clock_.now()};
  // The header is on disk before the file has a name that recovery would believe.
  if (const auto written = next->file->write(0, encode(header)); !written) {
    return Error{ErrorCode::failed, written.error().what};
  }
  if (const auto synced = next->file->sync(); !synced) {
    counts_.with([](Counts& counts) { ++counts.fsync_failures; });
    return Error{ErrorCode::failed, synced.error().what};
  }
  crash_point("segment_roll");  // the segment is ready under a name that the next start removes
  if (auto renamed = disk_.rename(next->name, segment_name(first)); !renamed) {
    // A folder may need another block for the name.
    const std::lock_guard lock(next_segment_mutex_);
    if (renamed.error().code == ErrorCode::unavailable) next_segment_ = std::move(next);
    return renamed;
  }
  crash_point("segment_rolled");  // it has its name, though perhaps not on disk
  if (const auto synced = disk_.sync_folder(); !synced) return Error{ErrorCode::failed, synced.error().what};
  active_.emplace(std::move(next->file), header, settings_.segment_bytes, segment_header_bytes, header.chain);
  catalog_->add({.header = header,
                 .file_bytes = settings_.segment_bytes,
                 .limit = segment_header_bytes,
                 .end = first,
                 .newest = true});
  queue_.set_room(active_->room());
  call_house();
  return Done{};
}

// False when there will be none, because the journal closes while the disk is full.
bool FileJournal::wait_for_next_segment() {
  std::unique_lock lock(next_segment_mutex_);
  const auto gives_up = [&] { return failed() || (closing_ && disk_full_); };
  if (next_segment_) {
    // There is one, and the folder did not take its name: that is tried again like all that needs space.
    next_segment_ready_.wait_for(lock, settings_.housekeeping_interval, gives_up);
  } else {
    next_segment_ready_.wait(lock, [&] { return next_segment_ || gives_up(); });
  }
  return !gives_up();
}

void FileJournal::fail(const Error& error) {
  counts_.with([&](Counts& counts) {
    if (counts.failure.empty()) counts.failure = error.what;
  });
  failed_.store(true, std::memory_order_release);
  queue_.close();
  { const std::lock_guard lock(next_segment_mutex_); }  // whoever is about to wait sees `failed_`
  next_segment_ready_.notify_all();
  tell();
}

// --- Housekeeping: its thread, or the caller of keep_house() ---

void FileJournal::keep_house_until_closed() {
  ::pthread_setname_np(::pthread_self(), "journal-house");
  for (;;) {
    keep_house();
    std::unique_lock lock(house_mutex_);
    house_wake_.wait_for(lock, settings_.housekeeping_interval, [&] { return house_called_ || house_ends_; });
    if (house_ends_) return;
    house_called_ = false;
  }
}

void FileJournal::call_house() {
  {
    const std::lock_guard lock(house_mutex_);
    house_called_ = true;
  }
  house_wake_.notify_one();
}

void FileJournal::keep_house() {
  if (failed()) return;
  remove_old_segments();
  JournalRefusal refusal = look_at_disk();
  if (refusal == JournalRefusal::none && backlog_is_too_large()) refusal = JournalRefusal::backlog;
  refusal_.store(refusal, std::memory_order_relaxed);
  prepare_next_segment(Pace::in_steps);  // beside it, commits go on
}

void FileJournal::remove_old_segments() {
  const auto segments = catalog_->all();
  std::uint64_t newer_bytes = 0;
  for (const Segment& segment : segments) newer_bytes += segment.file_bytes;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    newer_bytes -= segments[i].file_bytes;
    // It was written until the next one began.
    const Instant ended = segments[i + 1].header.created;
    const std::chrono::seconds age_max(age_max_seconds_.load(std::memory_order_relaxed));
    const bool is_too_old = age_max.count() > 0 && ended + age_max <= clock_.now();
    const bool is_old = ended + settings_.retention_time <= clock_.now() && newer_bytes >= settings_.retention_bytes;
    if ((!is_old && !is_too_old) || !remove_released_segment()) return;
  }
}

// Removes the oldest segment if all of it is released. False if there is none, or the disk would not.
bool FileJournal::remove_released_segment() {
  const std::lock_guard lock(removing_mutex_);
  const auto oldest = catalog_->oldest();
  if (!oldest || oldest->newest || oldest->end > released_.load()) return false;
  catalog_->remove_oldest();  // first, so that no reader looks for a file that is gone
  crash_point("segment_remove");
  const bool removed = disk_.remove(segment_name(oldest->header.first)).has_value();
  crash_point("segment_removed");  // either may be on disk after a power cut: a released segment does no harm
  return removed && disk_.sync_folder().has_value();
}

Result<Done> FileJournal::discard(Position position) {
  if (failed()) return stopped();
  if (position > released_.load()) return Error{ErrorCode::invalid, "what is not released cannot be discarded"};
  const bool begins_there = catalog_->beginning_at(position).has_value();
  if (!begins_there && position > first()) {
    return Error{ErrorCode::unavailable, "the journal is not parted there"};
  }
  const std::lock_guard lock(removing_mutex_);
  for (auto oldest = catalog_->oldest(); oldest && !oldest->newest && oldest->end <= position;
       oldest = catalog_->oldest()) {
    catalog_->remove_oldest();  // first, so that no reader looks for a file that is gone
  }
  return remove_files_below(position);
}

// By what is in the folder, so that what an earlier attempt or a power cut has left goes as well.
Result<Done> FileJournal::remove_files_below(Position position) {
  auto names = disk_.list();
  if (!names) return names.error();
  // The oldest first: what is left after a crash has no gap. Before them what was set aside: as long as a segment is
  // left, it is known that something is to be removed.
  std::sort(names->begin(), names->end());
  std::stable_partition(names->begin(), names->end(),
                        [](const std::string& name) { return name.size() != segment_name(0).size(); });
  const Position oldest = first();
  for (const std::string& name : *names) {
    // "00000000000000012345.journal", and what was set aside of it: that name and more.
    const auto first = parse_segment_name(std::string_view(name).substr(0, segment_name(0).size()));
    const bool is_segment = name.size() == segment_name(0).size();
    if (!first || *first >= position || (is_segment && *first >= oldest)) continue;
    crash_point("discard_remove");  // segments below may be gone, or not: all of them are in the store
    if (const auto removed = disk_.remove(name); !removed) return Error{ErrorCode::failed, removed.error().what};
  }
  if (const auto synced = disk_.sync_folder(); !synced) return Error{ErrorCode::failed, synced.error().what};
  crash_point("discarded");
  return Done{};
}

void FileJournal::limit_age(std::optional<std::chrono::seconds> age) {
  age_max_seconds_.store(age ? std::max<std::int64_t>(age->count(), 1) : 0, std::memory_order_relaxed);
  call_house();
}

JournalRefusal FileJournal::look_at_disk() {
  for (;;) {
    const auto space = disk_.space();
    if (!space) return JournalRefusal::none;  // writing will tell
    disk_free_bytes_.store(space->free, std::memory_order_relaxed);
    const std::uint64_t reserve =
        settings_.disk_reserve_bytes.value_or(std::max(disk_reserve_bytes_min, space->total / disk_reserve_fraction));
    // What is freed drop by drop must not switch the journal on and off with every drop.
    const bool refuses = refusal_.load(std::memory_order_relaxed) == JournalRefusal::disk_reserve;
    if (space->free >= (refuses ? reserve + reserve / 10 : reserve)) return JournalRefusal::none;
    // Keeping what the store has already is a wish; taking new hits is the purpose.
    if (!remove_released_segment()) return JournalRefusal::disk_reserve;
  }
}

bool FileJournal::backlog_is_too_large() const {
  const Position stored = std::max(released_.load(), settings_.next_at_least);
  std::uint64_t bytes = 0;
  for (const Segment& segment : catalog_->all()) {
    if (segment.end > stored) bytes += segment.limit;
  }
  const bool refuses = refusal_.load(std::memory_order_relaxed) == JournalRefusal::backlog;
  return bytes > (refuses ? settings_.backlog_bytes_max / 10 * 9 : settings_.backlog_bytes_max);
}

void FileJournal::prepare_next_segment(Pace pace) {
  {
    const std::lock_guard lock(next_segment_mutex_);
    if (next_segment_) return;
  }
  crash_point("segment_prepare");
  const std::string name = "next-" + std::to_string(++segments_prepared_) + std::string(unfinished_suffix);
  auto prepared = prepare_segment(disk_, name, settings_.segment_bytes, pace);
  while (!prepared && prepared.error().code == ErrorCode::unavailable && remove_released_segment()) {
    prepared = prepare_segment(disk_, name, settings_.segment_bytes, pace);
  }
  if (!prepared && prepared.error().code != ErrorCode::unavailable) return fail(prepared.error());
  disk_full_ = !prepared;
  queue_.limit_to_room(!prepared);
  {
    const std::lock_guard lock(next_segment_mutex_);
    if (prepared) next_segment_.emplace(PreparedSegment{name, std::move(*prepared)});
  }
  next_segment_ready_.notify_all();
}

}  // namespace footfall
