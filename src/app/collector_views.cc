// What a page's script reports, where the edge may have recorded the same view: one view is one hit.

#include "app/collector.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// Completions are remembered by site and the position of their hit; no site begins so.
std::string completion_scope(std::string_view site) { return "\t" + std::string(site); }

// Who shows a hit's id, in the memory of this process. 0 stands for someone a restart has forgotten.
std::uint64_t viewer_of(const SipKey& key, const Hit& view) {
  std::string text(reinterpret_cast<const char*>(view.ip.bytes().data()), view.ip.bytes().size());
  return siphash(key, text.append(view.user_agent)) | 1U;
}

}  // namespace

void Collector::remember_completion(State& state, Position position, const Completion& completion, std::uint64_t viewer,
                                    Instant recorded) {
  state.views.consume(completion.hit);
  state.retries.remember(completion_scope(completion.site), std::to_string(completion.hit),
                         {position, completion.time, viewer}, recorded);
}

Result<Recorded> Collector::complete(State& state, const Hit& view, Position of, Instant now) {
  const Completion completion{view.time, view.site, of, view.title, view.props};
  thread_local std::string bytes;
  bytes.clear();
  encode(completion, bytes);
  const std::string_view record(bytes);
  const auto position = append(state, std::span(&record, 1));
  if (!position) return position.error();
  remember_completion(state, *position, completion, viewer_of(state.key, view), now);
  if (!known_by(view).empty()) state.retries.remember(view.site, known_by(view), {*position, view.time, 0}, now);
  ++state.counts.accepted;
  ++state.counts.completed;
  return Recorded{*position, view.time, false, true};
}

Result<Recorded> Collector::record_view(const Hit& view, std::optional<Position> edge_hit) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Recorded> {
    const Instant now = clock_.now();
    if (const auto before = recorded_before(*state, view, now)) return *before;
    // A position that this journal never gave is of one that was lost with its disk.
    if (edge_hit && *edge_hit < journal_.next()) {
      const auto before = state->retries.find(completion_scope(view.site), std::to_string(*edge_hit), now);
      if (!before) return complete(*state, view, *edge_hit, now);
      if (before->value == 0 || before->value == viewer_of(state->key, view)) {
        ++state->counts.repeated;
        return Recorded{before->position, before->time, true, true};
      }
      // Somebody else shows the same id: a cache that several share has handed out the page with it.
      Hit cached = view;
      cached.kind = Kind::cached;
      return record_new(*state, cached, now);
    }
    if (view.kind == Kind::load) {
      if (const auto of = state->views.take(view, now)) return complete(*state, view, *of, now);
    }
    return record_new(*state, view, now);
  });
}

}  // namespace footfall
