// Places in the code where a test may have the process killed, as power loss or `kill -9` would.
//
// FOOTFALL_CRASH_AT=before_sync kills it the first time that place is reached, before_sync:3 the third time. Always
// compiled in, so that what is tested is what runs; a place that is not armed costs one load and one predicted branch.
// The names, and what has and has not happened at each, stand where they are called.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace footfall {

class CrashPlan {
 public:
  CrashPlan() {
    if (const char* plan = std::getenv("FOOTFALL_CRASH_AT")) arm(plan);  // NOLINT(concurrency-mt-unsafe): before main
  }

  // "name" or "name:n". For tests that cannot set the environment first; before any thread starts.
  void arm(std::string_view plan) {
    const std::size_t colon = plan.find(':');
    name_ = plan.substr(0, colon);
    std::int64_t times = 1;
    if (colon != std::string_view::npos) {
      std::from_chars(plan.data() + colon + 1, plan.data() + plan.size(), times);
    }
    times_left_ = times;
    armed_.store(!name_.empty(), std::memory_order_release);
  }

  void reached(std::string_view name) {
    if (armed_.load(std::memory_order_acquire)) [[unlikely]]
      count(name);
  }

 private:
  [[gnu::noinline, gnu::cold]] void count(std::string_view name) {
    if (name != name_ || --times_left_ != 0) return;
    ::kill(::getpid(), SIGKILL);
    // Nothing that stands after the place may happen on this thread while the signal is on its way.
    for (;;) ::pause();
  }

  std::string name_;
  std::atomic<std::int64_t> times_left_{0};
  std::atomic<bool> armed_{false};
};

inline CrashPlan crash_plan;  // the one for this process

inline void crash_point(std::string_view name) { crash_plan.reached(name); }

}  // namespace footfall
