// The signals that a server is steered by: SIGTERM and SIGINT end it, SIGHUP has it read its files again.
#pragma once

#include <signal.h>

#include <chrono>

namespace footfall {

// The thread that makes it waits; every thread that is made after it leaves the signals alone. One in a process.
class Signals {
 public:
  Signals();

  enum class Came { nothing, stop, hang_up };
  // Waits for the next one, and not longer than `patience`.
  [[nodiscard]] Came wait(std::chrono::seconds patience) const;

  // From here on a signal to stop ends the process at once: what was acknowledged is on disk.
  void let_the_next_one_kill() const;

 private:
  sigset_t all_{};
};

}  // namespace footfall
