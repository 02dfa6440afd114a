// The threads that do what may block: queries, and bodies made piece by piece.
//
// Waiting requests are bounded: beyond that, the caller answers 503 at once instead of letting people wait for nothing.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace footfall {

// Something to do once, on a worker thread. It is destroyed there too, or by stop() if it was never begun.
class Task {
 public:
  virtual ~Task() = default;
  virtual void run() = 0;
};

class WorkPool {
 public:
  // `name` is that of the threads, at most 15 bytes.
  WorkPool(const char* name, std::size_t threads, std::size_t waiting_max);
  // Stops.
  ~WorkPool();

  // Takes a task unless `waiting_max` of them wait already; the task is still the caller's then. Any thread.
  bool try_submit(std::unique_ptr<Task>& task);
  // Takes a part of something that is under way, as the next piece of a body: it is not counted, because whoever began
  // it has at most one waiting. Any thread.
  void submit(std::unique_ptr<Task> task);

  // Drops the tasks that wait, and returns when those being done are done. Tasks that come later are dropped.
  void stop();

 private:
  void work();

  struct Waiting {
    std::unique_ptr<Task> task;
    bool counted;
  };

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable something_to_do_;
  std::deque<Waiting> waiting_;
  std::size_t counted_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace footfall
