#include "testing/memory_journal.h"

#include <algorithm>
#include <vector>

#include "domain/limits.h"

namespace footfall {

class MemoryJournalReader final : public JournalReader {
 public:
  MemoryJournalReader(MemoryJournal& journal, Position from) : journal_(journal), position_(from) {}

  Result<std::span<const JournalRecord>> read(std::size_t records_max) override {
    const std::lock_guard lock(journal_.mutex_);
    records_.clear();
    std::size_t bytes = 0;
    position_ = std::max(position_, journal_.first_);  // what was discarded since is not read
    while (position_ < journal_.durable_ && records_.size() < records_max && bytes < frame_bytes_max) {
      const auto& kept = journal_.records_[position_ - journal_.first_];
      records_.push_back({.position = position_, .appended = kept.appended, .bytes = kept.bytes});
      bytes += kept.bytes.size();
      ++position_;
    }
    return std::span<const JournalRecord>(records_);
  }
  [[nodiscard]] Position position() const override { return position_; }

 private:
  MemoryJournal& journal_;
  Position position_;
  std::vector<JournalRecord> records_;
};

Result<Position> MemoryJournal::append(std::span<const std::string_view> records) {
  std::size_t bytes = 0;
  for (const std::string_view record : records) {
    if (record.empty()) return Error{ErrorCode::invalid, "a record has at least one byte"};
    if (record.size() > record_bytes_max) return Error{ErrorCode::too_large, "the record is too long"};
    bytes += record.size() + 3;
  }
  if (records.empty()) return Error{ErrorCode::invalid, "there is no record to append"};
  if (bytes > frame_bytes_max) return Error{ErrorCode::too_large, "the records together are too long"};

  Position position = 0;
  bool told = false;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return Error{ErrorCode::failed, "the journal has stopped"};
    if (refusal_ != JournalRefusal::none) return Error{ErrorCode::unavailable, "the journal takes nothing now"};
    position = first_ + records_.size();
    for (const std::string_view record : records) records_.push_back({clock_.now(), std::string(record)});
    told = !held_;
    if (told) commit_locked();
  }
  if (told) tell();
  return position;
}

void MemoryJournal::commit_locked() {
  for (Position at = durable_; at < first_ + records_.size(); ++at) records_[at - first_].appended = clock_.now();
  durable_ = first_ + records_.size();
  ++commits_;
  changed_.notify_all();
}

void MemoryJournal::tell() {
  const std::lock_guard lock(subscriptions_mutex_);
  for (const auto& [number, notify] : subscriptions_) notify();
}

Position MemoryJournal::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

Result<Done> MemoryJournal::wait_until_durable(Position position, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return durable_ > position || failed_; });
  if (durable_ > position) return Done{};
  if (failed_) return Error{ErrorCode::failed, "the journal has stopped"};
  return Error{ErrorCode::timed_out, "the record is not durable yet"};
}

std::uint64_t MemoryJournal::subscribe(std::function<void()> notify) {
  const std::lock_guard lock(subscriptions_mutex_);
  subscriptions_.emplace(++last_subscription_, std::move(notify));
  return last_subscription_;
}

void MemoryJournal::unsubscribe(std::uint64_t subscription) {
  const std::lock_guard lock(subscriptions_mutex_);
  subscriptions_.erase(subscription);
}

bool MemoryJournal::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

std::unique_ptr<JournalReader> MemoryJournal::read_from(Position from) {
  return std::make_unique<MemoryJournalReader>(*this, std::max(from, first()));
}

Position MemoryJournal::first() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

Position MemoryJournal::next() const {
  const std::lock_guard lock(mutex_);
  return first_ + records_.size();
}

void MemoryJournal::release(Position position) {
  const std::lock_guard lock(mutex_);
  FOOTFALL_ASSERT(position <= durable_);
  released_ = std::max(released_, position);
}

Position MemoryJournal::part() {
  const std::lock_guard lock(mutex_);
  const Position next = first_ + records_.size();
  parted_at_.insert(next);
  return next;
}

Result<Done> MemoryJournal::discard(Position position) {
  const std::lock_guard lock(mutex_);
  if (failed_) return Error{ErrorCode::failed, "the journal has stopped"};
  if (position > released_) return Error{ErrorCode::invalid, "what is not released cannot be discarded"};
  if (position <= first_) return Done{};
  if (!parted_at_.contains(position) || durable_ <= position) {
    return Error{ErrorCode::unavailable, "the journal is not parted there"};
  }
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(position - first_));
  first_ = position;
  return Done{};
}

void MemoryJournal::limit_age(std::optional<std::chrono::seconds> age) {
  const std::lock_guard lock(mutex_);
  age_limit_ = age;
}

std::optional<std::chrono::seconds> MemoryJournal::age_limit() const {
  const std::lock_guard lock(mutex_);
  return age_limit_;
}

Position MemoryJournal::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

JournalHealth MemoryJournal::health() const {
  const std::lock_guard lock(mutex_);
  JournalHealth health;
  if (failed_) health.failure = "the test says so";
  health.refusal = refusal_;
  health.segments = 1;
  health.waiting_records = first_ + records_.size() - durable_;
  health.commits = commits_;
  health.records = durable_ - first_;
  return health;
}

void MemoryJournal::hold_commits() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void MemoryJournal::commit() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
    if (!failed_) commit_locked();
  }
  tell();
}

void MemoryJournal::fail() {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    changed_.notify_all();
  }
  tell();
}

void MemoryJournal::refuse(JournalRefusal refusal) {
  const std::lock_guard lock(mutex_);
  refusal_ = refusal;
}

}  // namespace footfall
