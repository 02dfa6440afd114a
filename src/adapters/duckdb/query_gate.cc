#include "adapters/duckdb/query_gate.h"

#include <algorithm>

namespace footfall::duckdb {

Result<QueryGate::Pass> QueryGate::enter(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (running_ < at_once_max_) {
    ++running_;
    return Pass(this);
  }
  if (queue_.size() >= waiting_max_)
    return Error{ErrorCode::unavailable, "too many questions at once; ask again later"};
  Waiter waiter;
  queue_.push_back(&waiter);
  waiter.turn.wait_until(lock, deadline, [&] { return waiter.admitted; });
  if (waiter.admitted) return Pass(this);
  queue_.erase(std::find(queue_.begin(), queue_.end(), &waiter));
  return Error{ErrorCode::unavailable, "too many questions at once; ask again later"};
}

void QueryGate::leave() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    --running_;
    return;
  }
  // The place goes straight to the next one, so that nobody who comes now can take it.
  Waiter& next = *queue_.front();
  queue_.pop_front();
  next.admitted = true;
  next.turn.notify_one();
}

std::size_t QueryGate::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::size_t QueryGate::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace footfall::duckdb
