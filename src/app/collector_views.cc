// What a page's script reports, where the edge may have recorded the same view: one view is one hit.

#include "app/collector.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/public_id.h"

namespace footfall {
namespace {

// Completions are remembered by site and the position of their hit; no site begins so.
std::string completion_scope(std::string_view site) { return "\t" + std::string(site); }

// Who shows a hit's id, in the memory of this process. 0 stands for someone a restart has forgotten.
std::uint64_t viewer_of(const SipKey& key, const Hit& view) {
  std::string text(reinterpret_cast<const char*>(view.ip.bytes().data()), view.ip.bytes().size());
  return siphash(key, text.append(view.user_agent)) | 1U;
}

// By what the page's script and the app's server are known to speak of the same view; one word in the memory of
// retries.
struct IdWord {
  std::uint64_t page = 0;  // hashes of 31 bits
  std::uint64_t viewer = 0;
  bool by_script = false;
  bool proven = false;
};
constexpr std::uint64_t mask_31 = (1ULL << 31U) - 1;

std::uint64_t packed(const IdWord& word) {
  return word.page << 33U | word.viewer << 2U | (word.by_script ? 2U : 0U) | (word.proven ? 1U : 0U);
}

IdWord unpacked(std::uint64_t word) {
  return {word >> 33U, (word >> 2U) & mask_31, (word & 2U) != 0, (word & 1U) != 0};
}

// A browser and an application server may write the same path differently, and no server sees the fragment.
std::uint64_t page_of(const SipKey& key, const Hit& hit) {
  const std::string_view path = hit.path.substr(0, hit.path.find('#'));
  const auto decoded = percent_decode(path);
  return siphash(key, decoded ? std::string_view(*decoded) : path) & mask_31;
}

IdWord word_of_hit(const SipKey& key, const Hit& hit, IdProof proof) {
  return {page_of(key, hit), viewer_of(key, hit) >> 33U, hit.source == Source::script, proof == IdProof::token};
}

}  // namespace

std::uint64_t Collector::word_of(const State& state, const Hit& hit, IdProof proof) {
  return hit.id.empty() ? 0 : packed(word_of_hit(state.key, hit, proof));
}

// The id of a page may have been named by its script first: then a server that speaks of another page has seen
// something else, and so has one that speaks of another visitor, unless the id was proven. What a server says twice
// under one id is the same, whatever it is.
bool Collector::is_of_the_same_view(const State& state, std::uint64_t before, const Hit& hit) {
  const IdWord first = unpacked(before);
  if (!first.by_script) return true;
  const IdWord here = word_of_hit(state.key, hit, IdProof::token);
  return first.page == here.page && (first.proven || first.viewer == here.viewer);
}

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
  if (!view.beacon.empty()) state.retries.remember(view.site, view.beacon, {*position, view.time, 0}, now);
  ++state.counts.accepted;
  ++state.counts.completed;
  return Recorded{*position, view.time, false, true};
}

Result<Recorded> Collector::complete_once(State& state, const Hit& view, Position of, Instant now) {
  const auto before = state.retries.find(completion_scope(view.site), std::to_string(of), now);
  if (!before) return complete(state, view, of, now);
  if (before->value == 0 || before->value == viewer_of(state.key, view)) {
    ++state.counts.repeated;
    return Recorded{before->position, before->time, true, true};
  }
  // Somebody else shows the same id: a cache that several share has handed out the page with it.
  Hit cached = view;
  cached.kind = Kind::cached;
  return record_new(state, cached, now);
}

Result<Recorded> Collector::record_view(const Hit& view, std::optional<Position> edge_hit) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Recorded> {
    const Instant now = clock_.now();
    if (const auto before = recorded_before(*state, view, now)) return *before;
    // A position that this journal never gave is of one that was lost with its disk.
    if (edge_hit && *edge_hit < journal_.next()) return complete_once(*state, view, *edge_hit, now);
    if (view.kind == Kind::load) {
      if (const auto of = state->views.take(view, now)) return complete(*state, view, *of, now);
    }
    return record_new(*state, view, now);
  });
}

Result<Recorded> Collector::record_told_view(const Hit& view, IdProof proof) {
  FOOTFALL_ASSERT(!view.id.empty());
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Recorded> {
    const Instant now = clock_.now();
    Hit own = view;  // where the id is another's
    own.id = {};
    if (const auto again = recorded_before(*state, own, now)) return *again;
    const auto before = state->retries.find(view.site, view.id, now);
    if (!before) {
      // A tab that was first looked at long after its page was made: the server's word, which comes within seconds, has
      // been counted and forgotten, or waits there until we are reached, and counts then.
      const auto made = proof == IdProof::token ? time_of_uuid(view.id) : std::nullopt;
      const auto last = newest();
      if (!made || *made > now - retry_window || !last) return record_new(*state, view, now, proof);
      ++state->counts.completed;
      return Recorded{*last, view.time, false, true};
    }
    const IdWord first = unpacked(before->value);
    const IdWord here = word_of_hit(state->key, view, proof);
    const bool same_page = first.page == here.page;
    const bool same_viewer = first.viewer == here.viewer;
    if (same_page && (same_viewer || proof == IdProof::token)) {
      if (!first.by_script) return complete_once(*state, own, before->position, now);
      if (same_viewer) {
        ++state->counts.repeated;
        return Recorded{before->position, before->time, true};
      }
    }
    if (same_page) own.kind = Kind::cached;  // handed out by a cache that several share
    return record_new(*state, own, now);
  });
}

}  // namespace footfall
