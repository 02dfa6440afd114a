#include "app/live_feed.h"

#include <algorithm>

#include "app/json.h"
#include "base/text.h"

namespace footfall {
namespace {

// A visitor is current for this long after the last hit.
constexpr std::chrono::minutes current_window{5};
// Proxies close what is silent; many wait a minute.
constexpr std::chrono::seconds heartbeat_interval{15};
// What is remembered of one site's last five minutes; more hits than this only make the number of visitors a little
// low.
constexpr std::size_t recent_hits_max = 200'000;

std::string event_text(std::string_view name, const json::value& data) {
  return "event: " + std::string(name) + "\ndata: " + json::serialize(data) + "\n\n";
}

std::string hit_event(const EnrichedHit& enriched) {
  const Hit& hit = enriched.hit;
  return event_text("hit", {{"time", to_rfc3339(hit.time)},
                            {"site", hit.site},
                            {"path", hit.path},
                            {"kind", name_of(hit.kind)},
                            {"source", name_of(hit.source)},
                            {"event", hit.event.empty() ? json::value(nullptr) : json::value(hit.event)},
                            {"country", enriched.place->country.empty() ? json::value(nullptr)
                                                                        : json::value(enriched.place->country)},
                            {"bot", !enriched.user_agent->bot.empty()}});
}

}  // namespace

LiveBody LiveFeed::watch(std::string site) {
  return [this, site = std::move(site)](std::shared_ptr<LiveSink> sink) -> std::shared_ptr<void> {
    sink->send("retry: 2000\n\n");
    const LiveSink* identity = sink.get();
    state_.with([&](State& state) {
      state.watchers.push_back({site, std::move(sink), SIZE_MAX});
      forget_quiet(state);
      tell_visitors(state);
    });
    // The subscription: its end takes the watcher off the list.
    return {nullptr, [this, identity](void*) {
              state_.with([&](State& state) {
                state.watchers.remove_if([&](const Watcher& watcher) { return watcher.sink.get() == identity; });
              });
            }};
  };
}

void LiveFeed::publish(std::span<const EnrichedHit> hits) {
  const Instant now = clock_.now();
  state_.with([&](State& state) {
    for (const EnrichedHit& enriched : hits) {
      const Hit& hit = enriched.hit;
      // Log lines tell of the past.
      if (now - hit.time > current_window) continue;
      if (enriched.user_agent->bot.empty()) {
        auto found = state.recent.find(hit.site);
        if (found == state.recent.end()) found = state.recent.emplace(std::string(hit.site), Recent{}).first;
        if (found->second.hits.size() < recent_hits_max) {
          found->second.hits.emplace_back(hit.time, enriched.visitor);
          ++found->second.visitors[enriched.visitor];
        }
      }
      if (state.watchers.empty()) continue;
      std::string text;
      std::erase_if(state.watchers, [&](const Watcher& watcher) {
        if (watcher.site != hit.site) return false;
        if (text.empty()) text = hit_event(enriched);
        return !watcher.sink->send(text);
      });
    }
    forget_quiet(state);
    tell_visitors(state);
  });
}

void LiveFeed::tick() {
  const Instant now = clock_.now();
  state_.with([&](State& state) {
    forget_quiet(state);
    tell_visitors(state);
    if (now - state.last_heartbeat < heartbeat_interval) return;
    state.last_heartbeat = now;
    std::erase_if(state.watchers, [](const Watcher& watcher) { return !watcher.sink->send(": still here\n\n"); });
  });
}

void LiveFeed::forget_quiet(State& state) const {
  const Instant oldest = clock_.now() - current_window;
  for (auto& [site, recent] : state.recent) {
    while (!recent.hits.empty() && recent.hits.front().first < oldest) {
      const auto found = recent.visitors.find(recent.hits.front().second);
      if (found != recent.visitors.end() && --found->second == 0) recent.visitors.erase(found);
      recent.hits.pop_front();
    }
  }
}

void LiveFeed::tell_visitors(State& state) {
  std::erase_if(state.watchers, [&](Watcher& watcher) {
    const auto recent = state.recent.find(watcher.site);
    const std::size_t current = recent == state.recent.end() ? 0 : recent->second.visitors.size();
    if (current == watcher.visitors_told) return false;
    watcher.visitors_told = current;
    return !watcher.sink->send(event_text("visitors", {{"current", current}}));
  });
}

std::size_t LiveFeed::watchers() const {
  return state_.with([](const State& state) { return state.watchers.size(); });
}

}  // namespace footfall
