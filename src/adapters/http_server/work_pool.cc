#include "adapters/http_server/work_pool.h"

#include <utility>

#include "adapters/http_server/threads.h"

namespace footfall {

WorkPool::WorkPool(const char* name, std::size_t threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(start_thread(name, [this] { work(); }));
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::try_submit(std::unique_ptr<Task>& task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || counted_ >= waiting_max_) return false;
    waiting_.push_back({std::move(task), true});
    ++counted_;
  }
  something_to_do_.notify_one();
  return true;
}

void WorkPool::submit(std::unique_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back({std::move(task), false});
  }
  something_to_do_.notify_one();
}

void WorkPool::stop() {
  std::deque<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  something_to_do_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkPool::work() {
  for (;;) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock lock(mutex_);
      something_to_do_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      task = std::move(waiting_.front().task);
      if (waiting_.front().counted) --counted_;
      waiting_.pop_front();
    }
    task->run();
  }
}

}  // namespace footfall
