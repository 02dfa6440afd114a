// Starts a thread with a name that top, perf and a debugger show.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace footfall {

// Signals are left to the thread that starts it: the program's main thread waits for SIGTERM, and nobody else.
// `name` has at most 15 bytes (Linux).
template <typename F>
std::thread start_thread(const char* name, F&& body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread thread(std::forward<F>(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace footfall
