#include "main/signals.h"

#include <csignal>

namespace footfall {

Signals::Signals() {
  sigemptyset(&all_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&all_, signal);
  pthread_sigmask(SIG_BLOCK, &all_, nullptr);
  // Writing to whoever has left is an error like others.
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::Came Signals::wait(std::chrono::seconds patience) const {
  const timespec time{patience.count(), 0};
  switch (sigtimedwait(&all_, nullptr, &time)) {
    case SIGTERM:
    case SIGINT:
      return Came::stop;
    case SIGHUP:
      return Came::hang_up;
    default:
      return Came::nothing;
  }
}

void Signals::let_the_next_one_kill() const {
  sigset_t stops;
  sigemptyset(&stops);
  for (const int signal : {SIGTERM, SIGINT}) {
    std::signal(signal, SIG_DFL);
    sigaddset(&stops, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
}

}  // namespace footfall
