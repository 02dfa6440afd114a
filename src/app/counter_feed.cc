#include "app/counter_feed.h"

#include <algorithm>
#include <utility>

#include "app/json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// Proxies close what is silent; many wait a minute.
constexpr std::chrono::seconds heartbeat_interval{15};
// A number that the disk keeps waiting for this long is left for the next round.
constexpr std::chrono::milliseconds disk_patience{1'000};

}  // namespace

CounterFeed::~CounterFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

CounterFeed::Place::~Place() {
  const std::lock_guard lock(feed.mutex_);
  --feed.places_;
}

Result<LiveBody> CounterFeed::watch(std::string site, std::string key, Words words) {
  std::shared_ptr<Place> place;
  {
    const std::lock_guard lock(mutex_);
    if (places_ >= counter_watchers_max) {
      return Error{ErrorCode::unavailable, "too many pages watch counters already"};
    }
    ++places_;
  }
  place = std::make_shared<Place>(*this);
  return LiveBody([this, name = Name{std::move(site), std::move(key)}, words,
                   place = std::move(place)](std::shared_ptr<LiveSink> sink) -> std::shared_ptr<void> {
    sink->send("retry: 2000\n\n");
    const LiveSink* identity = sink.get();
    add(name, {std::move(sink), words, std::nullopt, {}});
    // The subscription: its end takes the watcher off the list and gives its place away.
    return {nullptr, [this, name, identity, place](void*) { remove(name, identity); }};
  });
}

void CounterFeed::add(const Name& name, Watcher watcher) {
  {
    const std::lock_guard lock(mutex_);
    watched_[name].push_back(std::move(watcher));
    has_news_ = true;
  }
  woken_.notify_all();
}

void CounterFeed::remove(const Name& name, const LiveSink* sink) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(name);
  if (found == watched_.end()) return;
  found->second.remove_if([&](const Watcher& watcher) { return watcher.sink.get() == sink; });
  if (found->second.empty()) watched_.erase(found);
}

bool CounterFeed::is_due(const Watcher& watcher, Instant now) {
  if (!watcher.told) return true;
  // A clock that was set back keeps nobody waiting.
  return now < watcher.told_at || now - watcher.told_at >= counter_news_interval;
}

CounterFeed::Due CounterFeed::due() const {
  const Instant now = clock_.now();
  Due due;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, watchers] : watched_) {
    const auto count =
        std::count_if(watchers.begin(), watchers.end(), [&](const Watcher& watcher) { return is_due(watcher, now); });
    if (count > 0) due.readings.emplace(name, Reading{});
    due.is_all = due.is_all && static_cast<std::size_t>(count) == watchers.size();
  }
  return due;
}

bool CounterFeed::read(Readings& readings) const {
  std::optional<Position> newest;
  for (auto& [name, reading] : readings) {
    const auto counter = collector_.counter(name.site, name.key);
    if (!counter) continue;
    reading = {counter->value, counter->includes};
    newest = std::max(newest, counter->includes);
  }
  return !newest || journal_.wait_until_durable(*newest, disk_patience).has_value();
}

void CounterFeed::tell(const Readings& readings) {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const auto& [named, read] : readings) {
    const Name& name = named;  // clang before 16 lets no lambda hold what a structured binding names
    const Reading& reading = read;
    const auto found = watched_.find(name);
    if (found == watched_.end()) continue;
    std::string footfall;
    std::string countapi;
    const auto text = [&](Words words) -> const std::string& {
      if (words == Words::countapi) {
        if (countapi.empty()) countapi = "data: {\"value\":" + std::to_string(reading.value) + "}\n\n";
        return countapi;
      }
      if (footfall.empty()) {
        footfall = "event: value\ndata: " +
                   json::serialize(json::object{{"site", name.site}, {"key", name.key}, {"value", reading.value}}) +
                   "\n\n";
      }
      return footfall;
    };
    found->second.remove_if([&](Watcher& watcher) {
      if (!is_due(watcher, now) || watcher.told == reading.value) return false;
      watcher.told = reading.value;
      watcher.told_at = now;
      return !watcher.sink->send(text(watcher.words));
    });
    if (found->second.empty()) watched_.erase(found);
  }
}

void CounterFeed::send_heartbeats() {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (now >= last_heartbeat_ && now - last_heartbeat_ < heartbeat_interval) return;
  last_heartbeat_ = now;
  for (auto& [name, watchers] : watched_) {
    watchers.remove_if([](const Watcher& watcher) { return !watcher.sink->send(": still here\n\n"); });
  }
  std::erase_if(watched_, [](const auto& entry) { return entry.second.empty(); });
}

bool CounterFeed::run_once() {
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = std::exchange(has_news_, false);
  }
  // Where nothing was recorded since all were told, no counter has changed and none needs to be read.
  const Position next = journal_.next();
  bool is_read = true;
  if (is_new || next != told_up_to_) {
    Due due = this->due();
    is_read = read(due.readings);
    if (is_read) {
      tell(due.readings);
      if (due.is_all) told_up_to_ = next;
    } else {
      const std::lock_guard lock(mutex_);
      has_news_ = has_news_ || is_new;
    }
  }
  send_heartbeats();
  return is_read;
}

void CounterFeed::start() {
  thread_ = std::thread([this] { run(); });
}

void CounterFeed::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, [this] { return stopping_ || !watched_.empty(); });
      if (stopping_) return;
    }
    const bool is_read = run_once();
    std::unique_lock lock(mutex_);
    // What the disk does not take is not asked for again and again.
    woken_.wait_for(lock, counter_news_interval, [&] { return stopping_ || (has_news_ && is_read); });
    if (stopping_) return;
  }
}

std::size_t CounterFeed::watchers() const {
  const std::lock_guard lock(mutex_);
  return places_;
}

}  // namespace footfall
