#include "main/local_pollers.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "app/json.h"
#include "domain/limits.h"
#include "main/lambda/cloud.h"
#include "main/local_events.h"
#include "main/local_functions.h"
#include "main/local_services.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds queue_patience{1};
constexpr std::chrono::seconds after_a_fault{1};
constexpr std::chrono::seconds marks_interval{1};

// Runs `turn` on a thread of its own until it is destroyed; waits that `pause` was asked for end with it.
class Loop {
 public:
  void start(std::function<void()> turn) {
    thread_ = std::thread([this, turn = std::move(turn)] {
      while (!stopping_) turn();
    });
  }
  ~Loop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return stopping_.load(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class QueuePoller final : public Poller {
 public:
  Result<Done> start(const aws::Environment& environment) {
    auto function = LocalFunction::open(environment, "processor");
    if (!function) return function.error();
    function_ = std::move(*function);
    auto queue = open_queue(environment, [this](std::chrono::milliseconds time) { loop_.pause(time); });
    if (!queue) return queue.error();
    queue_ = std::move(*queue);
    loop_.start([this] { turn(); });
    return Done{};
  }

 private:
  void turn() {
    auto messages = queue_->receive(queue_batch_messages_max, queue_patience);
    if (!messages) {
      log_line("queue: " + messages.error().what);
      return loop_.pause(after_a_fault);
    }
    if (messages->empty()) return;
    const auto answer = function_->answer(json::serialize(queue_event(*messages)));
    const auto failed = answer ? failures_of(*answer) : Result<std::vector<std::string>>(answer.error());
    if (!failed) return log_line("processor: " + failed.error().what);
    std::erase_if(*messages, [&](const QueuedMessage& message) {
      return std::find(failed->begin(), failed->end(), message.id) != failed->end();
    });
    if (messages->empty()) return;
    if (const auto removed = queue_->remove(*messages); !removed) log_line("queue: " + removed.error().what);
  }

  std::unique_ptr<LocalFunction> function_;
  std::unique_ptr<VisitQueue> queue_;
  Loop loop_;  // the last: its thread uses the others
};

class MarkPoller final : public Poller {
 public:
  explicit MarkPoller(std::chrono::seconds interval) : interval_(interval) {}

  Result<Done> start(const aws::Environment& environment) {
    auto function = LocalFunction::open(environment, "compactor");
    if (!function) return function.error();
    function_ = std::move(*function);
    const auto settings = read_cloud_settings(with_variables(environment, {{"FOOTFALL_MODE", "compactor"}}));
    if (!settings) return settings.error();
    sites_ = settings->sites;
    auto table = open_table(environment, [this](std::chrono::milliseconds time) { loop_.pause(time); });
    if (!table) return table.error();
    table_ = std::move(*table);
    loop_.start([this] { turn(); });
    return Done{};
  }

 private:
  void turn() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= due_) {
      due_ = now + interval_;
      const auto answer = function_->answer(json::serialize(schedule_event(SystemClock().now())));
      if (!answer) log_line("compactor: " + answer.error().what);
    }
    for (const std::string& site : sites_) look(site);
    loop_.pause(marks_interval);
  }

  // What is new is told until it is done: up to the first that failed, as a stream goes on.
  void look(const std::string& site) {
    const auto marks = table_->marks_of(site);
    if (!marks) return log_line("marks: " + marks.error().what);
    std::map<std::string, std::string>& told = told_[site];
    std::vector<MarkedDay> fresh;
    for (const auto& [day, said] : *marks) {
      const auto known = told.find(day);
      if (known == told.end() || known->second != said) fresh.push_back({site, day, std::to_string(++number_)});
    }
    if (fresh.empty()) return;
    const auto answer = function_->answer(json::serialize(stream_event(fresh)));
    const auto failed = answer ? failures_of(*answer) : Result<std::vector<std::string>>(answer.error());
    if (!failed) return log_line("compactor: " + failed.error().what);
    for (const MarkedDay& one : fresh) {
      if (!failed->empty() && one.sequence_number == failed->front()) return loop_.pause(after_a_fault);
      told[one.day] = marks->at(one.day);
    }
  }

  const std::chrono::seconds interval_;
  std::unique_ptr<LocalFunction> function_;
  std::unique_ptr<LocalTable> table_;
  std::vector<std::string> sites_;
  std::chrono::steady_clock::time_point due_{};
  std::map<std::string, std::map<std::string, std::string>> told_;
  std::uint64_t number_ = 100'000'000'000;
  Loop loop_;  // the last: its thread uses the others
};

}  // namespace

Result<std::unique_ptr<Poller>> poll_queue(const aws::Environment& environment) {
  auto poller = std::make_unique<QueuePoller>();
  if (auto started = poller->start(environment); !started) return started.error();
  return std::unique_ptr<Poller>(std::move(poller));
}

Result<std::unique_ptr<Poller>> poll_marks(const aws::Environment& environment, std::chrono::seconds interval) {
  auto poller = std::make_unique<MarkPoller>(interval);
  if (auto started = poller->start(environment); !started) return started.error();
  return std::unique_ptr<Poller>(std::move(poller));
}

}  // namespace footfall
