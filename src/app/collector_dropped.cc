// What policy drops, and what the owner takes back of it: the quarantine's side of the collector.

#include "app/collector.h"
#include "domain/limits.h"

namespace footfall {

// What was kept of the site on this day, or on a later one.
DroppedDay& Collector::day_of_dropped(State& state, std::string_view site, Day day) {
  const auto found = state.dropped_days.find(site);
  DroppedDay& newest = found != state.dropped_days.end()
                           ? found->second
                           : state.dropped_days.emplace(site, DroppedDay{std::string(site), day, 0}).first->second;
  if (newest.day < day) newest = {std::string(site), day, 0};
  return newest;
}

void Collector::count_dropped(DropReason reason) {
  state_.with([&](std::unique_ptr<State>& state) { ++state->counts.dropped.at(static_cast<std::size_t>(reason)); });
}

std::optional<Position> Collector::drop(const Dropped& dropped) {
  if (!is_kept(dropped.reason)) {
    count_dropped(dropped.reason);
    return std::nullopt;
  }
  thread_local std::string bytes;
  bytes.clear();
  encode(dropped, bytes);
  return state_.with([&](std::unique_ptr<State>& state) -> std::optional<Position> {
    ++state->counts.dropped.at(static_cast<std::size_t>(dropped.reason));
    DroppedDay& day = day_of_dropped(*state, dropped.hit.site, day_of(clock_.now()));
    if (day.hits >= dropped_per_day_max) return std::nullopt;
    const std::string_view record(bytes);
    // Without room it is only counted: what should not be recorded must not be what is told to come again.
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return std::nullopt;
    ++day.hits;
    ++state->counts.dropped_kept;
    return *position;
  });
}

Result<Position> Collector::readmit(std::span<const Readmitted> readmissions) {
  FOOTFALL_ASSERT(!readmissions.empty());
  FOOTFALL_ASSERT(readmissions.size() <= readmit_at_once);
  std::vector<std::string> encoded(readmissions.size());
  std::vector<std::string_view> records;
  for (std::size_t i = 0; i < readmissions.size(); ++i) {
    encode(readmissions[i], encoded[i]);
    records.emplace_back(encoded[i]);
  }
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Position> {
    const auto first = append(*state, records);
    if (!first) return first.error();
    for (const Readmitted& readmitted : readmissions) {
      if (readmitted.hit.is_pageview()) state->counters.count_pageview(readmitted.hit.site, readmitted.hit.path);
    }
    state->counts.readmitted += readmissions.size();
    return *first + readmissions.size() - 1;
  });
}

}  // namespace footfall
