// Lets so many questions run at once; some more may wait; the rest are turned away at once.
//
// A store that answers four heavy questions at a time answers all of them sooner than forty, and keeps memory in
// bounds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "base/result.h"

namespace footfall::duckdb {

// Any thread.
class QueryGate {
 public:
  QueryGate(std::size_t at_once_max, std::size_t waiting_max) : at_once_max_(at_once_max), waiting_max_(waiting_max) {}

  // The right to run, until it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(other.gate_) { other.gate_ = nullptr; }
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    friend class QueryGate;
    explicit Pass(QueryGate* gate) : gate_(gate) {}
    QueryGate* gate_;
  };

  // Waits for a place, first come first served, until `deadline`.
  // Error: unavailable (too many wait already, or no place came free in time).
  Result<Pass> enter(std::chrono::steady_clock::time_point deadline);

  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiter {
    bool admitted = false;
    std::condition_variable turn;
  };
  void leave();

  const std::size_t at_once_max_;
  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  std::size_t running_ = 0;
  std::deque<Waiter*> queue_;  // they live on the stacks of those who wait
};

}  // namespace footfall::duckdb
