#include "testing/memory_store.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace footfall {
namespace {

Error needs_reopening() { return {ErrorCode::unknown_result, "the store has to be opened again"}; }

}  // namespace

StoredVisit stored(const EnrichedHit& enriched) {
  const Hit& hit = enriched.hit;
  StoredVisit visit;
  visit.position = enriched.position;
  visit.time = hit.time;
  visit.site = hit.site;
  visit.path = hit.path;
  visit.query = hit.query;
  visit.title = hit.title;
  visit.event = hit.event;
  visit.props = hit.props;
  visit.id = hit.id;
  visit.ip = enriched.address.text();
  visit.user_agent = hit.user_agent;
  visit.referrer = hit.referrer;
  visit.kind = hit.kind;
  visit.source = hit.source;
  visit.interactive = hit.interactive;
  visit.mark = hit.mark;
  visit.visitor = enriched.visitor;
  visit.session = enriched.session;
  visit.place = *enriched.place;
  visit.facts = *enriched.user_agent;
  visit.referrer_source = enriched.referrer->source;
  visit.referrer_medium = enriched.referrer->medium;
  visit.utm_source = enriched.campaign->source;
  visit.utm_medium = enriched.campaign->medium;
  visit.utm_campaign = enriched.campaign->campaign;
  visit.utm_content = enriched.campaign->content;
  visit.utm_term = enriched.campaign->term;
  visit.channel = enriched.channel;
  return visit;
}

DroppedRow stored(const DroppedHit& dropped) {
  const Hit& hit = dropped.hit.hit;
  DroppedRow row;
  row.position = dropped.hit.position;
  row.time = hit.time;
  row.reason = dropped.reason;
  row.rules = dropped.rules;
  row.site = hit.site;
  row.path = hit.path;
  row.query = hit.query;
  row.title = hit.title;
  row.referrer = hit.referrer;
  row.event = hit.event;
  row.props = hit.props;
  row.ip = dropped.hit.address.text();
  row.user_agent = hit.user_agent;
  row.session = hit.session;
  row.visitor = hit.visitor;
  row.id = hit.id;
  row.kind = hit.kind;
  row.source = hit.source;
  row.interactive = hit.interactive;
  row.mark = hit.mark;
  return row;
}

void MemoryStore::Kept::add(const StoreBatch& batch) {
  for (const EnrichedHit& hit : batch.hits) visits.push_back(stored(hit));
  engagements.insert(engagements.end(), batch.engagements.begin(), batch.engagements.end());
  for (const auto& [position, increment] : batch.increments) {
    const std::string site(increment.site), key(increment.key);
    increments.push_back({{site, key, increment.by, position}, increment.value, increment.who, increment.time});
    if (increment.won_by == 0) continue;
    wins.push_back({site, key, increment.value, increment.won_by, increment.time, std::string(increment.session)});
  }
  for (const auto& [position, change] : batch.counter_changes) {
    settings.push_back({position, {std::string(change.site), std::string(change.key), std::string(change.settings)}});
  }
  for (const auto& [position, claim] : batch.claims) {
    claims.push_back({std::string(claim.site), std::string(claim.key), claim.number, claim.time, claim.from_pool,
                      std::string(claim.prize)});
  }
  for (const NewVisitor& visitor : batch.visitors) {
    visitors.push_back(
        {visitor.number, std::string(visitor.site), visitor.day, visitor.hash, std::string(visitor.key)});
  }
  for (const NewSession& session : batch.sessions) {
    if (!session.key.empty()) given_sessions.emplace_back(session.number, session.key);
  }
  for (const ImportMark& mark : batch.import_marks) imports.emplace(mark.site, mark.block);
  for (const StoredCompletion& completion : batch.completions) {
    for (StoredVisit& visit : visits) {
      if (visit.position != completion.hit) continue;
      if (!completion.title.empty()) visit.title = completion.title;
      if (!completion.props.empty()) visit.props = completion.props;
    }
  }
  for (const DroppedHit& hit : batch.dropped) dropped.push_back(stored(hit));
  std::erase_if(dropped, [&](const DroppedRow& row) {
    return std::binary_search(batch.readmitted.begin(), batch.readmitted.end(), row.position);
  });
  for (const NewVisitor& visitor : batch.visitors) last_visitor = std::max(last_visitor, visitor.number);
  for (const EnrichedHit& hit : batch.hits) last_session = std::max(last_session, hit.session);
  for (const NewSession& session : batch.sessions) last_session = std::max(last_session, session.number);
  offset = batch.to;
}

std::uint64_t MemoryStore::Kept::remove(const std::function<bool(const StoredVisit&)>& goes) {
  std::set<Position> gone;
  for (const StoredVisit& visit : visits) {
    if (!goes(visit)) continue;
    gone.insert(visit.position);
    if (visit.kind != Kind::event) gone_views.push_back({visit.site, visit.path, 1, visit.position});
  }
  std::erase_if(visits, [&](const StoredVisit& visit) { return gone.contains(visit.position); });
  std::erase_if(engagements, [&](const MatchedEngagement& engagement) { return gone.contains(engagement.hit); });
  std::set<std::uint32_t> visitors_left, sessions_left;
  for (const StoredVisit& visit : visits) {
    visitors_left.insert(visit.visitor);
    sessions_left.insert(visit.session);
  }
  std::erase_if(visitors, [&](const auto& visitor) { return !visitors_left.contains(visitor.number); });
  std::erase_if(given_sessions, [&](const auto& session) { return !sessions_left.contains(session.first); });
  return gone.size();
}

std::vector<Pruned> MemoryStore::Kept::expire(std::span<const Expiry> expiries, bool now) {
  std::vector<Pruned> all;
  for (const Expiry& expiry : expiries) {
    Pruned& pruned = all.emplace_back(Pruned{expiry.site});
    const auto is_before = [&](const auto& row, const std::optional<Instant>& moment) {
      return row.site == expiry.site && moment && row.time < *moment;
    };
    const auto look_at = [&](auto& rows) {
      for (auto& row : rows) {
        if (is_before(row, expiry.visits)) {
          ++pruned.visits;
          continue;
        }
        if (is_before(row, expiry.addresses) && !row.ip.empty()) {
          ++pruned.addresses;
          if (now) row.ip.clear();
        }
        if (is_before(row, expiry.user_agents) && !row.user_agent.empty()) {
          ++pruned.user_agents;
          if (now) row.user_agent.clear();
        }
      }
    };
    look_at(visits);
    look_at(dropped);
    if (!now) continue;
    remove([&](const StoredVisit& visit) { return is_before(visit, expiry.visits); });
    std::erase_if(dropped, [&](const DroppedRow& row) { return is_before(row, expiry.visits); });
  }
  return all;
}

Result<Position> MemoryStore::offset() {
  return state_.with([](State& state) -> Result<Position> {
    if (state.broken) return needs_reopening();
    return state.now.offset;
  });
}

Result<Done> MemoryStore::commit(const StoreBatch& batch) {
  return state_.with([&](State& state) -> Result<Done> {
    if (state.broken) return needs_reopening();
    if (batch.from != state.now.offset) return Error{ErrorCode::invalid, "the batch does not begin at the offset"};
    const CommitFault fault = std::exchange(state.commit_fault, CommitFault::none);
    if (fault == CommitFault::refused) return Error{ErrorCode::unavailable, "the disk is full"};
    if (fault != CommitFault::lost) state.now.add(batch);
    state.broken = fault == CommitFault::lost || fault == CommitFault::kept;
    if (state.broken) return Error{ErrorCode::unknown_result, "the commit may or may not have happened"};
    state.health.log_bytes += 64 * batch.hits.size();
    return Done{};
  });
}

Result<std::uint64_t> MemoryStore::forget_dropped(Instant before) {
  return state_.with([&](State& state) -> Result<std::uint64_t> {
    if (state.broken) return needs_reopening();
    return std::erase_if(state.now.dropped, [&](const DroppedRow& row) { return row.time < before; });
  });
}

Result<std::uint64_t> MemoryStore::erase(std::span<const Erasure> erasures, Position from, Position to) {
  return state_.with([&](State& state) -> Result<std::uint64_t> {
    if (state.broken) return needs_reopening();
    if (from != state.now.offset) return Error{ErrorCode::invalid, "the erasure does not stand at the offset"};
    const CommitFault fault = std::exchange(state.commit_fault, CommitFault::none);
    if (fault == CommitFault::refused || state.erasing_refused) {
      return Error{ErrorCode::unavailable, "the disk has no room"};
    }
    std::uint64_t rows = 0;
    if (fault != CommitFault::lost) {
      const auto meant = [&](const auto& row, const Erasure& erasure) {
        const auto& addresses = erasure.addresses;
        return row.position < from && row.site == erasure.site && (!erasure.path || row.path == *erasure.path) &&
               (!erasure.event || row.event == *erasure.event) && (!erasure.from || row.time >= *erasure.from) &&
               (!erasure.to || row.time < *erasure.to) &&
               (addresses.empty() || std::any_of(addresses.begin(), addresses.end(), [&](const auto& one) {
                  return !one.is_none() && one.text() == row.ip;
                }));
      };
      rows = state.now.remove([&](const StoredVisit& visit) {
        return std::any_of(erasures.begin(), erasures.end(), [&](const Erasure& erasure) {
          const auto& positions = erasure.positions;
          return meant(visit, erasure) &&
                 (!positions || std::binary_search(positions->begin(), positions->end(), visit.position));
        });
      });
      rows += std::erase_if(state.now.dropped, [&](const DroppedRow& row) {
        return std::any_of(erasures.begin(), erasures.end(), [&](const Erasure& erasure) {
          return meant(row, erasure) && (!erasure.positions || erasure.session || erasure.visitor) &&
                 (!erasure.session || row.session == *erasure.session) &&
                 (!erasure.visitor || row.visitor == *erasure.visitor);
        });
      });
      state.now.offset = to;
      state.now.erased = to;
      state.checkpointed = state.now;
    }
    state.broken = fault == CommitFault::lost || fault == CommitFault::kept;
    if (state.broken) return Error{ErrorCode::unknown_result, "the erasure may or may not have happened"};
    return rows;
  });
}

Result<Done> MemoryStore::has_room_to_erase() {
  return state_.with([](State& state) -> Result<Done> {
    if (state.erasing_refused) return Error{ErrorCode::unavailable, "the disk has no room"};
    return Done{};
  });
}

Result<std::vector<Pruned>> MemoryStore::count_expired(std::span<const Expiry> expiries) {
  return state_.with([&](State& state) -> Result<std::vector<Pruned>> {
    if (state.broken) return needs_reopening();
    return state.now.expire(expiries, false);
  });
}

Result<std::vector<Pruned>> MemoryStore::prune(std::span<const Expiry> expiries) {
  return state_.with([&](State& state) -> Result<std::vector<Pruned>> {
    if (state.broken) return needs_reopening();
    auto pruned = state.now.expire(expiries, true);
    state.checkpointed = state.now;
    return pruned;
  });
}

Result<Position> MemoryStore::checkpoint() {
  return state_.with([](State& state) -> Result<Position> {
    if (state.broken) return needs_reopening();
    if (state.checkpoints_refused) {
      ++state.health.checkpoint_failures;
      return Error{ErrorCode::unavailable, "the disk has no room for a checkpoint"};
    }
    state.checkpointed = state.now;
    state.health.bytes += std::exchange(state.health.log_bytes, 0);
    return state.now.offset;
  });
}

Result<Done> MemoryStore::reopen() {
  return state_.with([](State& state) -> Result<Done> {
    ++state.health.reopens;
    state.broken = true;
    if (state.reopening_refused) return Error{ErrorCode::unavailable, "the store cannot be opened"};
    if (std::exchange(state.log_damaged, false)) state.now = state.checkpointed;
    state.broken = false;
    return Done{};
  });
}

Result<ProcessorState> MemoryStore::processor_state(Day visitors_since, Instant sessions_since) {
  return state_.with([&](State& state) -> Result<ProcessorState> {
    if (state.broken) return needs_reopening();
    ProcessorState found;
    found.erased = state.now.erased;
    found.next_visitor = state.now.last_visitor + 1;
    found.next_session = state.now.last_session + 1;
    for (const ProcessorState::Visitor& visitor : state.now.visitors) {
      found.next_visitor = std::max(found.next_visitor, visitor.number + 1);
      if (visitor.day >= visitors_since) found.visitors.push_back(visitor);
    }
    std::map<SessionNumber, ProcessorState::Session> sessions;
    std::map<SessionNumber, std::map<std::string, Position>> views;
    for (const auto& [number, key] : state.now.given_sessions) {
      found.next_session = std::max(found.next_session, number + 1);
    }
    for (const StoredVisit& visit : state.now.visits) {
      found.next_session = std::max(found.next_session, visit.session + 1);
      const auto [at, added] = sessions.try_emplace(
          visit.session, ProcessorState::Session{visit.session, visit.visitor, {}, visit.time, visit.time, {}});
      ProcessorState::Session& session = at->second;
      session.visitor = visit.visitor;
      session.started = std::min(session.started, visit.time);
      session.last = std::max(session.last, visit.time);
      if (visit.kind != Kind::event) views[visit.session][visit.path] = visit.position;
    }
    for (auto& [number, session] : sessions) {
      if (session.last < sessions_since) continue;
      for (const auto& [given, key] : state.now.given_sessions) {
        if (given == number) session.key = key;
      }
      for (const auto& [path, position] : views[number]) session.views.push_back({path, position});
      std::sort(session.views.begin(), session.views.end(),
                [](const auto& a, const auto& b) { return a.position < b.position; });
      found.sessions.push_back(session);
    }
    return found;
  });
}

Result<CounterTotals> MemoryStore::counter_totals() {
  return state_.with([](State& state) -> Result<CounterTotals> {
    if (state.broken) return needs_reopening();
    struct Total {
      std::uint64_t value = 0;
      Position first = UINT64_MAX;
      void add(std::uint64_t by, Position position) {
        value += by;
        first = std::min(first, position);
      }
    };
    using Totals = std::map<std::pair<std::string, std::string>, Total>;
    Totals paths;
    Totals named;
    for (const StoredVisit& visit : state.now.visits) {
      if (visit.kind != Kind::event) paths[{visit.site, visit.path}].add(1, visit.position);
    }
    for (const CounterValue& gone : state.now.gone_views) paths[{gone.site, gone.key}].add(gone.value, gone.first);
    for (const auto& increased : state.now.increments) {
      const CounterValue& by = increased.value;
      named[{by.site, by.key}].add(by.value, by.first);
    }
    for (const auto& [position, settings] : state.now.settings) named[{settings.site, settings.key}].add(0, position);
    const auto values = [](const Totals& totals) {
      std::vector<CounterValue> list;
      for (const auto& [name, total] : totals) list.push_back({name.first, name.second, total.value, total.first});
      return list;
    };
    std::map<std::pair<std::string, Day>, std::uint64_t> days;
    for (const DroppedRow& row : state.now.dropped) ++days[{row.site, day_of(row.time)}];
    std::vector<DroppedDay> dropped;
    for (const auto& [day, hits] : days) dropped.push_back({day.first, day.second, hits});
    return CounterTotals{state.now.offset, values(paths), values(named), std::move(dropped)};
  });
}

Result<CounterMemory> MemoryStore::counter_memory(Instant once_since) {
  return state_.with([&](State& state) -> Result<CounterMemory> {
    if (state.broken) return needs_reopening();
    CounterMemory memory;
    std::map<std::pair<std::string, std::string>, std::string> newest;
    for (const auto& [position, kept] : state.now.settings) newest[{kept.site, kept.key}] = kept.settings;
    for (const auto& [name, settings] : newest) memory.settings.push_back({name.first, name.second, settings});
    memory.wins = state.now.wins;
    memory.claims = state.now.claims;
    for (const auto& increased : state.now.increments) {
      if (increased.who == 0 || increased.time < once_since) continue;
      memory.once.push_back(
          {increased.value.site, increased.value.key, increased.who, increased.number, increased.time});
    }
    return memory;
  });
}

std::uint64_t MemoryStore::increased(std::string_view site, std::string_view key, std::optional<Instant> from,
                                     std::optional<Instant> to) const {
  return state_.with([&](const State& state) {
    std::uint64_t by = 0;
    for (const auto& increased : state.now.increments) {
      if (increased.value.site != site || increased.value.key != key) continue;
      if ((from && increased.time < *from) || (to && increased.time >= *to)) continue;
      by += increased.value.value;
    }
    return by;
  });
}

Result<bool> MemoryStore::has_import(std::string_view site, std::string_view block) {
  return state_.with([&](State& state) -> Result<bool> {
    return state.now.imports.contains({std::string(site), std::string(block)});
  });
}

StoreHealth MemoryStore::health() const {
  return state_.with([](const State& state) { return state.health; });
}

std::vector<StoredVisit> MemoryStore::visits() const {
  return state_.with([](const State& state) { return state.now.visits; });
}
std::vector<MatchedEngagement> MemoryStore::engagements() const {
  return state_.with([](const State& state) { return state.now.engagements; });
}
std::vector<DroppedRow> MemoryStore::dropped() const {
  return state_.with([](const State& state) { return state.now.dropped; });
}
Position MemoryStore::checkpointed() const {
  return state_.with([](const State& state) { return state.checkpointed.offset; });
}

void MemoryStore::fail_next_commit(CommitFault fault) {
  state_.with([&](State& state) { state.commit_fault = fault; });
}
void MemoryStore::refuse_checkpoints(bool refuse) {
  state_.with([&](State& state) { state.checkpoints_refused = refuse; });
}
void MemoryStore::refuse_reopening(bool refuse) {
  state_.with([&](State& state) { state.reopening_refused = refuse; });
}
void MemoryStore::refuse_erasing(bool refuse) {
  state_.with([&](State& state) { state.erasing_refused = refuse; });
}
void MemoryStore::damage_log() {
  state_.with([](State& state) { state.log_damaged = true; });
}

}  // namespace footfall
