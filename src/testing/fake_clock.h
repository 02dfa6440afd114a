// A clock that goes when it is told to.
#pragma once

#include <atomic>
#include <chrono>

#include "ports/clock.h"

namespace footfall {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant now = instant_of(1'795'251'780'000)) : now_(now) {}  // 2026-11-21T09:03:00Z
  [[nodiscard]] Instant now() const override { return now_.load(); }
  void set(Instant now) { now_ = now; }
  void advance(Milliseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<Instant> now_;
};

}  // namespace footfall
