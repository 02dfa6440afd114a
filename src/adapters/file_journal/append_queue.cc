#include "adapters/file_journal/append_queue.h"

#include <algorithm>
#include <utility>

#include "adapters/file_journal/frame.h"
#include "base/check.h"

namespace footfall {
namespace {

// A buffer larger than this is given back: a burst must not be paid for with memory for ever.
constexpr std::size_t spare_buffer_bytes_max = 1'048'576;
constexpr std::size_t spare_buffers_max = 2;  // one being filled, one being written

Result<std::size_t> payload_bytes(std::span<const std::string_view> records, std::size_t bytes_max) {
  if (records.empty()) return Error{ErrorCode::invalid, "there is no record to append"};
  std::size_t bytes = 0;
  for (const std::string_view record : records) {
    if (record.empty()) return Error{ErrorCode::invalid, "a record has at least one byte"};
    if (record.size() > record_bytes_max) {
      return Error{ErrorCode::too_large, "a record has at most " + std::to_string(record_bytes_max) + " bytes"};
    }
    bytes += length_bytes(record.size()) + record.size();
  }
  if (bytes > bytes_max) return Error{ErrorCode::too_large, "the records together are more than one commit holds"};
  return bytes;
}

}  // namespace

AppendQueue::AppendQueue(const AppendQueueSettings& settings, Position next) : settings_(settings), next_(next) {
  FOOTFALL_ASSERT(settings_.payload_bytes_max > 0 && settings_.payload_bytes_max <= frame_bytes_max);
}

Result<Position> AppendQueue::push(std::span<const std::string_view> records) {
  const auto bytes = payload_bytes(records, settings_.payload_bytes_max);
  if (!bytes) return bytes.error();

  std::unique_lock lock(mutex_);
  if (closed_) return Error{ErrorCode::failed, "the journal is closed"};
  // An empty queue takes any append that is within the limits of one frame.
  const bool is_full = waiting_bytes_ + *bytes > settings_.waiting_bytes_max ||
                       waiting_records_ + records.size() > settings_.waiting_records_max;
  if (is_full && !frames_.empty()) return Error{ErrorCode::unavailable, "too much waits for the disk"};

  const bool can_join = !parts_ && frames_.size() > (taken_ ? 1U : 0U) &&
                        frames_.back().bytes.size() - frame_header_bytes + *bytes <= settings_.payload_bytes_max;
  const std::uint64_t filled_before = can_join ? frame_bytes(frames_.back().bytes.size() - frame_header_bytes) : 0;
  const std::uint64_t filled_after =
      frame_bytes(can_join ? frames_.back().bytes.size() - frame_header_bytes + *bytes : *bytes);
  if (limited_ && frames_bytes_ + filled_after - filled_before > room_) {
    return Error{ErrorCode::unavailable, "the disk is full"};
  }

  if (!can_join) {
    WaitingFrame& frame = frames_.emplace_back();
    if (!spare_buffers_.empty()) {
      frame.bytes = std::move(spare_buffers_.back());
      spare_buffers_.pop_back();
    }
    frame.bytes.assign(frame_header_bytes, '\0');
    frame.first = next_;
    frame.parted = std::exchange(parts_, false);
  }
  WaitingFrame& frame = frames_.back();
  ByteWriter writer(frame.bytes);
  for (const std::string_view record : records) writer.text(record);
  frame.records += static_cast<std::uint32_t>(records.size());
  frames_bytes_ += filled_after - filled_before;
  waiting_bytes_ += *bytes;
  waiting_records_ += records.size();
  const Position first = next_;
  next_ += records.size();

  const bool wakes =
      wake_at_records_ != 0 && (waiting_records_ >= wake_at_records_ || waiting_bytes_ >= settings_.enough_bytes);
  if (wakes) wake_at_records_ = 0;  // once is enough
  lock.unlock();
  if (wakes) wake_.notify_one();
  return first;
}

Position AppendQueue::part() {
  const std::lock_guard lock(mutex_);
  parts_ = true;
  return next_;
}

std::size_t AppendQueue::expected_records() const {
  if (last_records_ <= 1 || settings_.linger.count() == 0) return 1;
  return std::min(last_records_ + waiting_records_, settings_.enough_records);
}

WaitingFrame* AppendQueue::take() {
  std::unique_lock lock(mutex_);
  if (taken_) return &frames_.front();
  std::size_t expected = expected_records();
  const auto deadline = std::chrono::steady_clock::now() + settings_.linger;
  const auto enough = [&] {
    return closed_ || waiting_records_ >= expected || waiting_bytes_ >= settings_.enough_bytes;
  };
  while (!enough()) {
    wake_at_records_ = expected;
    if (expected == 1) {
      wake_.wait(lock);
    } else if (wake_.wait_until(lock, deadline) == std::cv_status::timeout) {
      expected = 1;  // whatever came, or the next that comes
    }
  }
  wake_at_records_ = 0;
  return give(lock);
}

WaitingFrame* AppendQueue::take_now() {
  std::unique_lock lock(mutex_);
  if (taken_) return &frames_.front();
  return give(lock);
}

WaitingFrame* AppendQueue::give(std::unique_lock<std::mutex>&) {
  if (frames_.empty()) return nullptr;
  taken_ = true;
  last_records_ = frames_.front().records;
  waiting_records_ -= last_records_;
  return &frames_.front();
}

void AppendQueue::done(std::uint64_t room) {
  const std::lock_guard lock(mutex_);
  FOOTFALL_ASSERT(taken_);
  WaitingFrame& frame = frames_.front();
  // The committer has padded it by now; its payload was counted without.
  const std::size_t bytes = peek_frame(frame.bytes).payload_bytes;
  waiting_bytes_ -= bytes;
  frames_bytes_ -= frame_bytes(bytes);
  if (spare_buffers_.size() < spare_buffers_max && frame.bytes.capacity() <= spare_buffer_bytes_max) {
    spare_buffers_.push_back(std::move(frame.bytes));
  }
  frames_.pop_front();
  taken_ = false;
  room_ = room;
}

void AppendQueue::limit_to_room(bool limited) {
  const std::lock_guard lock(mutex_);
  limited_ = limited;
}

void AppendQueue::set_room(std::uint64_t room) {
  const std::lock_guard lock(mutex_);
  room_ = room;
}

void AppendQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_all();
}

Position AppendQueue::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

std::uint64_t AppendQueue::waiting_records() const {
  const std::lock_guard lock(mutex_);
  return waiting_records_ + (taken_ ? frames_.front().records : 0);
}

}  // namespace footfall
