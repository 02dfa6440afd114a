#include "adapters/file_journal/catalog.h"

#include <algorithm>

namespace footfall {
namespace {

// The last segment that begins at or below `position`.
auto last_from(const std::deque<Segment>& segments, Position position) {
  auto found = std::upper_bound(segments.begin(), segments.end(), position,
                                [](Position wanted, const Segment& segment) { return wanted < segment.header.first; });
  return found == segments.begin() ? segments.end() : std::prev(found);
}

}  // namespace

void Catalog::add(const Segment& segment) {
  state_.with([&](State& state) {
    auto& segments = state.segments;
    // An empty segment that could not be written on is replaced by one of the same name.
    if (!segments.empty() && segments.back().header.first == segment.header.first) segments.pop_back();
    if (!segments.empty()) {
      FOOTFALL_ASSERT(segments.back().header.first < segment.header.first);
      segments.back().newest = false;
      segments.back().end = segment.header.first;
    }
    segments.push_back(segment);
    segments.back().newest = true;
  });
}

void Catalog::grow(std::uint64_t limit, Position end) {
  state_.with([&](State& state) {
    Segment& newest = state.segments.back();
    FOOTFALL_ASSERT(limit <= newest.file_bytes && limit >= newest.limit && end >= newest.end);
    newest.limit = limit;
    newest.end = end;
  });
}

void Catalog::remove_oldest() {
  state_.with([](State& state) {
    FOOTFALL_ASSERT(state.segments.size() > 1);  // the newest stays
    state.segments.pop_front();
    // Nobody will come by what was damaged in it any more.
    state.damaged_at.erase(state.damaged_at.begin(), state.damaged_at.lower_bound({state.segments[0].header.first, 0}));
  });
}

std::optional<Segment> Catalog::holding(Position position) const {
  return state_.with([&](const State& state) -> std::optional<Segment> {
    const auto& segments = state.segments;
    if (segments.empty()) return std::nullopt;
    const auto found = last_from(segments, position);
    return found == segments.end() ? segments.front() : *found;
  });
}

std::optional<Segment> Catalog::beginning_at(Position first) const {
  return state_.with([&](const State& state) -> std::optional<Segment> {
    const auto found = last_from(state.segments, first);
    if (found == state.segments.end() || found->header.first != first) return std::nullopt;
    return *found;
  });
}

std::optional<Segment> Catalog::after(Position first) const {
  return state_.with([&](const State& state) -> std::optional<Segment> {
    const auto found = last_from(state.segments, first);
    const auto next = found == state.segments.end() ? state.segments.begin() : std::next(found);
    if (next == state.segments.end()) return std::nullopt;
    return *next;
  });
}

std::optional<Segment> Catalog::oldest() const {
  return state_.with([](const State& state) -> std::optional<Segment> {
    if (state.segments.empty()) return std::nullopt;
    return state.segments.front();
  });
}

std::vector<Segment> Catalog::all() const {
  return state_.with([](const State& state) { return std::vector(state.segments.begin(), state.segments.end()); });
}

Position Catalog::end() const {
  return state_.with([](const State& state) { return state.segments.empty() ? 0 : state.segments.back().end; });
}

bool Catalog::note_damage(Position segment, std::uint64_t offset, const DamagedStretch& stretch) {
  return state_.with([&](State& state) {
    auto& newest = state.damage.newest;
    // What recovery reported as a whole, a reader meets again from its other end.
    const bool reported =
        stretch.from < stretch.to && std::any_of(newest.begin(), newest.end(), [&](const auto& known) {
          return known.from <= stretch.from && stretch.to <= known.to;
        });
    if (!state.damaged_at.emplace(segment, offset).second || reported) return false;
    ++state.damage.stretches;
    if (newest.size() == damaged_stretches_max) newest.erase(newest.begin());
    newest.push_back(stretch);
    return true;
  });
}

Catalog::Damage Catalog::damage() const {
  return state_.with([](const State& state) { return state.damage; });
}

}  // namespace footfall
